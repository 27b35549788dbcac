"""New deliveries: one row per (event, recipient, channel), written in the transaction of the reader's position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.store.rows import as_json

INSERT = """
    INSERT INTO deliveries (id, lane, channel, status, reason, ticket_id, event_id, event_type, event_sequence,
                            event_at, correlation_id, recipient, recipient_id, template, "values",
                            subscription_id, partition, first_id, ended_at)
    SELECT id, lane, channel, status, reason, ticket_id, event_id, event_type, event_sequence, event_at,
           correlation_id, recipient, recipient_id, template, "values", subscription_id, partition,
           id, CASE WHEN status IN ('failed', 'suppressed') THEN gongdan_now() END
    FROM ROWS FROM (jsonb_to_recordset($1::text::jsonb) AS (
        id uuid, lane text, channel text, status text, reason text, ticket_id uuid, event_id uuid,
        event_type text, event_sequence integer, event_at timestamptz, correlation_id uuid, recipient text,
        recipient_id text, template text, "values" jsonb, subscription_id uuid, partition integer
        )) WITH ORDINALITY
    ORDER BY ordinality
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""

INSERT_BODIES = """
    INSERT INTO webhook_events (event_id, body)
    SELECT event_id, body FROM unnest($1::uuid[], $2::bytea[]) AS r(event_id, body)
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A row of `deliveries` as it is planned.

    `partition` is set for what is held until the log's past has been read.
    """

    id: UUID
    lane: str
    channel: str
    status: str
    reason: str | None = None
    ticket_id: UUID | None
    event_id: UUID
    event_type: str
    event_sequence: int
    event_at: datetime
    correlation_id: UUID
    recipient: str
    recipient_id: str | None
    template: str | None = None
    values: dict[str, str] | None = None
    subscription_id: UUID | None = None
    partition: int | None = None


async def insert_deliveries(connection: Any, deliveries: Sequence[NewDelivery]) -> set[UUID]:
    """Write what is not there yet, in this order; answer the ids that were new. Wakes the workers at commit."""
    if not deliveries:
        return set()
    rows = await connection.fetch(INSERT, as_json(deliveries))
    await connection.execute("SELECT pg_notify('deliveries', '')")
    return {row["id"] for row in rows}


async def insert_bodies(connection: Any, bodies: dict[UUID, bytes]) -> None:
    """Keep the events that subscribers get, once each."""
    if bodies:
        await connection.execute(INSERT_BODIES, list(bodies), list(bodies.values()))
