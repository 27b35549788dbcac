"""Subscribers' addresses, event types and secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

DUE = """
    SELECT s.id, s.url, s.secret, s.failures FROM subscriptions s
    WHERE s.deleted_at IS NULL AND (s.paused_until IS NULL OR s.paused_until <= (SELECT clock_timestamp()))
      AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subscription_id = s.id AND d.status = 'waiting'
                  AND d.channel = 'webhook' AND d.due_at <= (SELECT clock_timestamp()))
"""

DELETE = """
    WITH gone AS (
        UPDATE subscriptions SET deleted_at = gongdan_now(), secret = NULL WHERE id = $1 AND deleted_at IS NULL
        RETURNING id
    ), left_over AS (
        UPDATE deliveries d SET status = 'failed', reason = 'unsubscribed', ended_at = gongdan_now()
        FROM gone WHERE d.subscription_id = gone.id AND d.status = 'waiting'
    )
    SELECT id FROM gone
"""

PACE = """
    UPDATE subscriptions SET failures = CASE WHEN $2 THEN failures + 1 ELSE 0 END,
           paused_until = CASE WHEN $2 THEN clock_timestamp() + make_interval(secs => $3) END
    WHERE id = $1 AND (failures > 0 OR $2)
"""

UNSUBSCRIBED = """
    UPDATE deliveries d SET status = 'failed', reason = 'unsubscribed', ended_at = gongdan_now()
    FROM subscriptions s WHERE d.subscription_id = s.id AND s.deleted_at IS NOT NULL AND d.status = 'waiting'
      AND d.channel = 'webhook'
"""

COLUMNS = "id, url, event_types, ordered, created_at, created_by, failures, paused_until"


@dataclass(frozen=True, slots=True)
class Target:
    """A subscriber with deliveries that are due: where to, signed with what, and how many failures came in a row."""

    id: UUID
    url: str
    secret: str
    failures: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it is shown: never with its secret."""

    id: UUID
    url: str
    event_types: list[str]
    ordered: bool
    created_at: datetime
    created_by: str
    failures: int
    paused_until: datetime | None


async def insert_subscription(
    pool: Any,
    *,
    subscription_id: UUID,
    url: str,
    event_types: Sequence[str],
    secret: str,
    ordered: bool,
    created_by: str,
) -> Subscription:
    """Keep a new subscription."""
    row = await pool.fetchrow(
        f"INSERT INTO subscriptions (id, url, event_types, secret, ordered, created_by) "  # noqa: S608 - constants
        f"VALUES ($1, $2, $3, $4, $5, $6) RETURNING {COLUMNS}",
        subscription_id,
        url,
        list(event_types),
        secret,
        ordered,
        created_by,
    )
    return Subscription(**dict(row))


async def list_subscriptions(pool: Any, *, created_by: str | None) -> list[Subscription]:
    """All that were not deleted, oldest first; those of one creator where given."""
    rows = await pool.fetch(
        f"SELECT {COLUMNS} FROM subscriptions WHERE deleted_at IS NULL "  # noqa: S608 - constants
        "AND ($1::text IS NULL OR created_by = $1) ORDER BY id",
        created_by,
    )
    return [Subscription(**dict(row)) for row in rows]


async def find_subscription(pool: Any, subscription_id: UUID) -> Subscription | None:
    """One, deleted or not: its deliveries can still be looked at."""
    row = await pool.fetchrow(
        f"SELECT {COLUMNS} FROM subscriptions WHERE id = $1",  # noqa: S608 - constants
        subscription_id,
    )
    return Subscription(**dict(row)) if row else None


async def delete_subscription(pool: Any, subscription_id: UUID) -> bool:
    """Forget its secret and give up what was not delivered yet; answer whether it was there."""
    return await pool.fetchval(DELETE, subscription_id) is not None


async def end_unsubscribed(pool: Any) -> None:
    """End deliveries that were on their way when their subscription was deleted."""
    await pool.execute(UNSUBSCRIBED)


async def find_due_targets(pool: Any) -> list[Target]:
    """Subscribers with deliveries that are due, but those that pause after failures."""
    return [Target(**dict(row)) for row in await pool.fetch(DUE)]


async def pace(connection: Any, subscription_id: UUID, *, failed: bool, pause_s: float) -> None:
    """Count a failure of the subscriber's server and let it rest, or forget its failures."""
    await connection.execute(PACE, subscription_id, failed, pause_s)
