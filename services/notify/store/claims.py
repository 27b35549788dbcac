"""Who sends what now.

A claim is a lease, committed before anything goes over the network, so no lock is held while it does.

Several processes may claim at once (`SKIP LOCKED`). Within a lane only the first unfinished delivery can be claimed,
so what one person is told about one ticket arrives in order. A worker renews the leases of what it has in hand; a lease
that ended says that its worker died, or lost sight of it.

Leases, pauses, and how long something has waited go by the database's own clock and not by `gongdan_now()`: workers
share these rows, and one whose clock is an hour ahead must neither keep a letter for an hour nor think others dead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.letters import MailDue

FIRST_OF_ITS_LANE = """
    NOT EXISTS (SELECT 1 FROM deliveries earlier WHERE earlier.lane = d.lane AND earlier.place < d.place
                AND earlier.status IN ('held', 'waiting', 'sending'))
"""

CLAIM_MAIL = f"""
    WITH due AS (
        SELECT d.id, d.ticket_id FROM deliveries d
        WHERE d.status = 'waiting' AND d.channel = 'email' AND d.due_at <= (SELECT clock_timestamp())
          AND {FIRST_OF_ITS_LANE}
        ORDER BY d.due_at, d.place LIMIT $1
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE deliveries d SET status = 'sending', attempts = d.attempts + 1, worker_id = $2,
           lease_until = clock_timestamp() + make_interval(secs => $3)
    FROM due LEFT JOIN tickets t ON t.ticket_id = due.ticket_id
    WHERE d.id = due.id
    RETURNING d.id, d.first_id, d.resends, d.ticket_id, d.event_id, d.event_type, d.correlation_id, d.recipient,
              d.recipient_id, split_part(d.template, '@', 1) AS template, d."values", d.attempts, d.planned_at,
              t.email AS customer_email, t.language AS customer_language,
              clock_timestamp() AS claimed_at, (SELECT revision FROM policies_revision) AS revision
"""  # noqa: S608 - put together from constants

CLAIM_WEBHOOKS = f"""
    WITH due AS (
        SELECT d.id, d.event_id FROM deliveries d
        WHERE d.status = 'waiting' AND d.channel = 'webhook' AND d.subscription_id = $4
          AND d.due_at <= (SELECT clock_timestamp()) AND {FIRST_OF_ITS_LANE}
        ORDER BY d.due_at, d.place LIMIT $1
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE deliveries d SET status = 'sending', attempts = d.attempts + 1, worker_id = $2,
           lease_until = clock_timestamp() + make_interval(secs => $3)
    FROM due JOIN webhook_events e ON e.event_id = due.event_id
    WHERE d.id = due.id
    RETURNING d.id, d.event_id, d.event_sequence, d.attempts, d.planned_at, clock_timestamp() AS claimed_at,
              e.body
"""  # noqa: S608 - put together from constants

RENEW = """
    UPDATE deliveries SET lease_until = clock_timestamp() + make_interval(secs => $2)
    WHERE status = 'sending' AND worker_id = $1 AND id = ANY($3::uuid[])
"""

ENDED_LEASES = """
    SELECT id, worker_id, lease_until, attempts, channel FROM deliveries
    WHERE status = 'sending' AND lease_until < (SELECT clock_timestamp()) LIMIT $1
"""

FREE = """
    UPDATE deliveries d SET status = 'waiting', worker_id = NULL, lease_until = NULL
    FROM unnest($1::uuid[], $2::timestamptz[]) AS r(id, lease_until)
    WHERE d.id = r.id AND d.status = 'sending' AND d.lease_until = r.lease_until
"""


@dataclass(frozen=True, slots=True)
class WebhookDue:
    """A delivery to a subscriber that was claimed."""

    id: UUID
    event_id: UUID
    event_sequence: int
    attempts: int
    planned_at: datetime
    claimed_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """A delivery for which its worker gave no sign of life any more while it was sending."""

    id: UUID
    worker_id: UUID
    lease_until: datetime
    attempts: int
    channel: str


async def claim_mail(pool: Any, *, limit: int, worker_id: UUID, lease_s: float) -> tuple[list[MailDue], int]:
    """Up to `limit` letters that are due, claimed for this worker, and the policies' revision to write them by."""
    rows = [dict(row) for row in await pool.fetch(CLAIM_MAIL, limit, worker_id, lease_s)]
    revisions = [row.pop("revision") for row in rows]
    return [MailDue(**row) for row in rows], max(revisions, default=0)


async def claim_webhooks(
    pool: Any, subscription_id: UUID, *, limit: int, worker_id: UUID, lease_s: float
) -> list[WebhookDue]:
    """Up to `limit` deliveries to one subscriber that are due, claimed for this worker."""
    rows = await pool.fetch(CLAIM_WEBHOOKS, limit, worker_id, lease_s, subscription_id)
    return [WebhookDue(**row) for row in map(dict, rows)]


async def renew_leases(pool: Any, in_hand: Collection[UUID], *, worker_id: UUID, lease_s: float) -> None:
    """A sign of life for what this worker is sending; what it claimed and lost sight of is left to its lease."""
    if in_hand:
        await pool.execute(RENEW, worker_id, lease_s, list(in_hand))


async def find_lost(pool: Any, *, limit: int) -> list[Lost]:
    """Deliveries whose lease has ended."""
    return [Lost(**dict(row)) for row in await pool.fetch(ENDED_LEASES, limit)]


async def free_lost(pool: Any, lost: list[Lost]) -> None:
    """Let these be claimed again: for what arrives once even when it is sent twice."""
    await pool.execute(FREE, [one.id for one in lost], [one.lease_until for one in lost])
