"""A checker that knows nothing of the program: it reads the log's records and headers, and says what is wrong.

What has no key is a relay's fence and no fact. For the rest: a record's key is its subject, a subject lies in one
partition, each id is there once, and the sequences of each source and subject are 1, 2, 3 … in the order of the log.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

POLL_MS = 500


@dataclass(frozen=True, slots=True)
class Raw:
    """What is checked of one record."""

    place: str
    partition: int
    key: str
    id: str
    source: str
    type: str
    subject: str
    sequence: int


async def read_raw_log(bootstrap_servers: str, topic: str = "tickets") -> list[Raw]:
    """Every keyed record from the first to the last that is there now, partition by partition."""
    places = [TopicPartition(topic, number) for number in await partitions(bootstrap_servers, topic)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, 0)
        found = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(*places, timeout_ms=POLL_MS)).values():
                found += [raw(record) for record in records if record.key is not None]
        return found
    finally:
        await consumer.stop()


async def partitions(bootstrap_servers: str, topic: str) -> list[int]:
    """The numbers of a topic's partitions, as the broker says."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    numbers = sorted(partition["partition"] for partition in described["partitions"])
    assert numbers, f"{topic} has no partitions: {described}"
    return numbers


def raw(record: Any) -> Raw:
    """One record as it is checked."""
    headers = {name: value.decode() for name, value in record.headers}
    return Raw(
        place=f"{record.topic}[{record.partition}]@{record.offset}",
        partition=record.partition,
        key=record.key.decode(),
        id=headers["ce_id"],
        source=headers["ce_source"],
        type=headers["ce_type"],
        subject=headers["ce_subject"],
        sequence=int(headers["ce_sequence"]),
    )


def faults(records: Iterable[Raw]) -> list[str]:
    """What is wrong with the log, in words; empty when nothing is."""
    wrong: list[str] = []
    last: dict[tuple[str, str], int] = defaultdict(int)
    partition_of: dict[str, int] = {}
    place_of: dict[str, str] = {}
    for record in records:
        if record.key != record.subject:
            wrong.append(f"{record.place}: key {record.key}, subject {record.subject}")
        if partition_of.setdefault(record.subject, record.partition) != record.partition:
            wrong.append(f"{record.place}: {record.subject} lies in partition {partition_of[record.subject]} too")
        if record.id in place_of:
            wrong.append(f"{record.place}: {record.type} {record.id} is at {place_of[record.id]} already")
        place_of[record.id] = record.place
        expected = last[record.source, record.subject] + 1
        if record.sequence != expected:
            wrong.append(f"{record.place}: {record.source} {record.subject}: {record.sequence}, expected {expected}")
        last[record.source, record.subject] = record.sequence
    return wrong
