"""What is known of tickets, one row each; the row's lock orders everything notify writes about the ticket."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify.policy.plan import Ticket
from services.notify.store.rows import as_json

LOCK = """
    SELECT ticket_id, number, customer_id, customer_name, email, language, store_id, technician_id, product,
           description, senders, notify_sequence, recorded_at
    FROM tickets WHERE ticket_id = ANY($1::uuid[]) ORDER BY ticket_id FOR UPDATE
"""

SAVE = """
    INSERT INTO tickets (ticket_id, number, customer_id, customer_name, email, language, store_id, technician_id,
                         product, description, senders, notify_sequence, recorded_at)
    SELECT ticket_id, number, customer_id, customer_name, email, language, store_id, technician_id, product,
           description, senders, notify_sequence, recorded_at
    FROM jsonb_to_recordset($1::text::jsonb) AS r(
        ticket_id uuid, number text, customer_id text, customer_name text, email text, language text, store_id text,
        technician_id text, product text, description text, senders text[], notify_sequence integer,
        recorded_at timestamptz)
    ORDER BY ticket_id
    ON CONFLICT (ticket_id) DO UPDATE SET
        number = excluded.number, customer_id = excluded.customer_id, customer_name = excluded.customer_name,
        email = excluded.email, language = excluded.language, store_id = excluded.store_id,
        technician_id = excluded.technician_id, product = excluded.product, description = excluded.description,
        senders = excluded.senders, notify_sequence = excluded.notify_sequence, recorded_at = excluded.recorded_at
"""

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A ticket as it is kept: what is known of it, and the last fact notify wrote about it (its sequence and when)."""

    ticket: Ticket
    sequence: int = 0
    recorded_at: datetime | None = None

    def next(self, now: datetime) -> "Kept":
        """The row after one more fact of notify, recorded now, and always later than the one before."""
        recorded_at = now if self.recorded_at is None else max(now, self.recorded_at + TICK)
        return replace(self, sequence=self.sequence + 1, recorded_at=recorded_at)


async def lock_tickets(connection: Any, ticket_ids: Collection[UUID]) -> dict[UUID, Kept]:
    """The rows of these tickets, locked in one order everywhere.

    Unknown tickets come as empty rows (not locked: only their reader makes them).
    """
    rows = await connection.fetch(LOCK, sorted(ticket_ids)) if ticket_ids else []
    known = {row["ticket_id"]: read_row(dict(row)) for row in rows}
    return {ticket_id: known.get(ticket_id, Kept(Ticket(ticket_id=ticket_id))) for ticket_id in ticket_ids}


def read_row(row: dict[str, Any]) -> Kept:
    """One row."""
    sequence, recorded_at, senders = row.pop("notify_sequence"), row.pop("recorded_at"), row.pop("senders")
    return Kept(Ticket(**row, senders=tuple(senders)), sequence, recorded_at)


async def save_tickets(connection: Any, tickets: Sequence[Kept]) -> None:
    """Write these rows, in the caller's transaction."""
    if not tickets:
        return
    rows = [
        {
            "ticket_id": kept.ticket.ticket_id,
            "number": kept.ticket.number,
            "customer_id": kept.ticket.customer_id,
            "customer_name": kept.ticket.customer_name,
            "email": kept.ticket.email,
            "language": kept.ticket.language,
            "store_id": kept.ticket.store_id,
            "technician_id": kept.ticket.technician_id,
            "product": kept.ticket.product,
            "description": kept.ticket.description,
            "senders": kept.ticket.senders,
            "notify_sequence": kept.sequence,
            "recorded_at": kept.recorded_at,
        }
        for kept in tickets
    ]
    await connection.execute(SAVE, as_json(rows))


async def sequences_of(connection: Any, ticket_ids: Collection[UUID]) -> dict[UUID, int]:
    """The last sequence of notify's own facts per ticket, without a lock."""
    rows = await connection.fetch(
        "SELECT ticket_id, notify_sequence FROM tickets WHERE ticket_id = ANY($1::uuid[])", list(ticket_ids)
    )
    return {row["ticket_id"]: row["notify_sequence"] for row in rows}


async def senders_of(connection: Any, ticket_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The integrations that sent contacts of these tickets, without a lock: only the tickets' own reader adds any."""
    rows = await connection.fetch(
        "SELECT ticket_id, senders FROM tickets WHERE ticket_id = ANY($1::uuid[])", list(ticket_ids)
    )
    return {row["ticket_id"]: tuple(row["senders"]) for row in rows}
