"""What became of deliveries.

An outcome is recorded only by the attempt that it belongs to; whoever comes too late changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.notify.store.rows import as_json

RECORD = """
    UPDATE deliveries d SET
        status = r.status, reason = r.reason, detail = r.detail,
        template = coalesce(r.template, d.template), address = coalesce(r.address, d.address),
        due_at = CASE WHEN r.status = 'waiting' THEN clock_timestamp() + make_interval(secs => r.delay_s)
                 ELSE d.due_at END,
        ended_at = CASE WHEN r.status = 'waiting' THEN NULL ELSE gongdan_now() END,
        worker_id = NULL, lease_until = NULL
    FROM jsonb_to_recordset($1::text::jsonb) AS r(
        id uuid, worker_id uuid, attempts integer, lease_until timestamptz, status text, reason text, detail text,
        template text, address text, delay_s float8)
    WHERE d.id = r.id AND d.status = 'sending' AND d.worker_id = r.worker_id AND d.attempts = r.attempts
      AND (r.lease_until IS NULL OR d.lease_until = r.lease_until)
    RETURNING d.id, d.ticket_id, d.event_id, d.event_type, d.correlation_id, d.recipient, d.recipient_id, d.channel,
              d.template, d.address, d.first_id, d.resends, d.asked_by, d.attempts, d.place, gongdan_now() AS now
"""

TOLD = """
    SELECT id, ticket_id, event_id, event_type, correlation_id, recipient, recipient_id, channel, template, address,
           first_id, resends, asked_by, attempts, place
    FROM deliveries WHERE id = ANY($1::uuid[]) ORDER BY place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one attempt came to. `delay_s` until the next one when it is `waiting` again."""

    id: UUID
    worker_id: UUID
    attempts: int
    status: str
    reason: str | None = None
    detail: str | None = None
    template: str | None = None
    address: str | None = None
    delay_s: float = 0.0
    lease_until: datetime | None = None
    """Set for a result that is recorded for a dead worker: it only counts if the lease was not renewed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery to a person, as the fact about its end needs it."""

    id: UUID
    ticket_id: UUID | None
    event_id: UUID
    event_type: str
    correlation_id: UUID
    recipient: str
    recipient_id: str | None
    channel: str
    template: str
    address: str | None
    first_id: UUID
    resends: int
    asked_by: str | None
    attempts: int
    place: int


async def record_results(connection: Any, results: Sequence[Result]) -> tuple[list[Told], datetime]:
    """Write the results that still count; answer those deliveries in the order they were planned, and the time."""
    rows = [dict(row) for row in await connection.fetch(RECORD, as_json(results))]
    times = [row.pop("now") for row in rows]
    counted = sorted((Told(**row) for row in rows), key=lambda told: told.place)
    return counted, max(times, default=datetime.min.replace(tzinfo=UTC))


async def load_told(connection: Any, ids: Collection[UUID]) -> list[Told]:
    """These deliveries, in the order they were planned."""
    return [Told(**dict(row)) for row in await connection.fetch(TOLD, list(ids))] if ids else []


async def tickets_of(connection: Any, ids: Collection[UUID]) -> set[UUID]:
    """The tickets that these deliveries are about, read before their rows are locked."""
    rows = await connection.fetch("SELECT DISTINCT ticket_id FROM deliveries WHERE id = ANY($1::uuid[])", list(ids))
    return {row["ticket_id"] for row in rows}
