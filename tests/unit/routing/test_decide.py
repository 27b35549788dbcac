"""What is decided about a ticket. Each `then` also sends the command a second time and requires no further facts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.routing.ticket.commands import Expire, LeaveDuty, Queue, Route, Warn
from services.routing.ticket.decide import decide
from services.routing.ticket.scope import check_commands
from services.routing.ticket.state import Accepted, Offered, Open, Queued, Unopened
from services.routing.ticket.transitions import allowed
from shared.errors import Refused
from shared.events.routing import TicketAssigned, TicketOfferExpired, TicketQueued, TicketRouted
from shared.identity.principal import Principal
from tests.unit.routing.tickets import (
    AGENT,
    BOSS,
    CLERK,
    LIN,
    NOON,
    OTHER_STORE,
    POLICIES,
    STORE,
    TECHNICIAN_LIN,
    TECHNICIAN_WANG,
    WANG,
    WHY,
    WORKFLOW,
    ZHAO,
    Ticket,
    a_closed_ticket,
    a_resolved_ticket,
    a_routed_fact,
    a_ticket_in_progress,
    an_accepted_ticket,
    an_offer,
    an_offered_ticket,
    an_open_ticket,
    an_opened_fact,
    an_opened_ticket,
    asked,
)


def refusal_of(ticket: Ticket, *command_of: object, **fields: object) -> Refused:
    with pytest.raises(Refused) as refused:
        ticket.when(asked(*command_of, **fields))  # type: ignore[arg-type]
    return refused.value


def test_a_ticket_without_a_place_or_a_known_store_waits_for_a_dispatcher() -> None:
    ticket = an_opened_ticket().when(Route(an_opened_fact(store_id=None))).then("ticket.routed", "ticket.queued")
    routed, queued = ticket.answer
    assert isinstance(routed, TicketRouted)
    assert isinstance(queued, TicketQueued)
    assert (routed.store_id, queued.queue, queued.reason) == (None, "dispatcher", "no_store")
    assert routed.seen.intake == 1
    assert routed.decision.policies["workflow/default"] == 3


def test_an_offer_names_its_number_round_and_times() -> None:
    ticket = an_open_ticket().when(an_offer()).then("ticket.assigned")
    (assigned,) = ticket.answer
    assert isinstance(assigned, TicketAssigned)
    assert (assigned.offer, assigned.round, assigned.technician_id) == (1, 1, LIN)
    assert assigned.warn_at - NOON == timedelta(minutes=15)
    assert assigned.accept_by - NOON == timedelta(minutes=30)


def test_the_way_of_a_ticket_from_offer_to_close() -> None:
    ticket = an_offered_ticket()
    ticket.when(asked("accept", TECHNICIAN_LIN)).then("ticket.accepted")
    ticket.when(asked("start", TECHNICIAN_LIN)).then("ticket.started")
    ticket.when(asked("wait", TECHNICIAN_LIN, waiting_for="customer")).then("ticket.waited")
    assert ticket.status == "waiting"
    ticket.when(asked("resume", TECHNICIAN_LIN)).then("ticket.resumed")
    assert ticket.status == "in_progress"
    ticket.when(asked("resolve", TECHNICIAN_LIN, reason="sealed")).then("ticket.resolved")
    ticket.when(asked("close", AGENT)).then("ticket.closed")


def test_a_declined_offer_goes_back_to_the_list_and_is_not_offered_to_the_same_person_again() -> None:
    ticket = an_offered_ticket().when(asked("decline", TECHNICIAN_LIN, reason="far")).then("ticket.declined")
    assert isinstance(ticket.state, Open)
    ticket.when(an_offer(LIN)).then()
    ticket.when(an_offer(WANG)).then("ticket.assigned")


def test_nobody_is_asked_twice_in_a_round_and_a_persons_choice_begins_the_next() -> None:
    ticket = an_offered_ticket().when(Expire(1), an_offer(WANG), Expire(2))
    ticket.when(Queue(STORE, "all_declined", WHY)).then("ticket.queued")
    ticket.when(an_offer(LIN)).then()
    ticket.when(asked("assign", AGENT, technician_id=LIN)).then("ticket.assigned")
    assert ticket.state.known.round == 2
    ticket.when(Expire(3)).then("ticket.offer_expired")
    ticket.when(an_offer(WANG)).then("ticket.assigned")


def test_a_warning_comes_once_and_only_for_the_offer_that_stands() -> None:
    ticket = an_offered_ticket().when(Warn(1)).then("deadline.warned")
    ticket.when(Expire(1), an_offer(WANG))
    ticket.when(Warn(1)).then()
    ticket.when(Warn(2)).then("deadline.warned")


def test_a_stale_deadline_adds_nothing() -> None:
    an_accepted_ticket().when(Expire(1)).then()
    an_accepted_ticket().when(Warn(1)).then()
    ticket = an_offered_ticket().when(asked("decline", TECHNICIAN_LIN), an_offer(WANG))
    ticket.when(Expire(1)).then()
    a_closed_ticket().when(Expire(1)).then()


def test_an_offer_that_expired_is_not_accepted_any_more() -> None:
    ticket = an_offered_ticket().when(Expire(1)).then("ticket.offer_expired")
    refused = refusal_of(ticket, "accept", TECHNICIAN_LIN)
    assert (refused.status, refused.extra["allowed"]) == (422, ["note", "reply"])


def test_going_off_duty_ends_the_open_offer_but_not_what_was_accepted() -> None:
    ticket = an_offered_ticket().when(LeaveDuty(LIN)).then("ticket.offer_expired")
    (expired,) = ticket.answer
    assert isinstance(expired, TicketOfferExpired)
    assert expired.reason == "off_duty"
    an_offered_ticket().when(LeaveDuty(WANG)).then()
    an_accepted_ticket().when(LeaveDuty(LIN)).then()


def test_a_ticket_is_queued_once_for_each_reason() -> None:
    ticket = an_open_ticket().when(Queue(STORE, "no_capacity", WHY)).then("ticket.queued")
    ticket.when(Queue(STORE, "nobody_eligible", WHY)).then("ticket.queued")
    assert isinstance(ticket.state, Queued)
    assert (ticket.state.queue, ticket.state.reason) == (f"store:{STORE}", "nobody_eligible")


def test_dispatch_of_another_crew_cannot_touch_a_ticket_that_moved() -> None:
    ticket = (
        an_open_ticket().when(asked("assign", AGENT, technician_id=ZHAO, store_id=OTHER_STORE)).then("ticket.assigned")
    )
    ticket.when(Expire(1))
    assert ticket.state.known.store_id == OTHER_STORE
    ticket.when(an_offer(LIN, STORE)).then()
    ticket.when(Queue(STORE, "no_capacity", WHY)).then()


def test_a_full_technician_is_refused_by_name() -> None:
    refused = refusal_of(an_open_ticket(), "assign", AGENT, {LIN: 2}, technician_id=LIN)
    assert refused.status == 422
    assert refused.errors[0].field == "technician_id"
    an_open_ticket().when(asked("assign", AGENT, {LIN: 1}, technician_id=LIN)).then("ticket.assigned")


@pytest.mark.parametrize("technician_id", ["nobody", ZHAO])
def test_a_technician_of_another_store_needs_the_store_named(technician_id: str) -> None:
    assert refusal_of(an_open_ticket(), "assign", AGENT, technician_id=technician_id).status == 422


def test_a_ticket_without_a_store_goes_to_the_store_of_the_technician_who_is_named() -> None:
    ticket = an_opened_ticket().given(a_routed_fact(store_id=None))
    ticket.when(asked("assign", AGENT, technician_id=ZHAO)).then("ticket.assigned")
    assert ticket.state.known.store_id == OTHER_STORE


def test_a_reopened_ticket_goes_back_to_its_technician_in_a_new_round() -> None:
    ticket = a_closed_ticket().when(asked("reopen", AGENT, reason="leaks again"))
    ticket.then("ticket.reopened", "ticket.assigned")
    assert isinstance(ticket.state, Offered)
    assert (ticket.state.technician_id, ticket.state.known.round) == (LIN, 2)


def test_a_reopened_ticket_whose_technician_is_full_waits_for_somebody() -> None:
    ticket = a_resolved_ticket().when(asked("reopen", AGENT, {LIN: 2})).then("ticket.reopened")
    assert isinstance(ticket.state, Open)
    ticket.when(an_offer(WANG)).then("ticket.assigned")


def test_a_closed_ticket_refuses_a_reply_and_says_what_is_allowed() -> None:
    refused = refusal_of(a_closed_ticket(), "reply", AGENT, text="hello")
    assert (refused.status, refused.extra["allowed"]) == (422, ["note", "reopen"])


def test_a_note_is_a_new_fact_each_time() -> None:
    ticket = a_closed_ticket().when(asked("note", AGENT, text="called")).then("ticket.noted")
    ticket.when(asked("note", AGENT, text="called")).then("ticket.noted")


def test_only_those_whom_the_workflow_names_may_give_a_command() -> None:
    assert refusal_of(a_resolved_ticket(), "close", TECHNICIAN_LIN).status == 403
    assert refusal_of(an_open_ticket(), "set_priority", AGENT, priority="major").status == 403
    an_open_ticket().when(asked("set_priority", BOSS, priority="major", reason="hot")).then("ticket.priority_set")


def test_a_technician_cannot_work_on_what_is_with_somebody_else_now() -> None:
    ticket = an_offered_ticket().when(Expire(1), an_offer(WANG), asked("accept", TECHNICIAN_WANG))
    assert refusal_of(ticket, "start", TECHNICIAN_LIN).status == 422
    assert refusal_of(ticket, "accept", TECHNICIAN_LIN).status == 422
    ticket.when(asked("decline", TECHNICIAN_LIN)).then()


FIELDS: dict[str, dict[str, object]] = {
    "wait": {"for": "customer"},
    "cancel": {"reason": "twice"},
    "assign": {"technician_id": WANG},
    "set_priority": {"priority": "high"},
    "note": {"text": "later"},
    "reply": {"text": "later"},
}
STATES: list[Callable[[], Ticket]] = [
    an_open_ticket,
    an_offered_ticket,
    an_accepted_ticket,
    a_ticket_in_progress,
    a_resolved_ticket,
    a_closed_ticket,
]


@pytest.mark.parametrize("by", [AGENT, BOSS, CLERK, TECHNICIAN_LIN, TECHNICIAN_WANG], ids=lambda by: by.name)
@pytest.mark.parametrize("a_ticket", STATES, ids=lambda state: state.__name__)
def test_what_actions_promise_is_what_commands_take(a_ticket: Callable[[], Ticket], by: Principal) -> None:
    ticket = a_ticket()
    promised = set(allowed(ticket.state, by, POLICIES))
    for name in WORKFLOW["commands"]:
        given = asked(name, by, **FIELDS.get(name, {}))  # type: ignore[arg-type]  # fields of commands
        try:
            check_commands(ticket.state, by)
            facts = decide(ticket.state, given, POLICIES, NOON)
        except Refused:
            assert name not in promised
        else:
            # What is so already is taken without being promised, and adds nothing.
            assert name in promised or not facts


def test_a_technician_writes_to_their_own_tickets_only() -> None:
    ticket = an_accepted_ticket()
    assert {"note", "reply"} <= set(allowed(ticket.state, TECHNICIAN_LIN, POLICIES))
    assert allowed(ticket.state, TECHNICIAN_WANG, POLICIES) == []
    with pytest.raises(Refused, match="another technician"):
        check_commands(ticket.state, TECHNICIAN_WANG)


def test_a_field_that_the_workflow_demands_is_named() -> None:
    refused = refusal_of(an_open_ticket(), "cancel", AGENT)
    assert [error.field for error in refused.errors] == ["reason"]
    an_open_ticket().when(asked("cancel", AGENT, reason="twice")).then("ticket.cancelled")


def test_a_ticket_that_nobody_opened_is_not_found() -> None:
    with pytest.raises(Refused) as refused:
        decide(Unopened(), asked("note", AGENT, text="?"), POLICIES, NOON)
    assert refused.value.status == 404


def test_a_store_accepts_for_its_technician() -> None:
    ticket = an_offered_ticket().when(asked("accept", CLERK)).then("ticket.accepted")
    assert isinstance(ticket.state, Accepted)


def test_work_steps_out_of_turn_are_refused_with_what_is_allowed() -> None:
    refused = refusal_of(a_ticket_in_progress(), "reopen", AGENT)
    assert "resolve" in refused.extra["allowed"]  # type: ignore[operator]  # a problem's extras are objects
    assert "reopen" not in refused.extra["allowed"]  # type: ignore[operator]
