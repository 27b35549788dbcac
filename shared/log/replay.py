"""What every rebuild shares: reading a partition from one place to another, and what people have decided meanwhile."""

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.database.pool import Connection
from shared.errors import Unavailable
from shared.log.admission import Place, SubjectState
from shared.log.kafka import Kafka
from shared.log.record import Record
from shared.log.subscription import as_record

FETCH_MS = 500
STALL_FETCHES_MAX = 60
"""So many empty fetches in a row before the end mean that Kafka does not answer."""

ADMISSION_COLUMNS = ("topic", "subject", "intake_ids", "routing_ids", "notify_ids", "seen_at", "stopped")


@dataclass(frozen=True, slots=True)
class Settled:
    """What people have decided about records that could not be read: the same for the live reader and for a rebuild."""

    discarded: Collection[Place]
    condemned: Mapping[Place, str]


async def read_settled(connection: Connection) -> Settled:
    """What the live readers know about records that could not be read: discarded by a person, or our own bug."""
    rows = await connection.fetch(
        """
        SELECT topic, partition, "offset", status, reason FROM dead_letters
        WHERE status = 'discarded' OR (status = 'waiting' AND kind = 'impossible')
        """
    )
    places = {(row["topic"], row["partition"], row["offset"]): row for row in rows}
    return Settled(
        discarded=frozenset(place for place, row in places.items() if row["status"] == "discarded"),
        condemned={place: row["reason"] for place, row in places.items() if row["status"] == "waiting"},
    )


async def read_between(
    consumer: AIOKafkaConsumer, kafka: Kafka, topic: str, partition: int, *, start: int, end: int, records_max: int
) -> AsyncGenerator[list[Record], None]:
    """The records of one partition from `start` up to `end`, in runs of at most `records_max`, none of them empty.

    Raises Unavailable when Kafka gives nothing for `STALL_FETCHES_MAX` fetches: whoever waits may hold locks.
    """
    place = TopicPartition(kafka.topic(topic), partition)
    consumer.assign([place])
    consumer.seek(place, start)
    empty = 0
    while await consumer.position(place) < end:
        fetched = (await consumer.getmany(place, timeout_ms=FETCH_MS, max_records=records_max)).get(place, [])
        empty = 0 if fetched else empty + 1
        if empty > STALL_FETCHES_MAX:
            raise Unavailable(f"{topic}[{partition}] gave nothing before offset {end}")
        records = [as_record(topic, record) for record in fetched if record.offset < end]
        if records:
            yield records
        if fetched and fetched[-1].offset >= end:
            return


def admission_row(topic: str, subject: str, state: SubjectState) -> tuple[Any, ...]:
    """What has been admitted of one subject, in the order of `ADMISSION_COLUMNS`."""
    ids = (bytes(state.ids.get(source, b"")) for source in ("/intake", "/routing", "/notify"))
    return (topic, subject, *ids, state.seen_at, state.stopped)
