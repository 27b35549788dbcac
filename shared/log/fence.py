"""Fencing without transactions: who was the leader before can write nothing any more, and what it wrote is found.

A producer that starts under a transactional id takes a new epoch for that id. From the first record of the new epoch
on, the broker answers any older epoch with `ProducerFenced`, partition by partition; so the new leader writes one
fence record into **every** partition it may write to, and then knows: whatever an older leader had on its way lies
before the fence, or is refused.

This module touches private attributes of aiokafka (`_txn_manager` and its `transactional_id`), which is why the
version is pinned; a test on a real broker guards it (`tests/integration/log/test_fencing.py`). Limits: Kafka forgets
an id after 7 days without use, a partition forgets an idle producer after a day, and after 32,767 takeovers there is
a new producer id; a leader frozen for longer than that is caught by its `term` and by admission only.
"""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.log.kafka import Kafka, unbroken
from shared.log.topics import partitions_of

EPOCH_TIMEOUT_S = 30.0
"""How long taking an epoch may last (a coordinator that is starting needs some seconds)."""
DEAD_ID_HEADER = "gongdan_dead_id"
DEAD_SOURCE_HEADER = "gongdan_dead_source"


async def take_epoch(kafka: Kafka, transactional_id: str) -> AIOKafkaProducer:
    """A started producer with a new epoch for `transactional_id`, which from here on sends as a plain idempotent one.

    Raises aiokafka's errors, or TimeoutError, when the broker is away; the producer is stopped then.
    """
    producer = kafka.producer(transactional_id)
    try:
        async with asyncio.timeout(EPOCH_TIMEOUT_S):
            await unbroken(producer.start())
            manager = producer._txn_manager  # noqa: SLF001 - see the module's docstring
            await manager.wait_for_pid()
        manager.transactional_id = None
    except BaseException:
        await abandon(producer)
        raise
    return producer


async def abandon(producer: AIOKafkaProducer) -> None:
    """Stop `producer` without waiting for what it still holds: a later leader, or we, look for it in the log."""
    producer._closed = True  # noqa: SLF001 - `stop()` would flush first, and wait for a broker that may be away
    tasks: list[Any] = [producer._sender.close()]  # noqa: SLF001 - as above
    try:
        async with asyncio.timeout(2):
            await asyncio.gather(*tasks, return_exceptions=True)
    except TimeoutError:
        pass
    finally:
        await producer.client.close()


async def write_fences(
    producer: AIOKafkaProducer, kafka: Kafka, topics: Iterable[str], headers: list[tuple[str, bytes]], value: bytes
) -> dict[tuple[str, int], int]:
    """Write one fence into every partition of `topics`; answer the offset of each by (our topic name, partition)."""
    places = [(topic, partition) for topic in topics for partition in partitions_of(topic)]
    waiting = [
        await producer.send(kafka.topic(topic), value=value, key=None, partition=partition, headers=headers)
        for topic, partition in places
    ]
    acknowledged = await asyncio.gather(*waiting)
    return {place: metadata.offset for place, metadata in zip(places, acknowledged, strict=True)}


async def find_own_records(
    consumer: AIOKafkaConsumer,
    kafka: Kafka,
    source: str,
    start: dict[tuple[str, int], int],
    end: dict[tuple[str, int], int],
) -> set[UUID]:
    """The record ids of `source` that lie in the log from `start` up to `end` (exclusive), by (topic, partition)."""
    places = {
        TopicPartition(kafka.topic(topic), partition): (start[topic, partition], end[topic, partition])
        for topic, partition in end
        if start[topic, partition] < end[topic, partition]
    }
    found: set[UUID] = set()
    if not places:
        return found
    consumer.assign(list(places))
    beginnings = await consumer.beginning_offsets(list(places))
    for place, (first, _) in places.items():
        consumer.seek(place, max(first, beginnings[place]))  # what a topic no longer keeps does not wait here either
    while places:
        batches = await consumer.getmany(*places, timeout_ms=1000)
        for place in list(places):
            for record in batches.get(place, ()):
                if record.offset < places[place][1]:
                    found.update(own_record_id(record.headers, source))
            if await consumer.position(place) >= places[place][1]:
                del places[place]
    return found


def own_record_id(headers: Iterable[tuple[str, bytes | None]], source: str) -> list[UUID]:
    """The record id, if `source` wrote it: a fact's `ce_id`, or a dead letter's own id; else nothing."""
    texts = dict(headers)
    dead = DEAD_ID_HEADER in texts
    wrote, record_id = (
        (texts.get(DEAD_SOURCE_HEADER), texts[DEAD_ID_HEADER]) if dead else (texts.get("ce_source"), texts.get("ce_id"))
    )
    if wrote != source.encode() or record_id is None:
        return []
    try:
        return [UUID(record_id.decode())]
    except ValueError:
        return []  # a foreign record in our name: not in our outbox either
