"""Answers that were given to keyed commands, and the decisions that came after a version."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.events.envelope import Attributes

KEPT_DAYS = 14
"""How long an answer is kept for its Idempotency-Key; a week is promised."""
SWEEP_ROWS = 1_000
DECISIONS_MAX = 200
"""So many decisions are shown with a conflict; who is further behind reads the history."""


@dataclass(frozen=True, slots=True)
class KeyedCommand:
    """The scope of an Idempotency-Key, and the digest of the body that it came with."""

    actor: str
    ticket_id: UUID
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered, byte for byte, and to which body."""

    digest: bytes
    answer: bytes


async def load_answer(connection: Any, command: KeyedCommand) -> StoredAnswer | None:
    """The answer given under this key before, to this body or another one."""
    row = await connection.fetchrow(
        "SELECT digest, answer FROM commands WHERE actor = $1 AND ticket_id = $2 AND key = $3",
        command.actor,
        command.ticket_id,
        command.key,
    )
    return StoredAnswer(row["digest"], row["answer"]) if row is not None else None


async def save_answer(connection: Any, command: KeyedCommand, answer: bytes) -> None:
    """Keep the answer, in the transaction of what it tells, under the ticket's lock."""
    await connection.execute(
        "INSERT INTO commands (actor, ticket_id, key, digest, answer) VALUES ($1, $2, $3, $4, $5)",
        command.actor,
        command.ticket_id,
        command.key,
        command.digest,
        answer,
    )


async def sweep_answers(connection: Any) -> int:
    """Delete some answers that are old enough; answers how many, so that the caller knows whether there may be more."""
    deleted: int = await connection.fetchval(
        """
        WITH old AS (
            SELECT actor, ticket_id, key FROM commands
            WHERE answered_at < gongdan_now() - make_interval(days => $1)
            ORDER BY answered_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), deleted AS (
            DELETE FROM commands AS c USING old
            WHERE (c.actor, c.ticket_id, c.key) = (old.actor, old.ticket_id, old.key) RETURNING 1
        )
        SELECT count(*) FROM deleted
        """,
        KEPT_DAYS,
        SWEEP_ROWS,
    )
    return deleted


async def decisions_after(connection: Any, ticket_id: UUID, version: int) -> list[tuple[Attributes, bytes]]:
    """The newest decisions after `version`, in order: the attributes and the bytes of their events."""
    rows = await connection.fetch(
        """
        SELECT * FROM decisions WHERE ticket_id = $1 AND sequence > $2 ORDER BY sequence DESC LIMIT $3
        """,
        ticket_id,
        version,
        DECISIONS_MAX,
    )
    return [(_attributes(row), row["value"]) for row in reversed(rows)]


def _attributes(row: Any) -> Attributes:
    return Attributes(
        id=row["event_id"],
        source="/routing",
        type=row["type"],
        version=row["type_version"],
        subject=str(row["ticket_id"]),
        sequence=row["sequence"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        actor=row["actor"],
    )
