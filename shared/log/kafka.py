"""Where Kafka is, and every client of ours, each option with its reason."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

import shared.log.header_names  # noqa: F401 - before any consumer is made: it can then unpack what strangers write
from shared.telemetry.failures import failure_name

REQUEST_TIMEOUT_MS = 10_000
"""How long one request to a broker may take, retries within it included."""
METADATA_AGE_MS = 60_000
PRODUCER_BATCH_BYTES = 512 * 1024
FETCH_PARTITION_BYTES = 4 * 1024 * 1024
RECORD_REQUEST_BYTES_MAX = 1_048_576
"""As the topics' `max.message.bytes`."""
OPEN_S_MAX = 2.0
"""What is being opened may take so long to come to its end when it is no longer wanted."""

T = TypeVar("T")


class ConsumerSilent(KafkaError):  # type: ignore[misc]  # noqa: N818 - an event; aiokafka's class is untyped
    """The consumer will never bring a record again; only a new one does."""


def check_alive(consumer: AIOKafkaConsumer) -> None:
    """Raise ConsumerSilent if a background task of a started `consumer` has ended, which aiokafka tells nobody.

    They end on errors that they do not know: uvloop raises a plain RuntimeError for a transport that was just closed
    (aiokafka's issue 1038).
    """
    fetching = consumer._fetcher.error_future  # noqa: SLF001 - nothing public tells of them
    coordinating = getattr(consumer._coordinator, "_coordination_task", None)  # noqa: SLF001 - as above
    for task in (fetching, coordinating):
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            raise ConsumerSilent("no reason given" if error is None else failure_name(error)) from error


async def close_connections(consumer: AIOKafkaConsumer) -> None:
    """Close what a consumer leaves open whose `stop()` raised what one of its tasks had ended with."""
    await consumer._client.close()  # noqa: SLF001 - nothing public does it


async def unbroken(opening: Awaitable[T]) -> T:
    """What `opening` answers; a cancellation lets it come to its end first, for `OPEN_S_MAX`.

    aiokafka forgets a connection that it was in the middle of opening, and nobody can close it any more.
    """
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=OPEN_S_MAX)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


class Consumer(AIOKafkaConsumer):  # type: ignore[misc] # as above
    """aiokafka's, but `getmany` raises ConsumerSilent where that one would answer nothing for ever."""

    async def getmany(self, *partitions: Any, **options: Any) -> Any:
        """As aiokafka's."""
        check_alive(self)
        return await super().getmany(*partitions, **options)

    async def stop(self) -> None:
        """As aiokafka's, also after a task of it has failed."""
        try:
            await super().stop()
        except RuntimeError:  # what the task had ended with; KafkaError is one
            await close_connections(self)


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster, and the prefix that keeps several systems (or tests) on it apart."""

    bootstrap_servers: str
    topic_prefix: str = ""

    def topic(self, name: str) -> str:
        """The name on the cluster of our topic `name`."""
        return self.topic_prefix + name

    def name_of(self, topic: str) -> str:
        """Our name of a topic of the cluster."""
        return topic.removeprefix(self.topic_prefix)

    def consumer(self) -> Consumer:
        """A consumer without a group, for replays and tail checks: `assign`, then `seek` every partition."""
        return Consumer(
            bootstrap_servers=self.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,  # positions are ours
            auto_offset_reset="none",  # a place that is gone is an alarm, never a silent start from elsewhere
            isolation_level="read_committed",  # foreign transactions that were aborted are not facts
            max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    def producer(self, transactional_id: str) -> AIOKafkaProducer:
        """A producer that takes a new epoch for `transactional_id` when it starts (see `fence.py`)."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            transactional_id=transactional_id,
            enable_idempotence=True,  # a retried request is written once
            acks="all",
            linger_ms=0,  # 2.2 ms from commit to acknowledgement; 2 ms of linger made it 5 (p99 26)
            max_batch_size=PRODUCER_BATCH_BYTES,
            max_request_size=RECORD_REQUEST_BYTES_MAX,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """An administrative client; `await start()` it, `await close()` it."""
        return AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
