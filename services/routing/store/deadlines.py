"""What is due: picked without locks, read again under the ticket's lock, compared with the database's clock only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.ticket.deadlines import Stage

DUE_TICKETS = """
    SELECT ticket_id FROM deadlines WHERE due_at <= gongdan_now() AND ticket_id <> ALL ($2::uuid[])
    ORDER BY due_at LIMIT $1
"""
STILL_DUE = """
    SELECT ticket_id, stage, offer, due_at FROM deadlines
    WHERE ticket_id = ANY($1::uuid[]) AND due_at <= gongdan_now()
    ORDER BY ticket_id, stage
"""
NEXT_DUE = "SELECT extract(epoch FROM min(due_at) - gongdan_now())::float8 FROM deadlines"


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that has come. Of one ticket the end comes before the warning, which it makes stale."""

    ticket_id: UUID
    stage: Stage
    offer: int
    due_at: datetime


async def due_tickets(connection: Any, limit: int, but: Collection[UUID] = ()) -> set[UUID]:
    """Tickets about which something is due, the longest overdue first, without locks."""
    return {row["ticket_id"] for row in await connection.fetch(DUE_TICKETS, limit, list(but))}


async def still_due(connection: Any, ticket_ids: Collection[UUID]) -> list[Due]:
    """What is due about these tickets, which the caller has locked."""
    rows = await connection.fetch(STILL_DUE, list(ticket_ids))
    return [Due(row["ticket_id"], row["stage"], row["offer"], row["due_at"]) for row in rows]


async def seconds_to_next(connection: Any) -> float | None:
    """Seconds until the next deadline by the database's clock (negative when late); None when there is none."""
    found: float | None = await connection.fetchval(NEXT_DUE)
    return found
