"""Reading the read model: where it stands, one ticket, its history, its opening.

Every answer begins with `standing`: the live generation and the place in the log. What is read after it reflects at
least that place, since a generation is only ever added to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.projection.tables import of_generation
from services.projection.views.lines import Told
from services.projection.views.ticket import Document, Stopped, fold
from shared.errors import Unavailable
from shared.events.envelope import Attributes
from shared.events.fact import Fact
from shared.events.registry import decode
from shared.log.position import log_position

STANDING = """
    SELECT g.number, p.topic, p.partition, p.next_offset, p.newest_at,
           EXISTS (SELECT FROM log_subjects WHERE stopped IS NOT NULL) AS has_stopped
    FROM generations g LEFT JOIN log_positions p ON true
    WHERE g.state = 'live'
"""
TICKET_BY_ID = "SELECT document FROM {g}.ticket_list WHERE ticket_id = $1"
TICKET_BY_NUMBER = """
    SELECT l.document FROM {g}.ticket_search s JOIN {g}.ticket_list l USING (ticket_id)
    WHERE s.ticket_number = $1 ORDER BY s.opened_at, s.ticket_id LIMIT 1
"""
HISTORY = """
    SELECT * FROM {g}.history
    WHERE ticket_id = $1 AND "offset" > $2
    ORDER BY partition, "offset"
    LIMIT $3
"""
HISTORY_UNTIL = """
    SELECT * FROM {g}.history
    WHERE ticket_id = $1 AND seen_at <= $2 AND "offset" > $3
    ORDER BY partition, "offset"
    LIMIT $4
"""
HISTORY_UNTIL_EVENT = """
    SELECT h.* FROM {g}.history h
    JOIN {g}.history last ON last.ticket_id = h.ticket_id AND last.event_id = $2 AND last.partition = h.partition
    WHERE h.ticket_id = $1 AND h."offset" <= last."offset" AND h."offset" > $3
    ORDER BY h.partition, h."offset"
    LIMIT $4
"""
STOPPED = """
    SELECT s.subject, s.stopped,
           (SELECT count(*) FROM parked p WHERE p.topic = s.topic AND p.subject = s.subject) AS waiting
    FROM log_subjects s
    WHERE s.topic = 'tickets' AND s.stopped IS NOT NULL AND s.subject = ANY($1)
"""
HAS_ACTOR = "SELECT EXISTS (SELECT FROM {g}.history WHERE ticket_id = $1 AND actor = $2)"
START = -1
FOLD_ROWS = 1_000
"""A ticket's past is folded in pieces of so many events, however long it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the read model stands: the generation that is live, and the next offset of each partition."""

    generation: int
    offsets: Mapping[int, int]
    """Of `tickets`."""
    policy_offsets: Mapping[int, int]
    newest_at: datetime | None
    """The recorded time of the newest event that was admitted."""
    has_stopped: bool = False
    """Whether any ticket is stopped behind a record that was set aside."""

    @property
    def position(self) -> str:
        """For the answer, and for `?at_least=`."""
        return log_position(self.offsets)


async def standing(pool: asyncpg.Pool) -> Standing:
    """Where the read model stands now. Errors: Unavailable when no generation is live (a database not migrated)."""
    rows = await pool.fetch(STANDING)
    if not rows:
        raise Unavailable("projection has no live generation: migrate its database")
    places = [row for row in rows if row["topic"] is not None]
    return Standing(
        generation=rows[0]["number"],
        offsets=_offsets(places, "tickets"),
        policy_offsets=_offsets(places, "policies"),
        newest_at=max((row["newest_at"] for row in places if row["newest_at"] is not None), default=None),
        has_stopped=rows[0]["has_stopped"],
    )


def _offsets(rows: Sequence[Any], topic: str) -> dict[int, int]:
    return {row["partition"]: row["next_offset"] for row in rows if row["topic"] == topic}


async def find_ticket(pool: asyncpg.Pool, generation: int, id_or_number: str) -> Document | None:
    """The ticket of that id or number as it is now."""
    ticket_id = as_uuid(id_or_number)
    if ticket_id is not None:
        found = await pool.fetchval(of_generation(TICKET_BY_ID, generation), str(ticket_id))
    else:
        found = await pool.fetchval(of_generation(TICKET_BY_NUMBER, generation), id_or_number.strip().upper())
    return None if found is None else orjson.loads(found)


async def stopped(pool: asyncpg.Pool, standing: Standing, ticket_ids: Sequence[str]) -> dict[str, Stopped]:
    """Those of these tickets that are stopped: what kind of record stopped each, why, how many records wait behind.

    Nearly always there are none, and nothing is asked.
    """
    if not (standing.has_stopped and ticket_ids):
        return {}
    rows = await pool.fetch(STOPPED, ticket_ids)
    parted = [(row, *row["stopped"].partition(": ")) for row in rows]
    return {
        row["subject"]: {"kind": kind, "reason": reason, "waiting": row["waiting"]} for row, kind, _, reason in parted
    }


async def history(
    pool: asyncpg.Pool, generation: int, ticket_id: str, *, after: int = START, limit: int
) -> list[asyncpg.Record]:
    """The rows of the ticket's history in log order, those behind offset `after` of its one partition."""
    return await pool.fetch(of_generation(HISTORY, generation), ticket_id, after, limit)


async def ticket_at(pool: asyncpg.Pool, generation: int, ticket_id: str, at: datetime) -> Document | None:
    """The ticket as it was at that instant, folded again from its events; None before the first."""
    return await refold(pool, of_generation(HISTORY_UNTIL, generation), ticket_id, at)


async def ticket_at_event(pool: asyncpg.Pool, generation: int, ticket_id: str, event_id: UUID) -> Document | None:
    """The ticket as it was after that event of it; None when it has no such event."""
    return await refold(pool, of_generation(HISTORY_UNTIL_EVENT, generation), ticket_id, event_id)


async def refold(pool: asyncpg.Pool, statement: str, ticket_id: str, until: datetime | UUID) -> Document | None:
    """The fold of a ticket's history rows, which all stand in its one partition."""
    document: Document | None = None
    after = START
    while rows := await pool.fetch(statement, ticket_id, until, after, FOLD_ROWS):
        for row in rows:
            document = fold(document, attributes_of(row), data_of(row), row["seen_at"])
        if len(rows) < FOLD_ROWS:
            break
        after = rows[-1]["offset"]
    return document


def attributes_of(row: asyncpg.Record) -> Attributes:
    """The envelope of the event in a row of `history`."""
    return Attributes(
        id=row["event_id"],
        source=row["source"],
        type=row["type"],
        version=row["version"],
        subject=row["ticket_id"],
        sequence=row["sequence"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        actor=row["actor"],
        traceparent=row["traceparent"],
    )


def told(row: asyncpg.Record) -> Told:
    """The event in a row of `history`."""
    return Told(attributes_of(row), row["value"] or b"", row["seen_at"])


def data_of(row: asyncpg.Record) -> Fact:
    """The fact in a row of `history`, lifted to the newest version."""
    return decode(row["type"], row["version"], row["value"])


async def was_acted_on_by(pool: asyncpg.Pool, generation: int, ticket_id: str, actor: str) -> bool:
    """Whether this actor caused an event of the ticket."""
    return bool(await pool.fetchval(of_generation(HAS_ACTOR, generation), ticket_id, actor))


def as_uuid(text: str) -> UUID | None:
    """The UUID that the text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
