"""What a reader saves in the transaction of its effect: positions, admission states, dead letters, parked records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.database.pool import Connection
from shared.ids import derived_id
from shared.log.admission import DeadLetter, Place, SubjectState
from shared.log.fence import DEAD_ID_HEADER, DEAD_SOURCE_HEADER
from shared.log.outbox import OutboxRecord, append_records, pack_headers, unpack_headers
from shared.log.record import RECORD_BYTES_MAX, Headers, Record

READ_CHANNEL = "read"
"""Notified after each batch: whoever waits for a position looks again."""


class PositionLost(Exception):  # noqa: N818 - an event: another reader took the partition over, and this one gives way
    """The conditional update of the positions touched fewer rows than it should."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch begins with.

    The states of its subjects (those never seen are missing), and the places that a person settled by discarding.
    """

    states: dict[str, SubjectState]
    discarded: Collection[Place]


@dataclass(frozen=True, slots=True)
class Step:
    """From where to where one batch moves one partition."""

    topic: str
    partition: int
    old: int
    new: int


POSITION_LOST = "GL001"
"""The error of `log_begin` (shared/log/tables.py) when a position is not where this reader believes."""


async def begin(
    connection: Connection, topic: str, steps: Sequence[Step], subjects: Collection[str], newest_at: Any
) -> Known:
    """Move our positions, first thing in the transaction, and answer what is known of `subjects`; one statement.

    The positions' rows stay locked until the commit: that is what keeps two readers, and a retry of a dead letter,
    apart. Raises PositionLost when somebody else moved one meanwhile.
    """
    try:
        rows = await connection.fetch(
            "SELECT * FROM log_begin($1, $2, $3, $4, $5, $6)",
            topic,
            [step.partition for step in steps],
            [step.old for step in steps],
            [step.new for step in steps],
            newest_at,
            list(subjects),
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate != POSITION_LOST:
            raise
        raise PositionLost(", ".join(f"{step.topic}[{step.partition}]@{step.old}" for step in steps)) from None
    has_discarded = any(row["has_discarded"] for row in rows)
    return Known(
        states={row["subject"]: state_of(row) for row in rows if row["intake_ids"] is not None},
        discarded=await load_discarded(connection, topic) if has_discarded else frozenset(),
    )


def state_of(row: Any) -> SubjectState:
    """The admission state in a row."""
    return SubjectState(
        ids={
            "/intake": bytearray(row["intake_ids"]),
            "/routing": bytearray(row["routing_ids"]),
            "/notify": bytearray(row["notify_ids"]),
        },
        seen_at=row["seen_at"],
        stopped=row["stopped"],
    )


SAVE_STATES = """
    WITH saved AS (
        INSERT INTO log_subjects (topic, subject, intake_ids, routing_ids, notify_ids, seen_at, stopped)
        SELECT $1, subject, intake_ids, routing_ids, notify_ids, seen_at, stopped
        FROM unnest($2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::text[])
             AS s(subject, intake_ids, routing_ids, notify_ids, seen_at, stopped)
        ON CONFLICT (topic, subject) DO UPDATE SET
            intake_ids = excluded.intake_ids, routing_ids = excluded.routing_ids, notify_ids = excluded.notify_ids,
            seen_at = excluded.seen_at, stopped = excluded.stopped
    )
    SELECT pg_notify($8, '')
