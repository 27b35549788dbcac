"""What facts make of a ticket, whatever order the sources come in."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.ticket.commands import Command, Expire, LeaveDuty, Queue, Warn
from services.routing.ticket.deadlines import deadlines_of
from services.routing.ticket.decide import decide
from services.routing.ticket.evolve import ADDITIVE, Heard, TicketEvent
from services.routing.ticket.places import crew_to_ask, crew_with_room, holder, place_of
from services.routing.ticket.state import Offered, Queued, TicketState, Unopened, from_document, to_document
from shared.errors import Refused
from tests.unit.routing.tickets import (
    AGENT,
    BOSS,
    LIN,
    NOON,
    OTHER_STORE,
    POLICIES,
    STORE,
    TECHNICIAN_LIN,
    WANG,
    WHY,
    ZHAO,
    Envelopes,
    a_routed_fact,
    an_offer,
    an_opened_fact,
    asked,
    fold,
)

COMMANDS: list[Command] = [
    an_offer(LIN),
    an_offer(WANG),
    an_offer(ZHAO, OTHER_STORE),
    Queue(STORE, "no_capacity", WHY),
    Queue(STORE, "all_declined", WHY),
    *(Expire(offer) for offer in range(1, 4)),
    *(Warn(offer) for offer in range(1, 4)),
    LeaveDuty(LIN),
    asked("accept", TECHNICIAN_LIN),
    asked("accept", AGENT),
    asked("decline", AGENT),
    asked("start", AGENT),
    asked("wait", AGENT, waiting_for="customer"),
    asked("wait", AGENT, waiting_for="third_party"),
    asked("resume", AGENT),
    asked("resolve", AGENT),
    asked("close", AGENT),
    asked("reopen", AGENT),
    asked("cancel", BOSS, reason="twice"),
    asked("assign", AGENT, technician_id=WANG),
    asked("assign", AGENT, technician_id=ZHAO, store_id=OTHER_STORE),
    asked("set_priority", BOSS, priority="major"),
    asked("note", AGENT, text="called"),
    asked("reply", AGENT, text="we come"),
]
scripts = st.lists(st.sampled_from(COMMANDS), max_size=30)


def lived(script: list[Command]) -> tuple[list[TicketEvent], list[TicketEvent]]:
    """A whole life of a ticket: intake's and routing's events, each in its own order."""
    envelopes = Envelopes()
    intake = envelopes.events([an_opened_fact()])
    routing = envelopes.events([a_routed_fact()])
    state = fold(Unopened(), [*intake, *routing])
    for command in script:
        try:
            facts = decide(state, command, POLICIES, NOON)
        except Refused:
            facts = []
        events = envelopes.events(facts)
        routing += events
        other = envelopes.event(Heard())
        intake.append(other)
        state = fold(state, [*events, other])
    return intake, routing


@settings(max_examples=150, deadline=None)
@given(scripts, st.randoms(use_true_random=False))
def test_every_interleaving_that_keeps_each_sources_order_gives_the_same_state(
    script: list[Command], chance: object
) -> None:
    sources = lived(script)
    turns = [number for number, events in enumerate(sources) for _ in events]
    chance.shuffle(turns)  # type: ignore[attr-defined]  # hypothesis has no name for its Random
    queues = [iter(events) for events in sources]
    shuffled = [next(queues[turn]) for turn in turns]
    in_source_order = [event for events in sources for event in events]
    assert fold(Unopened(), shuffled) == fold(Unopened(), in_source_order)


def states_of(script: list[Command]) -> list[TicketState]:
    intake, routing = lived(script)
    states: list[TicketState] = [Unopened()]
    for event in [*intake, *routing]:
        states.append(fold(states[-1], [event]))
    return states


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_a_state_comes_back_from_its_document(script: list[Command]) -> None:
    for state in states_of(script):
        assert from_document(to_document(state)) == state


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_every_repeated_command_adds_nothing(script: list[Command]) -> None:
    state = fold(Unopened(), Envelopes().events([an_opened_fact(), a_routed_fact()]))
    envelopes = Envelopes({"/intake": 1, "/routing": 1})
    for command in script:
        try:
            state = fold(state, envelopes.events(decide(state, command, POLICIES, NOON)))
        except Refused:
            continue
        try:
            again = decide(state, command, POLICIES, NOON)
        except Refused:
            again = []
        assert [fact for fact in again if not isinstance(fact, ADDITIVE)] == []


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_a_ticket_is_held_or_waits_or_is_settled_and_only_an_offer_has_deadlines(script: list[Command]) -> None:
    for state in states_of(script):
        assert holder(state) is None or place_of(state) is None
        assert bool(deadlines_of(state)) == isinstance(state, Offered)


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_whoever_loses_a_ticket_and_whoever_gets_to_wait_has_dispatch_look_again(script: list[Command]) -> None:
    states = states_of(script)
    for before, after in pairwise(states):
        if holder(before) is not None and holder(after) != holder(before):
            assert crew_with_room(before, after) == before.known.store_id
        place = place_of(after)
        if place is not None and place.reason is None and place_of(before) is None:
            assert crew_to_ask(before, after) == place.store_id
        if isinstance(after, Queued):
            assert crew_to_ask(before, after) is None, "dispatch does not wake itself"


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_nobody_is_asked_twice_in_one_round_by_dispatch(script: list[Command]) -> None:
    _, routing = lived(script)
    asked_in: set[tuple[int, str]] = set()
    for event in routing:
        fact = event.data
        if getattr(fact, "TYPE", "") == "ticket.assigned" and fact.decision.rule == "test":  # type: ignore[union-attr]
            key = (fact.round, fact.technician_id)  # type: ignore[union-attr]
            assert key not in asked_in
            asked_in.add(key)


def test_a_decision_says_how_much_of_the_other_sources_it_had_seen() -> None:
    envelopes = Envelopes()
    state = fold(Unopened(), envelopes.events([an_opened_fact(), a_routed_fact(), Heard()]))
    state = replace(state, known=replace(state.known, notify=2))
    (fact,) = decide(state, asked("note", AGENT, text="x"), POLICIES, NOON + timedelta(minutes=1))
    assert (fact.seen.intake, fact.seen.notify) == (2, 2)
