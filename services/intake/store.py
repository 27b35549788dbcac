"""Intake's tables of record: contacts, tickets, numbers, the ledger. All in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.intake.channels.phone import CallEvent
from services.intake.contact import Arrival, Recorded, contact_id_of, excerpt_of
from services.intake.directory.lookup import Found
from services.intake.understand.ticket_number import TicketNumber
from shared.events.fact import Channel
from shared.ids import ContactId, TicketId, uuid7

RECORD: Final = "SELECT * FROM record_contacts($1, $2, $3, $4)"
"""See the function and the types of its parameters in the first migration: one call for a whole batch."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An arrival that was answered by a 4xx; counted, and nothing else is kept of it."""

    channel: Channel
    status: int
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """An arrival with a key that another arrival of its batch has; `place` is that one's, from 1."""

    place: int
    digest: bytes


async def record_contacts(
    connection: Any,
    firsts: Sequence[Arrival],
    repeats: Sequence[Repeat],
    refusals: Sequence[Refusal],
    *,
    found: Found,
    time_zone: str,
) -> list[Recorded]:
    """Record a batch and its ledger lines; answers what stands under the key of each of `firsts`, new or from before.

    `firsts` have different keys and are sorted by them. Numbers are taken only for contacts that are new.
    """
    rows = await connection.fetch(
        RECORD,
        [arrived(arrival, found) for arrival in firsts],
        [(repeat.place, repeat.digest) for repeat in repeats],
        [(refusal.channel, refusal.external_id, refusal.status) for refusal in refusals],
        time_zone,
    )
    return [recorded_of(row) for row in rows]


def arrived(arrival: Arrival, found: Found) -> tuple[Any, ...]:
    """One arrival as the type `arrived` has it, with the id of the ticket that it opens unless it joins one."""
    customer = found.customers.get(arrival.phone_e164 or "")
    return (
        arrival.channel,
        arrival.external_id,
        contact_id_of(arrival.channel, arrival.external_id),
        arrival.digest,
        uuid7(),
        arrival.named.day if arrival.named else None,
        arrival.named.serial if arrival.named else None,
        customer.customer_id if customer else None,
        arrival.phone,
        excerpt_of(arrival),
    )


def recorded_of(row: Any) -> Recorded:
    """A row of `record_contacts` as the contact it stands for."""
    return Recorded(
        is_new=row["is_new"],
        digest=row["digest"],
        contact_id=ContactId(row["contact_id"]),
        disposition=row["disposition"],
        ticket_id=TicketId(row["ticket_id"]),
        ticket_number=str(TicketNumber(row["day"], row["serial"])),
        related_ticket_ids=row["related_ticket_ids"],
        sequence=row["sequence"],
        recorded_at=row["recorded_at"],
        opening_contact_id=ContactId(row["opening_contact_id"]),
    )


RECORD_CALL: Final = """
    INSERT INTO calls (call_id, event, direction, from_number, to_number, agent) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (call_id, event) DO UPDATE SET call_id = calls.call_id
    RETURNING recorded_at
"""


async def record_call(connection: Any, call: CallEvent) -> datetime:
    """Keep what the telephone system said; said again it stays as it was. Answers when it was recorded first."""
    recorded_at: datetime = await connection.fetchval(
        RECORD_CALL, call.call_id, call.event, call.direction, call.from_number, call.to_number, call.agent
    )
    return recorded_at
