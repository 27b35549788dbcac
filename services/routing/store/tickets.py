"""Locking and loading tickets. Order of locks everywhere: crews sorted, tickets sorted, then the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.ticket.state import TicketState, from_document

NOTIFY_SEEN = """
    coalesce((SELECT octet_length(notify_ids) / 16 FROM log_subjects
              WHERE topic = 'tickets' AND subject = ticket_id::text), 0) AS notify_seen
"""
"""How many of notify's facts were read. Admission keeps 16 bytes for each, so no ticket has to be written for them."""
LOCK = f"""
    SELECT ticket_id, state, {NOTIFY_SEEN} FROM tickets
    WHERE ticket_id = ANY($1::uuid[]) ORDER BY ticket_id FOR UPDATE
"""  # noqa: S608 - the column is the text above
LOCK_FREE = f"{LOCK} SKIP LOCKED"


async def lock_tickets(
    connection: Any, ticket_ids: Iterable[UUID], *, skip_locked: bool = False
) -> dict[UUID, TicketState]:
    """The states of these tickets, locked until the transaction ends; unknown ones are left out.

    With `skip_locked` those that somebody else has at this moment are left out, too.
    """
    rows = await connection.fetch(LOCK_FREE if skip_locked else LOCK, sorted(set(ticket_ids)))
    return {row["ticket_id"]: _state(row) for row in rows}


def _state(row: Any) -> TicketState:
    state = from_document(row["state"])
    if state.known.notify == row["notify_seen"]:
        return state
    return replace(state, known=replace(state.known, notify=row["notify_seen"]))


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