"""


async def save_states(connection: Connection, topic: str, states: Mapping[str, SubjectState]) -> None:
    """Write the states back and, once this commits, wake whoever waits for a position; one statement."""
    subjects = sorted(states)
    found = [states[subject] for subject in subjects]
    await connection.execute(
        SAVE_STATES,
        topic,
        subjects,
        [bytes(state.ids.get("/intake", b"")) for state in found],
        [bytes(state.ids.get("/routing", b"")) for state in found],
        [bytes(state.ids.get("/notify", b"")) for state in found],
        [state.seen_at for state in found],
        [state.stopped for state in found],
        READ_CHANNEL,
    )


async def save_parked(connection: Connection, parked: Sequence[tuple[str, Record]]) -> None:
    """Keep records of stopped subjects, bytes unchanged."""
    if parked:
        await connection.executemany(
            """
            INSERT INTO parked (topic, partition, "offset", subject, key, headers, value)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            [
                (r.topic, r.partition, r.offset, subject, r.key, pack_headers(r.headers), r.value)
                for subject, r in parked
            ],
        )


async def save_dead(connection: Connection, service: str, letters: Sequence[DeadLetter]) -> None:
    """Keep what does not count and let the relay carry it to the dead-letter topic; known ones are left alone."""
    if not letters:
        return
    records = [letter.record for letter in letters]
    ids = [derived_id(service, record.topic, record.partition, record.offset) for record in records]
    made = await connection.fetch(
        SAVE_DEAD,
        ids,
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
        [record.key for record in records],
        [pack_headers(record.headers) for record in records],
        [record.value for record in records],
        [letter.kind for letter in letters],
        [storable(letter.reason[:REASON_CHARS_MAX]) for letter in letters],
        [None if letter.subject is None else storable(letter.subject) for letter in letters],
    )
    new = {row["id"] for row in made}
    copies = (dead_copy(letter, service, id_) for id_, letter in zip(ids, letters, strict=True) if id_ in new)
    await append_records(connection, [copy for copy in copies if copy is not None])


SAVE_DEAD = """
    INSERT INTO dead_letters (id, topic, partition, "offset", key, headers, value, kind, reason, subject)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[],
                         $8::text[], $9::text[], $10::text[])
    ON CONFLICT DO NOTHING RETURNING id
"""
REASON_CHARS_MAX = 2_000


def storable(text: str) -> str:
    """A text as a column can hold it."""
    return text.replace("\x00", "�")


def dead_copy(letter: DeadLetter, service: str, letter_id: UUID) -> OutboxRecord | None:
    """The record for the dead-letter topic, bytes unchanged; None for one that would be too large for any topic."""
    record, headers = letter.record, dead_headers(letter, service, letter_id)
    if size_of(record.key, headers, record.value) > RECORD_BYTES_MAX:
        return None
    return OutboxRecord(letter_id, f"{record.topic}.dead", record.key, pack_headers(headers), record.value)


def size_of(key: bytes | None, headers: Headers, value: bytes | None) -> int:
    """Bytes of a record, as far as they depend on what is in it."""
    named = sum(len(name.encode()) + len(content or b"") for name, content in headers)
    return len(key or b"") + named + len(value or b"")


def dead_headers(letter: DeadLetter, service: str, letter_id: Any) -> Headers:
    """The headers of the record for `<topic>.dead`: as they were, and behind them our own."""
    return (
        *letter.record.headers,
        (DEAD_ID_HEADER, str(letter_id).encode()),
        (DEAD_SOURCE_HEADER, f"/{service}".encode()),
        ("gongdan_dead_place", letter.record.place.encode()),
        ("gongdan_dead_kind", letter.kind.encode()),
        ("gongdan_dead_reason", letter.reason[:1000].encode()),
    )


async def load_discarded(connection: Connection, topic: str) -> frozenset[Place]:
    """The places that a person settled by discarding: admitted without an effect, in rebuilds too."""
    rows = await connection.fetch(
        """SELECT topic, partition, "offset" FROM dead_letters WHERE topic = $1 AND status = 'discarded'""", topic
    )
    return frozenset((row["topic"], row["partition"], row["offset"]) for row in rows)


def stored_record(row: Any) -> Record:
    """The record in a row of `dead_letters` or `parked`, byte for byte."""
    return Record(
        row["topic"], row["partition"], row["offset"], row["key"], unpack_headers(row["headers"]), row["value"]
    )
