"""A ticket is the fold of its events."""

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projection.views.ticket import UNOPENED, Document, fold, instant_text, is_overdue, shown, to_bytes
from shared.events import routing
from shared.events.envelope import Event
from shared.events.fact import Fact, Sealed, SealedValue
from shared.events.intake import Customer
from shared.events.registry import FACTS
from tests.unit.projection.builders import (
    MORNING,
    SEEN,
    Pen,
    a_decision,
    a_ticket_id,
    an_offer,
    an_opening,
    one_of_each,
)

TICKET = a_ticket_id()
API_KEYS = """
    ticket_id ticket_number version status priority urgency category channel store_id technician_id customer description
    address order_id product_sku opened_at accept_by due_at overdue as_of urges reopened tags related_ticket_ids queue
    stopped position
"""
TICKET_FACTS = {fact for fact in FACTS.values() if fact.TYPE not in {"policy.published", "log.fenced"}}


def folded(*facts: Fact) -> Document:
    return fold_events(None, Pen(TICKET).write_all(facts))


def fold_events(document: Document | None, events: list[Event]) -> Document:
    for event in events:
        document = fold(document, event, event.data, event.recorded_at)
    assert document is not None
    return document


def test_a_ticket_has_every_key_of_the_front_door_and_no_other() -> None:
    answer = shown(folded(an_opening(TICKET)), at=MORNING, position="p")

    assert list(answer) == [*UNOPENED, "overdue", "stopped", "position"]
    assert sorted(answer) == sorted(API_KEYS.split())


def test_an_opened_ticket_shows_its_initial_values() -> None:
    document = folded(an_opening(TICKET, urgency="high"))

    assert document == UNOPENED | {
        "ticket_id": TICKET,
        "ticket_number": document["ticket_number"],
        "urgency": "high",
        "channel": "store",
        "store_id": "hz-wulin",
        "customer": {"customer_id": "C-1", "name": "王小明", "phone": "+8613812345678"},
        "description": "保溫杯漏水",
        "address": {"text": "杭州市余杭区文一西路969号", "code": None, "names": None},
        "order_id": "A-1001",
        "product_sku": "CUP-1",
        "opened_at": "2026-11-22T01:00:01.000000Z",
        "as_of": "2026-11-22T01:00:01.000000Z",
    }


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (2, {"status": "open", "priority": "high", "category": "kitchen", "store_id": "hz-wulin"}),
        (3, {"status": "queued", "queue": {"name": "store:hz-wulin", "reason": "no_capacity"}}),
        (4, {"status": "offered", "technician_id": "t-hz-wulin-01", "queue": None}),
        (6, {"status": "offered", "accept_by": "2026-11-22T01:30:00.000000Z"}),
        (7, {"status": "open", "technician_id": None, "accept_by": None}),
        (9, {"status": "open", "technician_id": None}),
        (11, {"status": "accepted", "technician_id": "t-hz-wulin-03", "accept_by": None}),
        (12, {"status": "accepted", "description": "保溫杯漏水"}),
        (13, {"status": "in_progress"}),
        (14, {"status": "waiting"}),
        (17, {"status": "in_progress"}),
        (18, {"priority": "urgent", "status": "in_progress"}),
        (19, {"status": "resolved", "technician_id": "t-hz-wulin-03"}),
        (20, {"status": "open", "technician_id": None, "reopened": 1}),
        (22, {"status": "accepted", "technician_id": "t-hz-wulin-03", "reopened": 1}),
        (24, {"status": "closed"}),
        (26, {"status": "cancelled", "reopened": 2}),
    ],
)
def test_the_first_events_of_a_ticket_say_what_it_is(last: int, expected: Document) -> None:
    document = folded(*one_of_each(TICKET)[:last])

    assert {key: document[key] for key in expected} == expected


def test_every_registered_fact_is_among_the_examples() -> None:
    assert {type(fact) for fact in one_of_each(TICKET)} == TICKET_FACTS


def test_the_version_counts_routings_decisions_and_nobody_elses() -> None:
    events = Pen(TICKET).write_all(one_of_each(TICKET))

    document = fold_events(None, events)

    assert document["version"] == max(event.sequence for event in events if event.source == "/routing")


def test_as_of_is_the_time_at_which_the_last_event_was_seen() -> None:
    event = Pen(TICKET).write(an_opening(TICKET))

    document = fold(None, event, event.data, MORNING + timedelta(microseconds=1))

    assert document["as_of"] == "2026-11-22T01:00:00.000001Z"


def test_a_ticket_whose_opening_was_given_up_is_shown_all_the_same() -> None:
    document = folded(an_offer(), routing.TicketAccepted(seen=SEEN, technician_id="t-hz-wulin-01"))

    assert document["ticket_id"] == TICKET
    assert document["ticket_number"] is None
    assert document["status"] == "accepted"
    assert document["opened_at"] is not None


def test_a_sealed_value_is_shown_as_unknown() -> None:
    sealed = SealedValue(sealed=Sealed(key_id="k", nonce=b"bm9uY2U=", ciphertext=b"Y2lwaGVy"))

    document = folded(an_opening(TICKET, description=sealed, customer=Customer(name=sealed)))

    assert document["description"] is None
    assert document["customer"]["name"] is None


def test_an_offer_that_nobody_took_in_time_is_overdue_until_somebody_settles_it() -> None:
    offered = folded(an_opening(TICKET), an_offer())
    taken = folded(an_opening(TICKET), an_offer(), routing.TicketAccepted(seen=SEEN, technician_id="t-hz-wulin-01"))
    later = MORNING + timedelta(hours=1)

    assert not is_overdue(offered, MORNING + timedelta(minutes=30))
    assert is_overdue(offered, later)
    assert not is_overdue(taken, later)


def test_a_ticket_that_is_queued_again_belongs_to_nobody() -> None:
    queued = routing.TicketQueued(seen=SEEN, queue="dispatcher", reason="all_declined", decision=a_decision())

    document = folded(an_opening(TICKET), an_offer(), queued)

    assert (document["technician_id"], document["accept_by"]) == (None, None)


@given(st.lists(st.sampled_from(one_of_each(TICKET)), min_size=1, max_size=12), st.integers(0, 12))
def test_events_applied_to_a_stored_ticket_equal_a_fresh_fold(facts: list[Fact], at: int) -> None:
    """Any facts in any order: the fold is total, and storing between two events changes no byte."""
    events = Pen(TICKET).write_all(facts)
    fresh = fold_events(None, events)

    stored = fold_events(None, events[:at]) if events[:at] else None
    resumed = orjson.loads(to_bytes(stored)) if stored is not None else None
    rest = events[at:]

    assert to_bytes(fold_events(resumed, rest) if rest else resumed or {}) == to_bytes(fresh)


@given(st.datetimes(min_value=MORNING.replace(tzinfo=None)), st.datetimes(min_value=MORNING.replace(tzinfo=None)))
def test_instants_as_text_sort_as_instants_do(one: object, other: object) -> None:
    first, second = (value.replace(tzinfo=MORNING.tzinfo) for value in (one, other))  # type: ignore[attr-defined]  # datetimes

    assert (instant_text(first) < instant_text(second)) == (first < second)
