"""The broker itself refuses a leader that was replaced, on every partition; guards the private attributes we touch."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import ProducerFenced

from shared.log.fence import abandon, find_own_records, take_epoch, write_fences
from shared.log.kafka import Kafka
from shared.log.record import headers_of, value_of
from shared.log.topics import partitions_of
from tests.support.log import an_event, raw_log, some_tickets

FENCE = ([("ce_type", b"log.fenced"), ("ce_source", b"/intake")], b"{}")


async def test_an_older_leader_is_refused_on_every_partition_and_its_late_records_are_not_in_the_log(
    kafka: Kafka,
) -> None:
    old = await take_epoch(kafka, f"{kafka.topic_prefix}relay")
    await write_fences(old, kafka, ["tickets"], *FENCE)
    new = await take_epoch(kafka, f"{kafka.topic_prefix}relay")
    try:
        await write_fences(new, kafka, ["tickets"], *FENCE)
        for partition in partitions_of("tickets"):
            late = await old.send(kafka.topic("tickets"), value=b"late", partition=partition)
            with pytest.raises(ProducerFenced):
                await asyncio.wait_for(late, 10)
        assert await raw_log(kafka) == []
    finally:
        await abandon(old)
        await abandon(new)


async def test_the_tail_check_begins_where_a_topic_begins_that_forgets(kafka: Kafka) -> None:
    producer = await take_epoch(kafka, f"{kafka.topic_prefix}relay")
    consumer, admin = kafka.consumer(), kafka.admin()
    await admin.start()
    await consumer.start()
    try:
        old, event = (an_event(ticket) for ticket in some_tickets(2))
        place = TopicPartition(kafka.topic("tickets"), 0)
        for one in (old, event):
            await producer.send_and_wait(place.topic, value=value_of(one), headers=headers_of(one), partition=0)
        await admin.delete_records({place: RecordsToDelete(before_offset=1)})
        fences = await write_fences(producer, kafka, ["tickets"], *FENCE)
        start = dict.fromkeys(fences, 0)
        found = await asyncio.wait_for(find_own_records(consumer, kafka, "/intake", start, fences), 10)
        assert found == {event.id}
    finally:
        await abandon(producer)
        await consumer.stop()
        await admin.close()


async def test_the_tail_check_finds_our_own_records_only_and_only_before_the_fence(kafka: Kafka) -> None:
    producer = await take_epoch(kafka, f"{kafka.topic_prefix}relay")
    consumer = kafka.consumer()
    await consumer.start()
    try:
        events = [an_event(ticket) for ticket in some_tickets(20)]
        for event in events:
            await producer.send_and_wait(
                kafka.topic("tickets"), key=event.subject.encode(), value=value_of(event), headers=headers_of(event)
            )
        foreign = [("ce_source", b"/routing"), ("ce_id", str(events[0].id).encode())]
        await producer.send_and_wait(kafka.topic("tickets"), value=b"{}", headers=foreign, partition=0)
        fences = await write_fences(producer, kafka, ["tickets"], *FENCE)
        after = an_event(some_tickets(1)[0])
        await producer.send_and_wait(kafka.topic("tickets"), value=b"{}", headers=headers_of(after), partition=0)
        start = dict.fromkeys(fences, 0)
        assert await find_own_records(consumer, kafka, "/intake", start, fences) == {event.id for event in events}
    finally:
        await abandon(producer)
        await consumer.stop()
