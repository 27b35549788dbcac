"""Law 5, as far as it is pure: the oldest of the highest priority first, and nobody exceeds capacity."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.dispatch import Match, WaitingTicket
from services.routing.dispatch.waiting import PRIORITIES
from shared.events.fact import Priority
from shared.policies import Crew, Technician
from tests.unit.dispatch.crews import a_crew, a_ticket, matched

SKILLS = ("general", "electrical", "plumbing")
IDS = tuple("abcdef")


TECHNICIANS = st.tuples(
    st.sampled_from(IDS),
    st.frozensets(st.sampled_from(SKILLS)),
    st.integers(1, 4),
    st.sampled_from((True, True, False)),
)
TICKETS = st.tuples(
    st.integers(1, 100),
    st.sampled_from(PRIORITIES),
    st.integers(0, 5),
    st.frozensets(st.sampled_from(SKILLS), max_size=2),
    st.frozensets(st.sampled_from(IDS), max_size=2),
)


def a_crew_of(rows: list[tuple[str, frozenset[str], int, bool]]) -> Crew:
    return a_crew(
        *(
            Technician(id=id_, name=id_, skills=tuple(sorted(skills)), capacity=capacity, on_duty=on_duty)
            for id_, skills, capacity, on_duty in rows
        )
    )


def tickets_of(rows: list[tuple[int, Priority, int, frozenset[str], frozenset[str]]]) -> list[WaitingTicket]:
    return [
        a_ticket(serial, priority=priority, minutes_old=minutes, skills=" ".join(skills), asked=" ".join(asked))
        for serial, priority, minutes, skills, asked in rows
    ]


CREWS = st.lists(TECHNICIANS, unique_by=lambda row: row[0], max_size=5).map(a_crew_of)
WAITING = st.lists(TICKETS, unique_by=lambda row: row[0], max_size=10).map(tickets_of)
LAW = settings(max_examples=60, deadline=None)
HELD = st.dictionaries(st.sampled_from(IDS), st.integers(0, 5))


def given_to(matches: list[Match]) -> Counter[str]:
    return Counter(one.technician_id for one in matches if one.technician_id is not None)


@LAW
@given(CREWS, WAITING, HELD)
def test_nobody_is_given_more_than_they_can_hold(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]
) -> None:
    counts = given_to(matched(crew, waiting, held))
    for technician in crew.technicians:
        room = max(0, technician.capacity - held.get(technician.id, 0))
        assert counts[technician.id] <= room


@LAW
@given(CREWS, WAITING, HELD)
def test_nobody_whom_a_filter_removed_is_chosen(crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]) -> None:
    by_id = {technician.id: technician for technician in crew.technicians}
    tickets = {ticket.ticket_id: ticket for ticket in waiting}
    for one in matched(crew, waiting, held):
        removed = {id_ for ids in one.decision.removed.values() for id_ in ids}
        assert removed.isdisjoint(one.decision.candidates)
        assert removed.union(one.decision.candidates) == set(by_id)
        if one.technician_id is not None:
            assert one.technician_id == one.decision.candidates[0]
            technician = by_id[one.technician_id]
            assert technician.on_duty
            assert tickets[one.ticket_id].skills <= set(technician.skills)
            assert one.technician_id not in tickets[one.ticket_id].asked


@LAW
@given(CREWS, WAITING, HELD, st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_never_matters(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int], chance: Random
) -> None:
    shuffled, people = list(waiting), list(crew.technicians)
    chance.shuffle(shuffled)
    chance.shuffle(people)
    assert matched(a_crew(*people), shuffled, dict(reversed(held.items()))) == matched(crew, waiting, held)


@LAW
@given(CREWS, WAITING, HELD)
def test_every_waiting_ticket_is_answered_once_in_order_of_priority_and_age(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]
) -> None:
    answered = [one.ticket_id for one in matched(crew, waiting, held)]
    turns = sorted(waiting, key=lambda one: (-PRIORITIES.index(one.priority), one.opened_at, one.ticket_id))
    assert answered == [ticket.ticket_id for ticket in turns]


@LAW
@given(CREWS, WAITING, HELD)
def test_nobody_waits_for_capacity_while_someone_later_with_the_same_needs_is_served(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]
) -> None:
    tickets = {ticket.ticket_id: ticket for ticket in waiting}
    left_out: list[WaitingTicket] = []
    for one in matched(crew, waiting, held):
        ticket = tickets[one.ticket_id]
        if one.technician_id is None:
            left_out.append(ticket)
            continue
        assert all(other.skills != ticket.skills or other.asked != ticket.asked for other in left_out)


@LAW
@given(CREWS, WAITING, HELD)
def test_whoever_is_left_waiting_could_not_be_served_by_anybody(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]
) -> None:
    matches = matched(crew, waiting, held)
    counts = given_to(matches)
    tickets = {ticket.ticket_id: ticket for ticket in waiting}
    free = [one for one in crew.technicians if one.on_duty and held.get(one.id, 0) + counts[one.id] < one.capacity]
    for one in matches:
        if one.technician_id is None:
            ticket = tickets[one.ticket_id]
            assert not [who for who in free if ticket.skills <= set(who.skills) and who.id not in ticket.asked]


@LAW
@given(CREWS, WAITING, HELD)
def test_one_by_one_gives_the_same_as_all_at_once(
    crew: Crew, waiting: list[WaitingTicket], held: dict[str, int]
) -> None:
    """Without idle times: a run that is cut in two by a crash ends as one that was not."""
    weights = {"free": 10.0, "skill": 4.0, "idle": 0.0}
    together = matched(crew, waiting, held, weights=weights)
    tickets = {ticket.ticket_id: ticket for ticket in waiting}
    load = Counter(held)
    for one in together:
        first = matched(crew, [tickets[one.ticket_id]], load, weights=weights)
        if one.technician_id is not None:
            load[one.technician_id] += 1
        assert (first[0].technician_id is None) == (one.technician_id is None)
