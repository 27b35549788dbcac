"""Faults in the log itself: what strangers, and programs newer than this one, write into `tickets`.

Each record carries a header by which the checkers set it aside. One that stops a ticket is settled afterwards as an
operator does it: discarded, in each service that set it aside; what came behind it has to be applied then, in order.
"""

import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from tests.chaos.faults.fault import Fault
from tests.chaos.log_reader import INJECTED, NEWER, partitions
from tests.chaos.machine import Machine
from tests.support.log import NoText, put_batch

Headers = list[tuple[str, bytes | None]]

HUGE_BYTES = 10 * 1024 * 1024
"""More than the topic takes: the broker refuses it, whoever sends it."""
BIG_BYTES = 1_000_000
"""More than this program writes, and less than the topic takes."""
DOUBLES_MAX = 200
A_TIME = b"2026-11-22T02:15:00+00:00"
KINDS = (
    *("bytes", "null key", "null key and value", "null header", "no UTF-8", "no UTF-8 in a name", "big"),
    *("stranger", "wrong owner", "gap", "conflict"),
)
UNSENDABLE_KINDS = frozenset({"null key and value", "no UTF-8 in a name"})
"""What Kafka takes and a producer's `send` does not give it."""
NEWER_KINDS = ("unknown type", "newer version")


def headers_for(subject: str, source: str, kind: str, sequence: int) -> dict[str, bytes | None]:
    """The headers of a good CloudEvent of this program's, written by somebody else."""
    return {
        "ce_specversion": b"1.0",
        "ce_id": str(uuid.uuid4()).encode(),
        "ce_source": source.encode(),
        "ce_type": kind.encode(),
        "ce_subject": subject.encode(),
        "ce_time": A_TIME,
        "ce_dataschema": f"gongdan:{kind}:1".encode(),
        "ce_recordedat": A_TIME,
        "ce_sequence": str(sequence).encode(),
        "ce_causationid": str(uuid.uuid4()).encode(),
        "ce_correlationid": str(uuid.uuid4()).encode(),
        "ce_actor": b"stranger:nobody",
        "content-type": b"application/json",
    }


def foreign_record(kind: str, ticket_id: str, chance: random.Random) -> tuple[bytes | None, Headers, bytes | None]:
    """Key, headers and value of a record that nobody should have written, about a ticket that is there."""
    value = b'{"text": "nobody wrote this", "seen": {"intake": 1}}'
    nobody = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    match kind:
        case "bytes":
            return chance.randbytes(12), [(INJECTED, kind.encode())], chance.randbytes(300)
        case "null key":
            return None, _marked(headers_for(nobody, "/routing", "ticket.noted", 1), kind), value
        case "null key and value":
            return None, [(INJECTED, kind.encode())], None
        case "no UTF-8 in a name":
            return nobody.encode(), [(INJECTED, kind.encode()), (NoText("name"), b"")], value
        case "null header":
            return (
                nobody.encode(),
                _marked(headers_for(nobody, "/routing", "ticket.noted", 1) | {"ce_id": None}, kind),
                value,
            )
        case "no UTF-8":
            headers = headers_for(nobody, "/routing", "ticket.noted", 1) | {"ce_actor": b"\xff\xfe"}
            return nobody.encode(), _marked(headers, kind), value
        case "big":
            return nobody.encode(), [(INJECTED, kind.encode())], b"x" * BIG_BYTES
        case "stranger":
            return ticket_id.encode(), _marked(headers_for(ticket_id, "/stranger", "ticket.noted", 1), kind), value
        case "wrong owner":
            return ticket_id.encode(), _marked(headers_for(ticket_id, "/notify", "ticket.closed", 1), kind), value
        case "gap":
            return ticket_id.encode(), _marked(headers_for(ticket_id, "/routing", "ticket.noted", 7_000), kind), value
        case _:  # a conflict
            return ticket_id.encode(), _marked(headers_for(ticket_id, "/intake", "ticket.opened", 1), kind), value


def _marked(headers: dict[str, bytes | None], kind: str) -> Headers:
    return [*headers.items(), (INJECTED, kind.encode())]


