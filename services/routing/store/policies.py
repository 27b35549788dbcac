"""The rules in routing's own database: every version of each, written under one lock, for they are checked together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.events.envelope import Draft, Event
from shared.events.policies import PolicyPublished
from shared.ids import random_id
from shared.log.outbox import POLICIES, append_events
from shared.policies import Policies

POLICIES_CHANNEL = "policies"
"""Notified when a policy was published."""
VERSIONS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version of one policy, as stored."""

    kind: str
    name: str
    version: int
    body: Mapping[str, Any]
    actor: str
    recorded_at: datetime


async def lock_policies(connection: Any) -> None:
    """Let nobody else publish until this transaction ends; reading goes on."""
    await connection.execute("LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE")


async def load_policies(connection: Any, known: Policies) -> Policies:
    """The newest version of every policy; what is `known` already stays the same object, with all compiled from it."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (p.kind, p.name) p.kind, p.name, p.version,
               CASE WHEN p.version > coalesce(k.version, 0) THEN p.body END AS body
        FROM policies AS p
        LEFT JOIN unnest($1::text[], $2::text[], $3::int[]) AS k(kind, name, version) USING (kind, name)
        ORDER BY p.kind, p.name, p.version DESC
        """,
        [entry.kind for entry in known.entries.values()],
        [entry.name for entry in known.entries.values()],
        [entry.version for entry in known.entries.values()],
    )
    for row in rows:
        if row["body"] is not None:
            known = known.with_policy(row["kind"], row["name"], row["version"], row["body"], is_published=True)
    return known


async def has_newer_crew(connection: Any, store_id: str, known: Policies) -> bool:
    """Whether a newer version of this crew stands than the one that is known; asked under the crew's lock.

    Publishing a crew takes the lock too, so the answer holds until the lock is let go. Without this two processes that
    know different versions could count the free place of somebody who moved, each under another crew's lock.
    """
    version = await connection.fetchval("SELECT max(version) FROM policies WHERE kind = 'crew' AND name = $1", store_id)
    return (version or 0) > known.version("crew", store_id)


async def load_newest(connection: Any, kind: str, name: str | None = None) -> list[PolicyRow]:
    """The newest version of each policy of a kind, or of the one named."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (name) * FROM policies WHERE kind = $1 AND ($2::text IS NULL OR name = $2)
        ORDER BY name, version DESC
        """,
        kind,
        name,
    )
    return [_row(row) for row in rows]


async def load_versions(connection: Any, kind: str, name: str) -> list[PolicyRow]:
    """The versions of a policy, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM policies WHERE kind = $1 AND name = $2 ORDER BY version DESC LIMIT $3", kind, name, VERSIONS_MAX
    )
    return [_row(row) for row in rows]


async def publish(
    connection: Any, bodies: Sequence[tuple[str, str, Mapping[str, Any]]], *, actor: str, traceparent: str | None
) -> list[Event]:
    """Write a new version of each `(kind, name, body)`, with its event, under `lock_policies`; all checked."""
    now = await connection.fetchval("SELECT gongdan_now()")
    request_id = random_id()
    events = []
    for kind, name, body in bodies:
        last = await connection.fetchrow(
            "SELECT version, recorded_at FROM policies WHERE kind = $1 AND name = $2 ORDER BY version DESC LIMIT 1",
            kind,
            name,
        )
        version = (last["version"] if last else 0) + 1
        recorded_at = max(now, last["recorded_at"] + timedelta(microseconds=1)) if last else now
        events.append(
            Draft(
                subject=f"{kind}/{name}",
                sequence=version,
                data=PolicyPublished(kind=kind, name=name, version=version, body=dict(body)),
                occurred_at=now,
                recorded_at=recorded_at,
                causation_id=request_id,
                correlation_id=request_id,
                actor=actor,
                purpose="policy",
                traceparent=traceparent,
            ).event()
        )
    await _save(connection, events)
    return events


async def _save(connection: Any, events: Sequence[Event]) -> None:
    published = [(event, event.data) for event in events if isinstance(event.data, PolicyPublished)]
    await connection.execute(
        """
        INSERT INTO policies (kind, name, version, body, actor, event_id, recorded_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::text[], $6::uuid[], $7::timestamptz[])
        """,
        [fact.kind for _, fact in published],
        [fact.name for _, fact in published],
        [fact.version for _, fact in published],
        [fact.body for _, fact in published],
        [event.actor for event, _ in published],
        [event.id for event, _ in published],
        [event.recorded_at for event, _ in published],
    )
    await append_events(connection, events, topic=POLICIES)
    await connection.execute("SELECT pg_notify('policies', '')")


def _row(row: Any) -> PolicyRow:
    return PolicyRow(row["kind"], row["name"], row["version"], row["body"], row["actor"], row["recorded_at"])
