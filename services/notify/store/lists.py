"""Deliveries as people ask for them, and sending one again by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.store.scope import EVERYTHING, OF_TICKET, Scope
from shared.errors import Refused
from shared.ids import derived_id

COLUMNS = """
    d.id AS delivery_id, d.place, d.ticket_id, t.number AS ticket_number, d.event_id, d.event_type, d.event_sequence,
    d.channel, d.recipient, d.recipient_id, d.address, d.template, d.status, d.reason, d.detail, d.attempts,
    d.subscription_id, d.resend_of, d.first_id, d.asked_by, d.planned_at, d.ended_at,
    CASE WHEN d.status = 'waiting' THEN d.due_at END AS next_attempt_at
"""

SEEN = f"""
    ({OF_TICKET} AND ($2::text IS NULL OR d.subscription_id IS NULL
     OR d.subscription_id IN (SELECT id FROM subscriptions WHERE created_by = $2)))
"""  # noqa: S608 - put together from constants
"""How posting to somebody else's server went is not an integration's, whosever ticket it is about."""

LIST = f"""
    SELECT {COLUMNS} FROM deliveries d LEFT JOIN tickets t ON t.ticket_id = d.ticket_id
    WHERE {SEEN}
      AND ($3::uuid IS NULL OR d.ticket_id = $3)
      AND ($4::text IS NULL OR d.status = $4)
      AND ($5::text IS NULL OR d.channel = $5)
      AND ($6::uuid IS NULL OR d.subscription_id = $6)
      AND ($7::bigint IS NULL OR d.place > $7)
    ORDER BY d.place LIMIT $8
"""  # noqa: S608 - put together from constants

ONE = f"""
    SELECT {COLUMNS}, coalesce({SEEN}, false) AS is_seen
    FROM deliveries d LEFT JOIN tickets t ON t.ticket_id = d.ticket_id WHERE d.id = $3
"""  # noqa: S608 - put together from constants

UNDER_WAY = "SELECT EXISTS (SELECT 1 FROM deliveries WHERE first_id = $1 AND status IN ('held', 'waiting', 'sending'))"

AGAIN = """
    INSERT INTO deliveries (id, lane, channel, status, ticket_id, event_id, event_type, event_sequence, event_at,
                            correlation_id, recipient, recipient_id, template, "values", subscription_id, resend_of,
                            first_id, resends, asked_by)
    SELECT $2, lane, channel, 'waiting', ticket_id, event_id, event_type, event_sequence, event_at, correlation_id,
           recipient, recipient_id, split_part(template, '@', 1), "values", subscription_id, id, first_id, $3, $4
    FROM deliveries WHERE id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A delivery as it is shown."""

    delivery_id: UUID
    place: int
    ticket_id: UUID | None
    ticket_number: str | None
    event_id: UUID
    event_type: str
    event_sequence: int
    channel: str
    recipient: str
    recipient_id: str | None
    address: str | None
    template: str | None
    status: str
    reason: str | None
    detail: str | None
    attempts: int
    subscription_id: UUID | None
    resend_of: UUID | None
    first_id: UUID
    asked_by: str | None
    planned_at: datetime
    ended_at: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deliveries; None where it does not matter. `after` is the place of the last one seen."""

    ticket_id: UUID | None = None
    status: str | None = None
    channel: str | None = None
    subscription_id: UUID | None = None
    scope: Scope = EVERYTHING
    after: int | None = None


async def list_deliveries(pool: Any, chosen: Filter, *, limit: int) -> list[Shown]:
    """In the order they were planned."""
    rows = await pool.fetch(
        LIST,
        *chosen.scope.arguments,
        chosen.ticket_id,
        chosen.status,
        chosen.channel,
        chosen.subscription_id,
        chosen.after,
        limit,
    )
    return [Shown(**dict(row)) for row in rows]


async def find_delivery(pool: Any, delivery_id: UUID, scope: Scope) -> tuple[Shown, bool] | None:
    """One, and whether it is within `scope`."""
    row = await pool.fetchrow(ONE, *scope.arguments, delivery_id)
    if row is None:
        return None
    found = dict(row)
    is_seen: bool = found.pop("is_seen")
    return Shown(**found), is_seen


async def resend(pool: Any, delivery_id: UUID, *, actor: str) -> UUID:
    """Plan a delivery again: a new one, linked to the original, which stays as it ended. Answers its id.

    Errors: Refused (404, 409) when there is none, it has not ended, another resend of it is under way, or its
    subscriber is gone.
    """
    async with pool.acquire() as connection, connection.transaction():
        first_id = await connection.fetchval("SELECT first_id FROM deliveries WHERE id = $1", delivery_id)
        if first_id is None:
            raise Refused(404, "Unknown delivery", f"no delivery {delivery_id}")
        await connection.execute("SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE", first_id)
        if await connection.fetchval(UNDER_WAY, first_id):
            raise Refused(
                409, "Still under way", f"delivery {delivery_id} has not ended yet; wait for it, or for its resend"
            )
        await refuse_unsubscribed(connection, delivery_id)
        resends = await connection.fetchval("SELECT max(resends) + 1 FROM deliveries WHERE first_id = $1", first_id)
        new_id = derived_id(first_id, "resend", resends)
        await connection.execute(AGAIN, delivery_id, new_id, resends, actor)
        await connection.execute("SELECT pg_notify('deliveries', '')")
    return new_id


async def refuse_unsubscribed(connection: Any, delivery_id: UUID) -> None:
    """A deleted subscription gets nothing any more."""
    gone = await connection.fetchval(
        "SELECT s.deleted_at IS NOT NULL FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id "
        "WHERE d.id = $1",
        delivery_id,
    )
    if gone:
        raise Refused(409, "Unsubscribed", f"the subscription of delivery {delivery_id} was deleted")
