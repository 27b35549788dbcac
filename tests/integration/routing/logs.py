"""The topics of a test: written as intake's relay would, and read whole."""

from typing import Any

from aiokafka import TopicPartition

from shared.events.envelope import Attributes, Event
from shared.log.kafka import Kafka
from shared.log.record import headers_of, read_attributes, value_of
from shared.log.topics import TopicsUnfit, apply_topics, partitions_of


async def topics_stand(kafka: Kafka) -> bool:
    """A broker needs a moment until it tells what it has just made."""
    try:
        await apply_topics(kafka)
    except TopicsUnfit:
        return False
    return True


async def write_events(kafka: Kafka, events: list[Event]) -> None:
    producer = kafka.producer(f"{kafka.topic_prefix}test-intake")
    await producer.start()
    try:
        async with producer.transaction():
            for event in events:
                await producer.send(
                    kafka.topic("tickets"),
                    key=event.subject.encode(),
                    value=value_of(event),
                    headers=headers_of(event),
                )
    finally:
        await producer.stop()


async def read_log(kafka: Kafka, topic: str = "tickets") -> list[Attributes]:
    """The attributes of everything on a topic but the fences, each partition in order."""
    consumer = kafka.consumer()
    await consumer.start()
    try:
        places = [TopicPartition(kafka.topic(topic), number) for number in partitions_of(topic)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        ends = await consumer.end_offsets(places)
        found: list[Attributes] = []
        while not await _is_read(consumer, ends):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [read_attributes(record.headers) for record in records if record.key is not None]
        return found
    finally:
        await consumer.stop()


async def _is_read(consumer: Any, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(place) >= end for place, end in ends.items()])
