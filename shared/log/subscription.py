"""A FastStream batch subscriber whose positions are ours.

FastStream and aiokafka are told to decide nothing: acknowledgement is manual and never given, group offsets only
mirror our positions, a partition is read from where our database says. FastStream swallows what listeners and
handlers raise, and runs the listener after the assignment is live; so the listener pauses first, reads our positions
with retries inside, and only then seeks and resumes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared import clock
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.log.admission import Parsed, parse
from shared.log.kafka import (
    FETCH_PARTITION_BYTES,
    METADATA_AGE_MS,
    Kafka,
    check_alive,
    close_connections,
    unbroken,
)
from shared.log.places import identify, lost_place, moved_log, saved_places
from shared.log.progress import PositionLost
from shared.log.record import Record
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import metrics_for

if TYPE_CHECKING:
    from faststream.kafka.subscriber.usecase import BatchSubscriber

BATCH_RECORDS_MAX = 1_000
"""Unless the reader says otherwise."""
BATCH_WAIT_MS = 20
"""FastStream sleeps that long, deaf, after an empty poll."""
FETCH_WAIT_MS = 100
SESSION_TIMEOUT_MS = 3_000
"""A killed reader's partitions are taken over after about this time."""
HEARTBEAT_MS = 500
MIRROR_EVERY_S = 5.0
REST_S_MAX = 0.1
LOOK_EVERY_S = 1.0
"""So soon a consumer that fell silent is replaced."""
PLACE_LOOKS = 3
"""At each of so many looks Kafka is asked whether it still has our places."""
PLACE_S_MAX = 3.0
GRACE_S = 1.0
"""What a batch in flight gets at a stop; one that is cut off is rolled back and read again."""

AWAY: tuple[type[BaseException], ...] = (RuntimeError, *TRANSIENT)
"""KafkaError is a RuntimeError, and uvloop raises a plain one for a transport that was just closed."""

Take = Callable[[Sequence[Record], Sequence[Parsed], Mapping[int, int]], Awaitable[dict[int, int]]]

log = structlog.get_logger("reader")
quiet = logging.getLogger("gongdan.faststream")
quiet.setLevel(logging.ERROR)


class ReaderHalted(Exception):  # noqa: N818 - an event: nothing more is read until a person starts this process again
    """Raised by `take` after its alarm: the subscription stops here, with its positions where they are."""


class ReaderBroken(Exception):  # noqa: N818 - an event, as above
    """Something failed that nobody has sorted: what was fetched counts for nothing, and the reader joins anew."""


REJOINS: tuple[type[BaseException], ...] = (ReaderBroken, *AWAY)


class Watched(Protocol):
    """The part of the reader's state that a subscription keeps."""

    alarm: str | None
    away: str | None
    group_id: str | None
    partitions: frozenset[int]


