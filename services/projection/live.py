"""Following the log: rows of `history` behind a cursor, woken by the readers' NOTIFY, so any process can serve them.

A cursor is the next offset of each partition, the same text as a position: it outlives rebuilds and processes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from heapq import merge
from operator import itemgetter

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.projection.queries import standing
from services.projection.tables import of_generation
from shared.background import is_set_within
from shared.database.listen import Wakeup
from shared.errors import Refused, Unavailable
from shared.log.kafka import Kafka
from shared.log.position import LogPosition, PositionWaiters, parse_position
from shared.log.progress import READ_CHANNEL
from shared.log.topics import partitions_of

CHUNK_ROWS = 500
"""So many rows of each partition are read at once."""
POLL_S = 5.0
"""Waiting without a NOTIFY ends after this time."""

ENDS_TIMEOUT_S = 2.0
TOPICS = ("tickets", "policies")

BEHIND = """
    SELECT h.* FROM unnest($1::int[], $2::bigint[]) AS cursor(partition, next_offset)
    CROSS JOIN LATERAL (
        SELECT * FROM {g}.history h
        WHERE h.partition = cursor.partition AND h."offset" >= cursor.next_offset
        ORDER BY h."offset"
        LIMIT $3
    ) h
"""


class Tail:
    """Lets many requests of one process follow the log; each reads for itself, from its own cursor."""

    def __init__(self, pool: asyncpg.Pool, waiters: PositionWaiters, *, views_max: int) -> None:
        self._pool = pool
        self._waiters = waiters
        self._changed = asyncio.Event()
        self._views = 0
        self._views_max = views_max

    async def run(self, url: str) -> None:
        """Wake who follows, and who waits for a position, at each batch of a reader; runs until cancelled."""
        async with Wakeup(url, READ_CHANNEL, application="projection-tail") as wakeup:
            while True:
                await wakeup.wait(POLL_S)
                self._waiters.wake()
                self._changed.set()
                self._changed = asyncio.Event()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[None]:
        """A place for one more follower. Errors: Unavailable when all are taken."""
        if self._views >= self._views_max:
            raise Unavailable(f"{self._views_max} live views are open already", retry_after_s=10)
        self._views += 1
        try:
            yield
        finally:
            self._views -= 1

    async def chunks(
        self, cursor: Mapping[int, int], *, follow: bool, quiet_s: float = POLL_S
    ) -> AsyncIterator[tuple[int, list[asyncpg.Record]]]:
        """Runs of rows behind `cursor` in an order that keeps each partition's, with the generation they are from.

        Ends at the end of the log unless `follow`; then an empty run comes after each `quiet_s` seconds without news.
        """
        places = dict(cursor)
        while True:
            changed = self._changed
            where = await standing(self._pool)
            for partition in where.offsets:
                places.setdefault(partition, 0)
            rows = await self._pool.fetch(
                of_generation(BEHIND, where.generation), list(places), list(places.values()), CHUNK_ROWS
            )
            run = in_order(rows)
            if run:
                for row in run:
                    places[row["partition"]] = row["offset"] + 1
                yield where.generation, run
            elif not follow:
                return
            elif not await is_set_within(changed, quiet_s):
                yield where.generation, []


def in_order(rows: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
    """The rows by time as seen, each partition in its own order, up to where one may have more that was not read."""
    partitions: dict[int, list[asyncpg.Record]] = {}
    for row in rows:
        partitions.setdefault(row["partition"], []).append(row)
    unread = {partition for partition, run in partitions.items() if len(run) >= CHUNK_ROWS}
    left = {partition: len(run) for partition, run in partitions.items()}
    ordered: list[asyncpg.Record] = []
    for row in merge(*partitions.values(), key=itemgetter("seen_at", "partition", "offset")):
        ordered.append(row)
        left[row["partition"]] -= 1
        if row["partition"] in unread and left[row["partition"]] == 0:
            break
    return ordered


def cursor_of(text: str, *, field: str) -> dict[int, int]:
    """The offsets in a cursor, or in the position of an answer. Errors: Refused 422."""
    position = parse_position(text, field=field)
    if not isinstance(position, LogPosition):
        raise Refused(422, "Unknown cursor", f"{field} names a fact; a cursor names a place in the log")
    return dict(position.offsets)


class Ends:
    """How far the log goes, asked of Kafka with a client of its own that is opened when first needed."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None
        self._opening = asyncio.Lock()

    async def read(self) -> dict[tuple[str, int], int]:
        """The end of every partition of what is read here, by (topic, partition); nothing while Kafka is away."""
        names = {self._kafka.topic(topic): topic for topic in TOPICS}
        places = [
            TopicPartition(name, partition) for name, topic in names.items() for partition in partitions_of(topic)
        ]
        try:
            consumer = await self._open()
            ends = await asyncio.wait_for(consumer.end_offsets(places), ENDS_TIMEOUT_S)
        except (KafkaError, TimeoutError):
            return {}
        return {(names[place.topic], place.partition): end for place, end in ends.items()}

    async def close(self) -> None:
        """Close the client, if there is one."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _open(self) -> AIOKafkaConsumer:
        async with self._opening:
            if self._consumer is None:
                consumer = self._kafka.consumer()
                await consumer.start()
                self._consumer = consumer
            return self._consumer