@asynccontextmanager
async def foreign(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Records of one kind, about tickets that the load works on."""
    async with a_stranger(machine) as producer:
        for ticket_id in await some_tickets(machine, chance.randint(1, 4)):
            key, headers, value = foreign_record(target, ticket_id, chance)
            if target in UNSENDABLE_KINDS:
                await put_batch(producer, machine.where.topic("tickets"), (key, headers, value))
            else:
                await producer.send_and_wait(machine.where.topic("tickets"), value=value, key=key, headers=headers)
        if target == "big":
            await refused(machine, producer)
    yield


async def refused(machine: Machine, producer: AIOKafkaProducer) -> None:
    """A record of 10 MB does not get into the topic. Errors: AssertionError when it does."""
    try:
        await producer.send_and_wait(machine.where.topic("tickets"), value=b"x" * HUGE_BYTES, key=b"huge")
    except MessageSizeTooLargeError:
        return
    raise AssertionError("the topic took a record of 10 MB")


@asynccontextmanager
async def doubled(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """The last records of a partition once more, byte for byte but for the mark."""
    topic = machine.where.topic("tickets")
    place = TopicPartition(topic, chance.choice(await partitions(machine.where.kafka, topic)))
    records = await last_records(machine.where.kafka, place)
    async with a_stranger(machine) as producer:
        for record in records:
            if record.key is not None and INJECTED not in dict(record.headers):
                headers = [*record.headers, (INJECTED, b"double")]
                await producer.send_and_wait(
                    topic, value=record.value, key=record.key, headers=headers, partition=place.partition
                )
    yield


async def last_records(kafka: str, place: TopicPartition) -> Sequence[Any]:
    """The last records of one partition, in its order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, max(0, end - DOUBLES_MAX))
        found: list[Any] = []
        while end > 0 and await consumer.position(place) < end:
            found += (await consumer.getmany(place, timeout_ms=300)).get(place, [])
        return found
    finally:
        await consumer.stop()


@asynccontextmanager
async def newer(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """A fact as a newer intake, running beside this one, would write it: with its sequence, through its outbox."""
    kind, version = ("ticket.sung", 1) if target == "unknown type" else ("ticket.followed_up", 99)
    connection = await asyncpg.connect(machine.where.databases["intake"])
    try:
        async with connection.transaction():
            row = await connection.fetchrow(
                """
                UPDATE tickets SET intake_sequence = intake_sequence + 1,
                       last_recorded_at = last_recorded_at + interval '1 microsecond'
                WHERE ticket_id = (SELECT ticket_id FROM tickets WHERE is_open
                                   ORDER BY opened_at DESC OFFSET $1 LIMIT 1)
                RETURNING ticket_id::text, intake_sequence, last_recorded_at
                """,
                chance.randrange(10),
            )
            if row is not None:
                headers = headers_for(row["ticket_id"], "/intake", kind, row["intake_sequence"])
                headers["ce_dataschema"] = f"gongdan:{kind}:{version}".encode()
                headers["ce_recordedat"] = row["last_recorded_at"].isoformat().encode()
                headers[NEWER] = b"1"
                await put_into_outbox(connection, row["ticket_id"], headers)
    finally:
        await connection.close()
    yield


async def put_into_outbox(connection: Any, ticket_id: str, headers: dict[str, bytes | None]) -> None:
    """One row, as every writer writes it."""
    texts = [(name, value.decode()) for name, value in headers.items() if value is not None]
    await connection.execute(
        "INSERT INTO outbox (record_id, topic, key, headers, value) VALUES ($1, 'tickets', $2, $3, $4)",
        uuid.UUID(dict(texts)["ce_id"]),
        ticket_id.encode(),
        json.dumps(texts).encode(),
        b'{"verse": "of a newer program"}',
    )
    await connection.execute("SELECT pg_notify('outbox', '')")


@asynccontextmanager
async def a_stranger(machine: Machine) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that is none of this program's."""
    producer = AIOKafkaProducer(bootstrap_servers=machine.where.kafka, acks="all", max_request_size=2 * HUGE_BYTES)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def some_tickets(machine: Machine, count: int) -> list[str]:
    """Tickets that are worked on now."""
    connection = await asyncpg.connect(machine.where.databases["intake"])
    try:
        rows = await connection.fetch(
            "SELECT ticket_id::text FROM tickets WHERE is_open ORDER BY random() LIMIT $1", count
        )
    finally:
        await connection.close()
    return [row["ticket_id"] for row in rows]


NEEDED = frozenset({"kafka", "postgres"})

FAULTS = (
    Fault(
        "foreign-records",
        "records that nobody should have written",
        "discarded by an operator",
        "nobody",
        KINDS,
        (1, 3),
        foreign,
        NEEDED,
    ),
    Fault(
        "double-records",
        "a partition's last records once more",
        "nothing to undo",
        "nobody",
        ("a partition",),
        (1, 3),
        doubled,
        NEEDED,
    ),
    Fault(
        "newer-facts",
        "facts of a newer program of their owner",
        "discarded by an operator",
        "nobody",
        NEWER_KINDS,
        (1, 3),
        newer,
        NEEDED,
    ),
)
