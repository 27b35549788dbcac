"""What tests of the log need: events, an outbox, the raw log, and records that a stranger wrote."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from shared.database.pool import open_pool
from shared.events.envelope import Draft, Event
from shared.events.fact import Fact, Seen
from shared.events.intake import Contact, Customer, TicketFollowedUp, TicketOpened
from shared.events.routing import TicketStarted
from shared.ids import derived_id, uuid7
from shared.log.kafka import Kafka
from shared.log.outbox import append_events
from shared.log.record import headers_of, is_fence, value_of
from shared.log.topics import partitions_of

A_TIME = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)


def a_contact(external_id: str = "V-1") -> Contact:
    contact_id = derived_id("store", external_id)
    return Contact(contact_id=contact_id, channel="store", external_id=external_id, digest="d" * 64)


def an_opened(ticket_id: UUID) -> TicketOpened:
    return TicketOpened(
        ticket_id=ticket_id,
        ticket_number="GD-261122-000018",
        contact=a_contact(str(ticket_id)),
        customer=Customer(name="李娜"),
        description="杯子漏水",
    )


def an_event(ticket_id: UUID, sequence: int = 1, data: Fact | None = None, cause: UUID | None = None) -> Event:
    """The event of `ticket_id` with this sequence: opened first, then followed up."""
    if data is None:
        followed = TicketFollowedUp(
            contact=a_contact(f"{ticket_id}-{sequence}"), customer=Customer(), description="還漏"
        )
        data = an_opened(ticket_id) if sequence == 1 else followed
    return Draft(
        subject=str(ticket_id),
        sequence=sequence,
        data=data,
        occurred_at=A_TIME,
        recorded_at=A_TIME,
        causation_id=cause or derived_id(ticket_id, sequence),
        correlation_id=derived_id(ticket_id),
        actor="store:wang",
        purpose="contact",
    ).event()


def a_decision(ticket_id: UUID, sequence: int = 1) -> Event:
    return an_event(ticket_id, sequence, TicketStarted(seen=Seen(intake=1)))


def some_tickets(count: int) -> list[UUID]:
    return [uuid7() for _ in range(count)]


async def write(pool: asyncpg.Pool, events: Sequence[Event]) -> None:
    """As a service does: in one transaction with its state (here there is none)."""
    async with pool.acquire() as connection, connection.transaction():
        await append_events(connection, events)


@asynccontextmanager
async def a_pool(url: str, application: str = "test") -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(url, application=application, size_min=1, size_max=8)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def a_stranger(kafka: Kafka, *, compression: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that is none of ours."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        acks="all",
        max_request_size=20_000_000,
        max_batch_size=20_000_000,
        compression_type=compression,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def put(producer: AIOKafkaProducer, kafka: Kafka, event: Event, **changes: bytes | None) -> None:
    """Write `event` as it is, or with some headers changed (None: left out); `key` and `value` may be changed too."""
    key = changes.pop("key", event.subject.encode())
    value = changes.pop("value", value_of(event))
    headers = [(name, changes.get(name, old)) for name, old in headers_of(event)]
    await producer.send_and_wait(
        kafka.topic("tickets"), key=key, value=value, headers=[(n, v) for n, v in headers if v is not None]
    )


class NoText(str):
    """The name of a header that is no UTF-8 on the wire."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        """Bytes that no text has."""
        return b"\xff\xfe"


def a_batch(records: Sequence[tuple[str, bytes]]) -> _DefaultRecordBatchBuilderPy:
    """Records with one header each, by (its name, the value)."""
    batch = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000,
    )
    for offset, (name, value) in enumerate(records):
        batch.append(offset, timestamp=1, key=b"k", value=value, headers=[(name, b"1")])
    return batch


async def put_batch(
    producer: AIOKafkaProducer,
    topic: str,
    *records: tuple[bytes | None, Sequence[tuple[str, bytes | None]], bytes | None],
) -> None:
    """Write (key, headers, value) as one batch into the first partition: `send` refuses what Kafka takes."""
    batch = producer.create_batch()
    batch._builder = a_batch([])
    for key, headers, value in records:
        batch.append(key=key, value=value, timestamp=None, headers=list(headers))
    await (await producer.send_batch(batch, topic, partition=0))


async def raw_log(kafka: Kafka, topic: str = "tickets") -> list[ConsumerRecord[bytes, bytes]]:
    """Every record of a topic but the fences, partition by partition."""
    consumer = kafka.consumer()
    await consumer.start()
    try:
        places = [TopicPartition(kafka.topic(topic), partition) for partition in partitions_of(topic)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found = []
        for place in places:
            consumer.seek(place, 0)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(*places, timeout_ms=200)).values():
                found += [record for record in records if not is_fence(record.headers)]
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


def header(record: ConsumerRecord[bytes, bytes], name: str) -> str:
    value: bytes = dict(record.headers)[name]
    return value.decode()
