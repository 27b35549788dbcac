"""Notify's own past: starting on an empty database, what was told before is read from the log and not told again.

Deliveries planned from the part of the log that was there at the start are `held`; notify's own facts in that part
say how they ended. When a partition has been read up to its end then, what is still held was never told: it is let
go, or suppressed where it is no news any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.store.rows import as_json

KEEP_ENDS = """
    INSERT INTO replay_ends (topic, partition, end_offset, done)
    SELECT $1, partition, end_offset,
           end_offset = 0 OR EXISTS (SELECT 1 FROM log_positions WHERE topic = $1 AND next_offset > 0)
    FROM unnest($2::int[], $3::bigint[]) AS r(partition, end_offset)
    ON CONFLICT DO NOTHING
"""

SETTLE = """
    UPDATE deliveries d SET status = r.status, reason = r.reason, detail = r.detail, template = r.template,
           address = r.address, attempts = r.attempts, ended_at = r.ended_at
    FROM jsonb_to_recordset($1::text::jsonb) AS r(
        id uuid, status text, reason text, detail text, template text, address text, attempts integer,
        ended_at timestamptz)
    WHERE d.id = r.id AND d.status = 'held'
"""

RESENT = """
    INSERT INTO deliveries (id, lane, channel, status, reason, detail, ticket_id, event_id, event_type, event_sequence,
                            event_at, correlation_id, recipient, recipient_id, template, "values", address, resend_of,
                            first_id, resends, asked_by, attempts, ended_at)
    SELECT $2, lane, channel, $3, $4, $5, ticket_id, event_id, event_type, event_sequence,
           event_at, correlation_id, recipient, recipient_id, $6, "values", $7, id,
           id, 1 + (SELECT max(resends) FROM deliveries WHERE first_id = $1), $8, $9, $10
    FROM deliveries WHERE id = $1
    ON CONFLICT (id) DO NOTHING
"""

READY = """
    SELECT d.id, d.ticket_id, d.event_at, d.recipient FROM deliveries d
    JOIN replay_ends r ON r.topic = 'tickets' AND r.partition = d.partition
    JOIN log_positions p ON p.topic = r.topic AND p.partition = r.partition
    WHERE d.status = 'held' AND p.next_offset >= r.end_offset
    ORDER BY d.place LIMIT $1
"""

LET_GO = """
    UPDATE deliveries d SET status = r.status, reason = r.reason,
           due_at = clock_timestamp(), ended_at = CASE WHEN r.status = 'waiting' THEN NULL ELSE gongdan_now() END
    FROM jsonb_to_recordset($1::text::jsonb) AS r(id uuid, status text, reason text)
    WHERE d.id = r.id AND d.status = 'held'
    RETURNING d.id
"""

MARK_DONE = """
    UPDATE replay_ends r SET done = true FROM log_positions p
    WHERE NOT r.done AND p.topic = r.topic AND p.partition = r.partition AND p.next_offset >= r.end_offset
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBefore:
    """How a delivery ended, by notify's own fact in the log."""

    id: UUID
    first_id: UUID
    """The delivery that it was a resend of, else itself."""
    asked_by: str | None
    status: str
    reason: str | None
    detail: str | None
    template: str
    address: str | None
    attempts: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that was planned from the past and that no fact says the end of."""

    id: UUID
    ticket_id: UUID
    event_at: datetime
    recipient: str


async def keep_ends(pool: Any, topic: str, ends: Mapping[int, int]) -> None:
    """Remember where the log ended at the first start; later starts change nothing."""
    await pool.execute(KEEP_ENDS, topic, list(ends), list(ends.values()))


async def settle_held(connection: Any, told: Sequence[ToldBefore]) -> None:
    """Write how held deliveries ended, and take up those that were resends by hand."""
    if told:
        await connection.execute(SETTLE, as_json(told))
    for one in told:
        if one.id != one.first_id:
            await take_up_resend(connection, one)


async def take_up_resend(connection: Any, told: ToldBefore) -> None:
    """A resend of the past, so that it is listed and the next one gets the next number."""
    await connection.execute(
        RESENT,
        told.first_id,
        told.id,
        told.status,
        told.reason,
        told.detail,
        told.template,
        told.address,
        told.asked_by,
        told.attempts,
        told.ended_at,
    )


async def find_ready(connection: Any, *, limit: int) -> list[Held]:
    """Held deliveries whose partition has been read up to its end at the start."""
    return [Held(**dict(row)) for row in await connection.fetch(READY, limit)]


async def let_go(connection: Any, rows: Sequence[Mapping[str, object]]) -> set[UUID]:
    """Give held deliveries the status in `rows` ({id, status, reason}); answer those that were still held."""
    return {row["id"] for row in await connection.fetch(LET_GO, as_json(rows))}


async def mark_done(pool: Any) -> bool:
    """Note which partitions have been read up to their end at the start; answer whether all have."""
    await pool.execute(MARK_DONE)
    return await is_past_read(pool)


async def is_past_read(pool: Any) -> bool:
    """Whether the past has been measured, and no partition's is being read any more."""
    is_read: bool = await pool.fetchval("SELECT coalesce(bool_and(done), false) FROM replay_ends")
    return is_read