class Subscription:
    """Brings the records of one topic to `take`, each partition from our own position."""

    def __init__(
        self,
        *,
        service: str,
        topic: str,
        kafka: Kafka,
        pool: asyncpg.Pool,
        take: Take,
        state: Watched,
        pace_s: float,
        records_max: int,
    ) -> None:
        self._service = service
        self._topic = topic
        self._kafka = kafka
        self._pool = pool
        self._take = take
        self._state = state
        self._pace_s = pace_s
        self._records_max = records_max
        self._metrics = metrics_for(service)
        self._positions: dict[int, int] = {}
        self._assignment = 0
        self._is_halted = False
        self._mirrored_at_s = 0.0
        self._subscriber: BatchSubscriber | None = None
        self._working: asyncio.Task[None] | None = None
        self._failed = Backoff()
        self._broken_by: str | None = None

    async def run(self) -> None:
        """Start the subscriber, again and again while Kafka is away, and keep it until cancelled."""
        while True:
            broker = await self._build()
            try:
                await unbroken(broker.start())
                self._state.away = None
                await self._until_silent()
            except REJOINS as error:
                self._state.away = self._broken_by or failure_name(error)
                log.warning("reader joins anew", service=self._service, topic=self._topic, error=self._state.away)
            finally:
                await self._leave(broker)
                await self._stop_working()
            await self._failed.wait()

    async def _until_silent(self) -> None:
        """Raise ConsumerSilent or ReaderBroken when nothing will ever come again; an alarm when our place is gone."""
        for number in count(1):
            await asyncio.sleep(LOOK_EVERY_S)
            if self._broken_by is not None:
                raise ReaderBroken(self._broken_by)
            if (consumer := self._consumer) is not None:
                check_alive(consumer)
                if number % PLACE_LOOKS == 0 and await self._is_place_lost(consumer):
                    await self.locate()

    async def _is_place_lost(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether Kafka lost what we read; FastStream only sleeps over aiokafka's error, and later facts hide it."""
        with suppress(*AWAY):  # it is asked again
            async with asyncio.timeout(PLACE_S_MAX):
                return await lost_place(self._kafka.topic(self._topic), consumer, dict(self._positions)) is not None
        return False

    async def _leave(self, broker: KafkaBroker) -> None:
        """Leave the group and close the connections, those of a consumer whose tasks had failed too."""
        consumer = self._consumer
        try:
            await broker.stop()
        except RuntimeError as error:  # what a task had ended with; KafkaError is one
            log.info("reader left", service=self._service, topic=self._topic, error=failure_name(error))
        finally:
            if consumer is not None:
                await close_connections(consumer)

    async def _build(self) -> KafkaBroker:
        """The broker and its one subscriber, every option explicit."""
        broker = KafkaBroker(
            self._kafka.bootstrap_servers,
            consumer_only=True,  # our writes go through the outbox
            graceful_timeout=GRACE_S,
            apply_types=False,  # the handler takes the records as they are
            logger=quiet,
            allow_auto_create_topics=False,  # topics come from their cards
            metadata_max_age_ms=METADATA_AGE_MS,
        )
        self._broken_by = None
        self._state.group_id = await self._group_id()
        subscriber = broker.subscriber(
            self._kafka.topic(self._topic),
            batch=True,
            group_id=self._state.group_id,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="none",
            isolation_level="read_committed",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            batch_timeout_ms=BATCH_WAIT_MS,
            max_records=self._records_max,
            listener=Listener(self),
            parser=parse_batch,
            decoder=decode_batch,
            no_reply=True,
        )
        subscriber(self._handle)
        self._subscriber = subscriber
        return broker

    async def _group_id(self) -> str:
        """Names the database, as several systems may share a cluster, and the topic: readers join apart."""
        backoff = Backoff()
        while True:
            try:
                database_id = await self._pool.fetchval("SELECT database_id FROM log_database")
            except TRANSIENT as error:
                self._state.away = failure_name(error)
                await backoff.wait()
            else:
                return f"{self._kafka.topic_prefix}gongdan-{self._service}-{self._topic}-{database_id}"

    async def _handle(self, batch: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        """One batch of FastStream's, which would swallow what is raised and go on behind the batch."""
        async with self._or_joined_anew():
            await self._hand_on(batch)

    @asynccontextmanager
    async def _or_joined_anew(self) -> AsyncIterator[None]:
        """Whatever fails in the body: nothing more of this assignment is taken, and `run` joins anew."""
        try:
            yield
        except Exception as error:
            log.exception("reader is broken", service=self._service, topic=self._topic)
            self._assignment += 1
            self._positions = {}
            self._broken_by = failure_name(error)

    async def _hand_on(self, batch: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        """Give a batch to the database.

        A full batch says that more is there: then the next one is fetched and parsed while the database works on it.
        """
        assignment, positions = self._assignment, self._positions
        records = [
            as_record(self._topic, record)
            for record in batch
            if record.offset >= positions.get(record.partition, 1 << 62)
        ]
        if not records:
            return
        parsed = parse(records)
        if self._working is not None:
            await self._working
        if assignment != self._assignment:
            return  # the batch before was not taken, or partitions came and went: these records come again
        self._working = asyncio.create_task(self._work_on(records, parsed))
        if len(batch) < self._records_max:
            await self._working

    async def _work_on(self, records: Sequence[Record], parsed: Sequence[Parsed]) -> None:
        async with self._or_joined_anew():
            await self._work(records, parsed)

    async def _work(self, records: Sequence[Record], parsed: Sequence[Parsed]) -> None:
        """Take one batch, and say how far that brought us."""
        assignment, began_at_s = self._assignment, clock.monotonic()
        try:
            moved = await self._take(records, parsed, dict(self._positions))
        except PositionLost as lost:
            log.info("reader gives way", service=self._service, topic=self._topic, position=str(lost))
            await self.locate()
            return
        except ReaderHalted:
            self._is_halted = True
            await self.locate()
            return
        except Exception as error:
            log.exception("reader begins again", service=self._service, topic=self._topic)
            self._state.away = failure_name(error)
            await self._failed.wait()
            await self.locate()
            return
        self._failed.reset()
        if assignment == self._assignment:
            self._positions.update(moved)
            await self._mirror(moved)
        if len(records) < self._records_max:  # meanwhile the fetcher fills the next batch
            await asyncio.sleep(self._rest_s(clock.monotonic() - began_at_s))

    def _rest_s(self, took_s: float) -> float:
        """How long to wait after a batch: up to our pace.

        When it took longer, the process is busy: then as long again, so that the next batch is larger and all of them
        together cost less.
        """
        return max(self._pace_s - took_s, min(took_s, REST_S_MAX))

    async def _stop_working(self) -> None:
        """Give a batch in flight a moment; what is cut off is rolled back and read again."""
        if self._working is not None:
            await asyncio.wait([self._working], timeout=GRACE_S)
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
            self._working = None

    async def assigned(self) -> None:
        """Partitions came or went; aiokafka would swallow what is raised."""
        async with self._or_joined_anew():
            await self.locate()

    async def locate(self) -> None:
        """Pause what is assigned, read our positions, seek, resume; gives up after a change, or when halted."""
        consumer = self._consumer
        if consumer is None:
            return
        self._assignment += 1
        assignment = self._assignment
        places = list(consumer.assignment())
        self._positions = {}
        consumer.pause(*places)
        if self._is_halted:
            return
        for place in places:
            consumer.seek(
                place, 0
            )  # paused: nothing is fetched; but without any position aiokafka asks for the group's and raises
        positions = await self._read_positions(consumer, places, assignment)
        if positions is None or assignment != self._assignment or set(consumer.assignment()) != set(places):
            return
        for place in places:
            consumer.seek(place, positions[place.partition])
        consumer.resume(*places)
        self._positions = positions
        self._state.partitions = frozenset(positions)
        log.info("reader took partitions", service=self._service, topic=self._topic, positions=positions)

    async def _read_positions(
        self, consumer: AIOKafkaConsumer, places: list[TopicPartition], assignment: int
    ) -> dict[int, int] | None:
        """Our positions of `places`, checked against the cluster; None after a change, or under an alarm."""
        backoff = Backoff()
        while assignment == self._assignment:
            try:
                cluster_id, topic_id = await identify(self._kafka, self._topic)
                partitions = [place.partition for place in places]
                rows = await saved_places(self._pool, self._topic, partitions, cluster_id, topic_id)
                positions = {row["partition"]: row["next_offset"] for row in rows}
                self._state.alarm = moved_log(self._topic, rows, cluster_id, topic_id) or await lost_place(
                    self._kafka.topic(self._topic), consumer, positions
                )
                self._state.away = None
                self._metrics.set("gongdan_reader_stopped", self._state.alarm is not None, topic=self._topic)
            except AWAY as error:
                self._state.away = failure_name(error)
                await backoff.wait()
            else:
                if self._state.alarm is None:
                    return positions
                log.error("reader stopped", service=self._service, topic=self._topic, alarm=self._state.alarm)
                return None
        return None

    async def _mirror(self, moved: Mapping[int, int]) -> None:
        """Tell Kafka where we are, for its own tools; it means nothing to us."""
        consumer = self._consumer
        if consumer is None or clock.monotonic() - self._mirrored_at_s < MIRROR_EVERY_S:
            return
        self._mirrored_at_s = clock.monotonic()
        offsets = {TopicPartition(self._kafka.topic(self._topic), partition): to for partition, to in moved.items()}
        with suppress(*AWAY):
            await consumer.commit(offsets)

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer if self._subscriber is not None else None


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka's class is untyped
    """Tells the subscription that its partitions changed."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing to do: whoever comes next takes our position, and a batch of ours in flight then updates no row."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002 - all are located
        """Read each partition from our own position."""
        await self._subscription.assigned()


async def parse_batch(batch: tuple[ConsumerRecord[bytes, bytes], ...]) -> KafkaAckableMessage:
    """FastStream's message around the raw records: its own parser loses records with null or non-UTF-8 headers."""
    return KafkaAckableMessage(body=b"", raw_message=batch, headers={}, batch_headers=[], message_id="", consumer=None)


async def decode_batch(message: KafkaAckableMessage) -> Any:
    """The raw records themselves."""
    return message.raw_message


def as_record(topic: str, record: ConsumerRecord[bytes, bytes]) -> Record:
    """A record as it lies on Kafka, under our name of its topic."""
    return Record(topic, record.partition, record.offset, record.key, tuple(record.headers), record.value)
