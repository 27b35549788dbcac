"""Kafka as the checkers see it: bytes and headers, read with a few lines of their own and nothing of the program's.

What the harness itself injected carries a header of its own (`INJECTED`) and is handed out apart.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

INJECTED = "chaos-injected"
NEWER = "chaos-newer"
"""On a fact that the harness wrote as a newer program of its owner would: it counts, and cannot be read here."""
POLL_MS = 300
FETCH_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Raw:
    """One record that says it is a fact: what its headers and its key say, and its data."""

    place: str
    partition: int
    offset: int
    key: str
    id: str
    source: str
    type: str
    subject: str
    sequence: int
    recorded_at: str
    data: dict[str, Any]
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Injected:
    """A record that the harness wrote."""

    kind: str
    place: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None


@dataclass(slots=True)
class RawLog:
    """A topic from its first record on; each `advance` reads what has come since, up to the end of that moment."""

    consumer: AIOKafkaConsumer
    places: list[TopicPartition]
    facts: list[Raw] = field(default_factory=list)
    injected: list[Injected] = field(default_factory=list)
    fences: int = 0
    unreadable: list[str] = field(default_factory=list)

    async def ends(self) -> dict[int, int]:
        """The offset after the last record of each partition."""
        return {place.partition: end for place, end in (await self.consumer.end_offsets(self.places)).items()}

    async def advance(self) -> list[Raw]:
        """The facts that have come, partition by partition in the order of the log."""
        ends = await self.ends()
        found: list[Raw] = []
        waiting = [place for place in self.places if await self.consumer.position(place) < ends[place.partition]]
        while waiting:
            batches = await self.consumer.getmany(*waiting, timeout_ms=POLL_MS)
            for records in batches.values():
                for record in records:
                    found += self._sort(record)
            waiting = [place for place in waiting if await self.consumer.position(place) < ends[place.partition]]
        self.facts += found
        return found

    def _sort(self, record: Any) -> list[Raw]:
        """A fact, or nothing: then it was counted as something else."""
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        headers = dict(record.headers)
        if INJECTED in headers:
            kind = headers[INJECTED].decode()
            self.injected.append(
                Injected(kind, place, record.partition, record.offset, record.key, tuple(record.headers), record.value)
            )
        elif record.key is None and headers.get("ce_type") == b"log.fenced":
            self.fences += 1
        else:
            try:
                return [read_fact(place, record, headers)]
            except (KeyError, ValueError, AttributeError) as error:
                self.unreadable.append(f"{place}: nobody injected it, and it cannot be read: {error!r}")
        return []


def read_fact(place: str, record: Any, headers: dict[str, bytes]) -> Raw:
    """The record's own words about itself."""
    return Raw(
        place=place,
        partition=record.partition,
        offset=record.offset,
        key=record.key.decode(),
        id=headers["ce_id"].decode(),
        source=headers["ce_source"].decode(),
        type=headers["ce_type"].decode(),
        subject=headers["ce_subject"].decode(),
        sequence=int(headers["ce_sequence"]),
        recorded_at=headers["ce_recordedat"].decode(),
        data=json.loads(record.value),
        is_newer=NEWER in headers,
    )


@asynccontextmanager
async def a_raw_log(bootstrap_servers: str, topic: str) -> AsyncIterator[RawLog]:
    """A topic, ready to be read from its beginning."""
    places = [TopicPartition(topic, number) for number in await partitions(bootstrap_servers, topic)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        yield RawLog(consumer, places)
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
