"""What notify reads.

`policies`, and `tickets` once the policies of before have been read and its own past is measured.
"""

import asyncio
from datetime import timedelta
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.notify.handle.read import OTHERS_FOLDS, POLICY_FOLDS, TICKET_FOLDS, TicketsEffect, take_policies
from services.notify.store.replays import is_past_read, keep_ends
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.log.kafka import Kafka
from shared.log.position import read_offsets
from shared.log.progress import READ_CHANNEL
from shared.log.reader import Reader
from shared.log.topics import partitions_of
from shared.telemetry.failures import failure_name

SERVICE: Final = "notify"
TICKETS = "tickets"
POLICIES = "policies"
POLL_S = 0.5
PACE_S: Final = 0.1
"""The reader's: a mail may begin that much later."""

log = structlog.get_logger("notify")


class Readers:
    """The two readers. `run()` goes on until it is cancelled."""

    def __init__(self, *, pool: Any, url: str, kafka: Kafka, age_max: timedelta) -> None:
        self._pool = pool
        self._url = url
        self._kafka = kafka
        self.policies = Reader(
            service=SERVICE, pool=pool, kafka=kafka, topic=POLICIES, folds=POLICY_FOLDS, effect=take_policies
        )
        self.tickets = Reader(
            service=SERVICE,
            pool=pool,
            kafka=kafka,
            topic=TICKETS,
            folds=TICKET_FOLDS,
            effect=TicketsEffect(age_max=age_max),
            pace_s=PACE_S,
        )

    async def run(self) -> None:
        """Read policies from now on, and tickets as soon as what was published before is known."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.policies.run(), name="notify reads policies")
            group.create_task(self._read_tickets(), name="notify reads tickets")

    async def _read_tickets(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._prepare()
            except (KafkaError, *TRANSIENT) as error:
                log.warning("notify waits", loop="start", error=failure_name(error))
                await backoff.wait()
            else:
                break
        async with asyncio.TaskGroup() as group:
            group.create_task(self.tickets.run(), name="notify's reader of tickets")
            group.create_task(self._skip_own_facts(), name="notify's past")

    async def _skip_own_facts(self) -> None:
        """Once our own past has been read, stop decoding what we write ourselves."""
        async with Wakeup(self._url, READ_CHANNEL, application="notify-past") as wakeup:
            while not await is_past_read(self._pool):
                await wakeup.wait(POLL_S)
        self.tickets.folds = OTHERS_FOLDS

    async def _prepare(self) -> None:
        """Measure our own past, and let the other reader take in the policies that were published before now."""
        ends = {topic: await end_offsets(self._kafka, topic) for topic in (POLICIES, TICKETS)}
        await keep_ends(self._pool, TICKETS, ends[TICKETS])
        async with Wakeup(self._url, READ_CHANNEL, application="notify-start") as wakeup:
            while not await self._has_read(POLICIES, ends[POLICIES]):
                await wakeup.wait(POLL_S)

    async def _has_read(self, topic: str, ends: dict[int, int]) -> bool:
        reached = await read_offsets(self._pool, topic)
        return all(reached.get(partition, 0) >= end for partition, end in ends.items())


async def end_offsets(kafka: Kafka, topic: str) -> dict[int, int]:
    """The offset after the last record of each partition."""
    partitions = [TopicPartition(kafka.topic(topic), number) for number in partitions_of(topic)]
    consumer = kafka.consumer()
    try:
        await consumer.start()
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    return {partition.partition: offset for partition, offset in ends.items()}
