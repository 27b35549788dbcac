"""Boards, customers, reasons, and the order of a followed log."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.projection import live
from services.projection.rebuild.workers import deal
from services.projection.views.board import board
from services.projection.views.customer import Contacted, customer_view
from services.projection.views.lines import Told
from services.projection.views.ticket import UNOPENED, Document
from services.projection.views.why import decisions
from shared.log.record import value_of
from shared.policies import Crew, Policies, Technician
from tests.unit.projection.builders import MORNING, Pen, a_ticket_id, one_of_each

CREW = Crew(
    technicians=(Technician(id="t-1", name="陳", capacity=2), Technician(id="t-2", name="林", capacity=1)),
)
POLICIES = Policies().with_policy("crew", "hz-wulin", 1, CREW)


def a_ticket(number: int, **fields: Any) -> Document:
    return UNOPENED | {"ticket_id": a_ticket_id(number), "opened_at": f"2026-11-22T0{number}:00:00.000000Z"} | fields


def test_what_waits_stands_in_the_order_of_dispatch() -> None:
    tickets = [
        a_ticket(3, status="queued", priority="urgent"),
        a_ticket(1, status="queued"),
        a_ticket(2, status="open", priority="urgent"),
    ]

    shown = board("hz-wulin", tickets, {}, POLICIES)

    assert [ticket["ticket_id"] for ticket in shown["waiting"]] == [a_ticket_id(n) for n in (2, 3, 1)]


def test_a_technician_who_left_the_crew_is_shown_while_they_hold_tickets() -> None:
    shown = board("hz-wulin", [a_ticket(1, status="offered", technician_id="t-9")], {"t-9": 1}, POLICIES)

    assert [(one["id"], one["load"], one["capacity"]) for one in shown["technicians"]] == [
        ("t-1", 0, 2),
        ("t-2", 0, 1),
        ("t-9", 1, None),
    ]


def test_a_resolved_ticket_is_on_no_ones_list() -> None:
    shown = board("hz-wulin", [a_ticket(1, status="resolved", technician_id="t-1")], {}, POLICIES)

    assert shown["waiting"] == []
    assert all(one["tickets"] == [] for one in shown["technicians"])


def test_a_customers_newest_contact_comes_first() -> None:
    ticket_id = a_ticket_id()
    events = Pen(ticket_id).write_all(one_of_each(ticket_id))

    shown = customer_view("C-1", [Contacted(event, event.data, event.recorded_at) for event in events])

    assert [contact["disposition"] for contact in shown["contacts"]] == ["follow_up", "opened"]
    assert shown["customer"]["language"] == "zh-CN"
    assert shown["orders"] == [
        {"order_id": "A-1001", "ordered_at": None, "store_id": None, "skus": [], "warranty_ends_at": None}
    ]


def test_every_decision_record_is_shown_and_nothing_else() -> None:
    ticket_id = a_ticket_id()
    events = Pen(ticket_id).write_all(one_of_each(ticket_id))

    shown = decisions([Told(event, value_of(event), MORNING) for event in events], {})

    with_record = [event for event in events if hasattr(event.data, "decision")]
    assert [item["event_id"] for item in shown] == [str(event.id) for event in with_record]
    assert all(item["words"]["zh"] and item["outcome"] for item in shown)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 50)), max_size=40))
def test_a_followed_log_keeps_the_order_of_each_partition(seen: list[tuple[int, int]]) -> None:
    rows: list[Any] = [
        {"partition": partition, "offset": offset, "seen_at": at} for offset, (partition, at) in enumerate(seen)
    ]

    ordered = live.in_order(rows)

    assert len(ordered) == len(rows)
    for partition in range(3):
        own = [row["offset"] for row in ordered if row["partition"] == partition]
        assert all(one < next_one for one, next_one in pairwise(own))


@given(st.dictionaries(st.tuples(st.just("tickets"), st.integers(0, 9)), st.integers(0, 100)), st.integers(1, 4))
def test_partitions_are_dealt_out_once_each(to: dict[tuple[str, int], int], hands: int) -> None:
    shares = deal(to, hands)

    assert len(shares) <= hands
    assert all(shares)
    assert {place: end for share in shares for place, end in share.items()} == to
    assert sum(map(len, shares)) == len(to)
