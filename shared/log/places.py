"""Whether our positions mean something: they are places in one topic of one cluster, between its beginning and end."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.log.kafka import Kafka, unbroken
from shared.log.topic_ids import read_topic_ids


async def identify(kafka: Kafka, topic: str) -> tuple[str, str]:
    """The ids of the cluster and of our topic `topic`. Raises aiokafka's errors when Kafka is away."""
    admin = kafka.admin()
    try:
        await unbroken(admin.start())
        cluster_id, topic_ids = await read_topic_ids(admin, [kafka.topic(topic)])
    finally:
        await admin.close()
    return cluster_id, topic_ids.get(kafka.topic(topic), "none")


async def saved_places(
    pool: asyncpg.Pool, topic: str, partitions: Sequence[int], cluster_id: str, topic_id: str
) -> list[asyncpg.Record]:
    """Our positions of some partitions; one that was never read begins at 0 of this log."""
    await pool.execute(MAKE_POSITIONS, topic, partitions, cluster_id, topic_id)
    return list(await pool.fetch(READ_POSITIONS, topic, partitions))


MAKE_POSITIONS = """
    INSERT INTO log_positions (topic, partition, next_offset, cluster_id, topic_id)
    SELECT $1, partition, 0, $3, $4 FROM unnest($2::int[]) AS partition
    ON CONFLICT (topic, partition) DO NOTHING
"""
READ_POSITIONS = """
    SELECT partition, next_offset, cluster_id, topic_id
    FROM log_positions WHERE topic = $1 AND partition = ANY($2::int[])
"""
"""A statement of its own: one that makes and reads at once does not see what another process made meanwhile."""


def moved_log(topic: str, rows: Sequence[Any], cluster_id: str, topic_id: str) -> str | None:
    """Why the positions in `rows` are not of this log, if they are not."""
    for row in rows:
        if (row["cluster_id"], row["topic_id"]) != (cluster_id, topic_id):
            return (
                f"{topic}: our position is of cluster {row['cluster_id']}, topic {row['topic_id']}, "
                f"this is {cluster_id}, {topic_id}: rebuild, or point at the former cluster"
            )
    return None


async def lost_place(topic: str, consumer: AIOKafkaConsumer, positions: Mapping[int, int]) -> str | None:
    """Why Kafka no longer has (or not yet has) a place that we reached, if so. `topic` as the cluster names it."""
    places = [TopicPartition(topic, partition) for partition in positions]
    if not places:
        return None
    beginnings = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    for place in places:
        position = positions[place.partition]
        if not beginnings[place] <= position <= ends[place]:
            return (
                f"{topic}[{place.partition}]: our position {position} is not in the log, "
                f"which holds {beginnings[place]} to {ends[place]}: it lost facts, or is another log"
            )
    return None
