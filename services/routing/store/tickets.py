"""Locking and loading tickets. Order of locks everywhere: crews sorted, tickets sorted, then the rest."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.ticket.state import TicketState, from_document

LOCK = "SELECT ticket_id, state FROM tickets WHERE ticket_id = ANY($1::uuid[]) ORDER BY ticket_id FOR UPDATE"
LOCK_FREE = f"{LOCK} SKIP LOCKED"


async def lock_tickets(
    connection: Any, ticket_ids: Iterable[UUID], *, skip_locked: bool = False
) -> dict[UUID, TicketState]:
    """The states of these tickets, locked until the transaction ends; unknown ones are left out.

    With `skip_locked` those that somebody else has at this moment are left out, too.
    """
    rows = await connection.fetch(LOCK_FREE if skip_locked else LOCK, sorted(set(ticket_ids)))
    return {row["ticket_id"]: from_document(row["state"]) for row in rows}


async def load_ticket(connection: Any, ticket_id: UUID) -> TicketState | None:
    """The state now, without a lock."""
    document = await connection.fetchval("SELECT state FROM tickets WHERE ticket_id = $1", ticket_id)
    return from_document(document) if document is not None else None


async def load_versions(connection: Any, ticket_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """How many decisions this database holds for each ticket, without a lock; unknown ones are left out."""
    rows = await connection.fetch(
        "SELECT ticket_id, version FROM tickets WHERE ticket_id = ANY($1::uuid[])", list(ticket_ids)
    )
    return {row["ticket_id"]: row["version"] for row in rows}


async def database_now(connection: Any) -> datetime:
    """The instant now by the database's clock: the one that recorded times and deadlines go by."""
    now: datetime = await connection.fetchval("SELECT gongdan_now()")
    return now
