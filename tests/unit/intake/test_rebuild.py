"""What a rebuild makes of intake's own facts where a ticket stopped, and of those that do not count."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition

from services.intake.rebuild.beside import Beside
from services.intake.rebuild.fold import Fold
from services.intake.tables import ContactRow
from shared.errors import Unavailable
from shared.events.envelope import Draft, Event
from shared.events.fact import Fact, Seen
from shared.events.intake import Customer, TicketFollowedUp, TicketOpened
from shared.events.routing import TicketClosed, TicketStarted
from shared.ids import derived_id, random_id
from shared.log import replay
from shared.log.admission import parse
from shared.log.kafka import Kafka
from shared.log.record import Record, headers_of, value_of
from shared.log.replay import Settled
from tests.support.log import A_TIME, a_contact, an_opened

TICKET = derived_id("ticket", 1)


def fact(sequence: int, data: Fact, *, cause: UUID | None = None) -> Event:
    """One fact of the ticket, caused by a contact or by something else."""
    cause = cause or random_id()
    return Draft(
        subject=str(TICKET), sequence=sequence, data=data, occurred_at=A_TIME, recorded_at=A_TIME, causation_id=cause,
        correlation_id=cause, actor="integration:till", purpose="contact",
    ).event()  # fmt: skip


def opened() -> Event:
    data = an_opened(TICKET)
    return fact(1, data, cause=data.contact.contact_id)


def followed(sequence: int, name: str) -> Event:
    contact = a_contact(name)
    data = TicketFollowedUp(contact=contact, customer=Customer(name="李娜"), description="还在漏")
    return fact(sequence, data, cause=contact.contact_id)


def log_of(*events: Event) -> list[Record]:
    return [
        Record("tickets", 0, offset, event.subject.encode(), tuple(headers_of(event)), value_of(event))
        for offset, event in enumerate(events)
    ]


def folded(records: Sequence[Record], *, discarded: Sequence[int] = (), condemned: Sequence[int] = ()) -> Fold:
    places = {offset: ("tickets", 0, offset) for offset in (*discarded, *condemned)}
    settled = Settled(
        discarded=frozenset(places[offset] for offset in discarded),
        condemned={places[offset]: "our bug" for offset in condemned},
    )
    fold = Fold(settled)
    fold.take(parse(records))
    return fold


def names(contacts: Sequence[ContactRow]) -> list[str]:
    return [contact.external_id for contact in contacts]


GAP = fact(9, TicketStarted(seen=Seen()))
CLOSED = fact(1, TicketClosed(seen=Seen()))
BY_CONTACT = derived_id("store", "stranger")


def test_contacts_behind_a_strangers_gap_are_taken_and_the_status_waits() -> None:
    fold = folded(log_of(opened(), GAP, followed(2, "V-2"), CLOSED))
    ticket = fold.tickets[TICKET]
    assert names(fold.contacts) == [str(TICKET), "V-2"]
    assert (ticket.intake_sequence, ticket.status, fold.behind_stopped, fold.aside) == (2, "open", 1, [])


def test_behind_a_gap_that_a_person_discarded_all_goes_on() -> None:
    fold = folded(log_of(opened(), GAP, followed(2, "V-2"), CLOSED), discarded=[1])
    ticket = fold.tickets[TICKET]
    assert names(fold.contacts) == [str(TICKET), "V-2"]
    assert (ticket.status, ticket.routing_sequence, fold.behind_stopped) == ("closed", 1, 0)


def test_a_gap_under_our_own_name_takes_no_place_in_our_sequence() -> None:
    fold = folded(log_of(opened(), followed(9, "stranger"), followed(2, "V-2"), followed(3, "V-3")))
    assert names(fold.contacts) == [str(TICKET), "V-2", "V-3"]
    assert fold.tickets[TICKET].intake_sequence == 3
    assert [(row.contact_id, row.is_needed) for row in fold.aside] == [(BY_CONTACT, False)]


@pytest.mark.parametrize("discarded", [[], [1]])
def test_a_contact_whose_fact_is_in_conflict_is_set_aside(discarded: list[int]) -> None:
    fold = folded(log_of(opened(), followed(1, "stranger"), followed(2, "V-2")), discarded=discarded)
    assert names(fold.contacts) == [str(TICKET), "V-2"]
    assert [(row.ticket_id, row.contact_id, row.is_needed) for row in fold.aside] == [(TICKET, BY_CONTACT, False)]


def test_a_fact_of_ours_that_our_reader_failed_on_is_a_contact_unless_a_person_gave_it_up() -> None:
    records = log_of(opened(), followed(2, "V-2"), followed(3, "V-3"))
    kept = folded(records, condemned=[1])
    assert (names(kept.contacts), kept.behind_stopped) == ([str(TICKET), "V-2", "V-3"], 2)
    given_up = folded(records, discarded=[1])
    assert names(given_up.contacts) == [str(TICKET), "V-3"]
    assert [row.contact_id for row in given_up.aside] == [derived_id("store", "V-2")]
    assert given_up.tickets[TICKET].intake_sequence == 3


def test_a_fact_that_cannot_be_read_keeps_its_place_in_the_sequence() -> None:
    records = log_of(opened(), followed(2, "V-2"), followed(3, "V-3"))
    records[1] = records[1]._replace(value=b"{")
    fold = folded(records)
    assert names(fold.contacts) == [str(TICKET), "V-3"]
    assert (fold.tickets[TICKET].intake_sequence, [row.is_needed for row in fold.aside]) == (3, [False])


def test_a_newer_fact_and_an_opening_that_cannot_be_read_are_needed() -> None:
    records = log_of(opened(), followed(2, "V-2"))
    newer = tuple(
        (name, b"gongdan:ticket.followed_up:99" if name == "ce_dataschema" else value)
        for name, value in records[1].headers
    )
    assert [row.is_needed for row in folded([records[0], records[1]._replace(headers=newer)]).aside] == [True]
    assert [row.is_needed for row in folded([records[0]._replace(value=b"{"), records[1]]).aside] == [True, True]


def test_what_routing_says_of_a_ticket_that_was_never_opened_is_nothing() -> None:
    fold = folded(log_of(CLOSED))
    assert (fold.tickets, fold.contacts, fold.aside) == ({}, [], [])


def test_a_second_opening_of_a_ticket_does_not_replace_it() -> None:
    stranger = TicketOpened(
        ticket_id=TICKET, ticket_number="GD-261122-000018", contact=a_contact("stranger"), customer=Customer(),
        description="",
    )  # fmt: skip
    fold = folded(log_of(opened(), fact(2, stranger, cause=BY_CONTACT)))
    assert names(fold.contacts) == [str(TICKET)]
    assert [row.contact_id for row in fold.aside] == [BY_CONTACT]


class FrozenBroker:
    """A consumer whose broker says where the end is, and nothing more."""

    def __init__(self) -> None:
        self.fetches = 0

    def assign(self, places: Sequence[TopicPartition]) -> None:
        pass

    def seek(self, place: TopicPartition, offset: int) -> None:
        pass

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 5)

    async def position(self, place: TopicPartition) -> int:
        return 0

    async def getmany(self, *places: Any, **options: Any) -> dict[Any, Any]:
        self.fetches += 1
        await asyncio.sleep(0)
        return {}


async def test_a_broker_that_freezes_ends_the_rebuild_instead_of_holding_its_locks() -> None:
    consumer = FrozenBroker()
    beside = Beside(None, consumer, Kafka("nowhere:9092"), Settled(frozenset(), {}))
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable, match=r"tickets\[0\] gave nothing before offset 5"):
            await beside.advance()
    assert consumer.fetches == replay.STALL_FETCHES_MAX + 1
