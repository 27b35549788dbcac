"""The outbox: a fact is written in the same transaction as the state it comes from; a relay carries it to Kafka.

Why order per ticket holds although sequence order is not commit order: every writer locks the ticket's row
**before** it takes a position from the outbox's identity (CACHE 1, rows of one statement inserted in order), and
keeps that lock until it commits. So of two transactions on one ticket the later one takes its positions after the
earlier one has committed, and whoever sees its rows sees the earlier ones too, with lower positions. The relay reads
what is there in order of position and never keeps a cursor: a row of another ticket that becomes visible late is
simply found by the next read (a cursor lost 17 % of the rows when it was tried).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from shared.database.pool import Connection
from shared.errors import Impossible, Unavailable
from shared.events.envelope import Event
from shared.log.record import RECORD_BYTES_MAX, Headers, texts_of, value_of

TICKETS = "tickets"
POLICIES = "policies"
OUTBOX_CHANNEL = "outbox"

OUTBOX_PARTS = f"""
    written AS (
        INSERT INTO outbox (record_id, topic, key, headers, value)
        SELECT record_id, topic, key, headers, value
        FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])
             WITH ORDINALITY AS r(record_id, topic, key, headers, value, place)
        WHERE (SELECT halted FROM log_database) IS NULL
        ORDER BY place
        RETURNING 1
    ), relay_woken AS (
        SELECT pg_notify('{OUTBOX_CHANNEL}', '') FROM written LIMIT 1
    )
"""  # noqa: S608 - a constant
"""The parameters are `columns`. A statement that writes other rows too takes these parts in, has to read
`relay_woken` (one row when something was written), and asks `check_written`."""
INSERT_OUTBOX = f"WITH {OUTBOX_PARTS} SELECT * FROM relay_woken"  # noqa: S608 - the parts above


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """One record to be sent.

    `record_id` is what the relay looks for in the log: `ce_id`, or a dead letter's own id. `headers` as packed by
    `pack_headers`.
    """

    record_id: UUID
    topic: str
    key: bytes | None
    headers: bytes
    value: bytes | None


async def append_events(connection: Connection, events: Sequence[Event], *, topic: str = TICKETS) -> None:
    """Write `events` in order, inside the caller's transaction, after it has locked the rows of their subjects.

    Raises Impossible for a record that Kafka would refuse: whoever takes text in limits it long before.
    """
    await append_records(connection, [outbox_record(event, topic=topic) for event in events])


async def append_records(connection: Connection, records: Sequence[OutboxRecord]) -> None:
    """Write `records` in order in one statement, and wake the relay at commit. Nothing to write is nothing done.

    Raises Unavailable when this database was found to be older than the log: every fact goes through here, so that no
    process writes one in the place of another.
    """
    if records:
        rows = await connection.fetch(INSERT_OUTBOX, *columns(records))
        await check_written(connection, len(rows), records)


async def check_written(connection: Connection, woken: int, records: Sequence[OutboxRecord]) -> None:
    """Raise Unavailable when `records` were to be written and no relay was woken for them: nothing may be written."""
    if records and not woken:
        halted = await connection.fetchval("SELECT halted FROM log_database")
        raise Unavailable(f"nothing may be written: {halted}", retry_after_s=30)


def columns(records: Sequence[OutboxRecord]) -> tuple[list[Any], ...]:
    """The parameters of `INSERT_OUTBOX`, for statements that write the outbox together with other rows."""
    return (
        [record.record_id for record in records],
        [record.topic for record in records],
        [record.key for record in records],
        [record.headers for record in records],
        [record.value for record in records],
    )


def outbox_record(event: Event, *, topic: str = TICKETS) -> OutboxRecord:
    """The record of `event`, its size checked."""
    headers, value = orjson.dumps(texts_of(event)), value_of(event)  # what pack_headers makes of headers_of
    size = len(value) + len(headers)
    if size > RECORD_BYTES_MAX:
        raise Impossible(f"{event.type} of {event.subject}: {size} bytes, expected at most {RECORD_BYTES_MAX}")
    return OutboxRecord(event.id, topic, event.subject.encode(), headers, value)


def pack_headers(headers: Headers) -> bytes:
    """Headers as stored: JSON pairs; a value that is not UTF-8 (a foreign record's) as `{"hex": …}`, null as null."""
    return orjson.dumps([(name, pack_header(value)) for name, value in headers])


def pack_header(value: bytes | None) -> object:
    """One header's value as JSON."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def unpack_headers(stored: bytes) -> tuple[tuple[str, bytes | None], ...]:
    """The headers that `pack_headers` stored, byte for byte."""
    return tuple((name, unpack_header(value)) for name, value in orjson.loads(stored))


def unpack_header(value: Any) -> bytes | None:
    """One header's value, byte for byte."""
    if value is None:
        return None
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else str(value).encode()
