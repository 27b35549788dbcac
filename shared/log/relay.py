"""The relay: one leader per database carries the outbox to Kafka, in order, each record once.

A leader holds an advisory lock in a session of its own (`leadership.py`) and a `term`. It takes a new producer
epoch, fences every partition, looks from the saved positions up to the fence for what is already there (the former
leader may have died between Kafka's acknowledgement and the delete), and then sends what the outbox holds. Any error
of the producer costs the epoch: the same steps again.

Safety comes from the epoch (the broker refuses a leader that was replaced) and the term (its deletes and positions
change nothing), never from ending in time.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerFenced, RecordTooLargeError

from shared import clock
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.events.envelope import Draft
from shared.events.log import LogFenced
from shared.ids import random_id
from shared.log.failpoints import failpoint
from shared.log.fence import abandon, find_own_records, take_epoch, write_fences
from shared.log.kafka import Kafka, unbroken
from shared.log.leadership import LeadershipLost, hold_leadership
from shared.log.outbox import OUTBOX_CHANNEL, unpack_headers
from shared.log.record import headers_of, value_of
from shared.log.topics import partitions_of, topics_written_by
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import metrics_for

READ_ROWS = 1_000
"""How many rows one read takes: 30k/s at 1,000, 16–25k/s at 500, 12k/s at 200."""
READ_BYTES = 16 * 1024 * 1024
"""How many bytes one read takes at the most, a single row aside: a backlog of large records is no reason to grow."""
REFUSED_LOOK_EVERY_S = 2.0
"""While a record is refused: so often the relay looks whether somebody took it out."""
REFUSED_TRY_EVERY_S = 60.0
"""So often it is tried again."""
POLL_S = 0.5
"""The safety net under NOTIFY."""
SAVE_POSITIONS_EVERY_S = 5.0
"""How far, in time, a takeover may have to look back while others write."""

REFUSED = (MessageSizeTooLargeError, RecordTooLargeError)
"""What Kafka says of a record that it will never take."""
UNSENDABLE = (AssertionError, TypeError, ValueError)
"""What the client says of one before it sends anything."""
READ = f"""
    SELECT position, topic, key, headers, value
    FROM (
        SELECT *, sum(bytes) OVER (ORDER BY position) AS bytes_until_here
        FROM (
            SELECT *, coalesce(octet_length(value), 0) + octet_length(headers) AS bytes
            FROM outbox ORDER BY position LIMIT $1
        ) AS first_ones
    ) AS measured
    WHERE bytes_until_here - bytes < {READ_BYTES}
    ORDER BY position
"""  # noqa: S608 - a number
"""The first row always. `octet_length` reads no value that is stored apart from its row."""

log = structlog.get_logger("relay")


@dataclass(slots=True)
class RelayState:
    """What the outside may know: metrics, readiness, doctor."""

    leading: bool = False
    term: int = 0
    takeovers: int = 0
    fenced: int = 0
    sent: int = 0
    alarm: str | None = None
    error: str | None = None
    """Why it does not lead, if something is away or refuses."""
    moved_at_s: float = 0.0


class Relay:
    """Carries the outbox of one service's database to Kafka. `run()` goes on until it is cancelled.

    `pace_s`: what is read together begins at least so far apart, for a service whose facts nobody waits for; each
    round costs every reader of the topic one too.
    """

    def __init__(self, *, service: str, pool: asyncpg.Pool, url: str, kafka: Kafka, pace_s: float = 0.0) -> None:
        self.state = RelayState()
        self._pace_s = pace_s
        self._service = service
        self._source = f"/{service}"
        self._pool = pool
        self._url = url
        self._kafka = kafka
        self._topics = topics_written_by(service)
        self._metrics = metrics_for(service)

    async def run(self) -> None:
        """Compete for leadership, lead, and again; retries with back-off what is away; never returns by itself."""
        backoff = Backoff()
        async with Wakeup(self._url, OUTBOX_CHANNEL, application=f"{self._service}-relay") as wakeup:
            while True:
                try:
                    async with hold_leadership(self._url, self._service):
                        await self._lead(wakeup, backoff)
                except LeadershipLost as lost:
                    log.info("relay gives way", service=self._service, reason=str(lost))
                except ProducerFenced:
                    self.state.fenced += 1
                    self._metrics.count("gongdan_relay_fenced_total")
                    log.info("relay was fenced by a newer leader", service=self._service, term=self.state.term)
                except (KafkaError, *TRANSIENT) as error:
                    self.state.error = failure_name(error)
                    self._metrics.count("gongdan_relay_errors_total")
                    log.warning("relay retries", service=self._service, error=self.state.error)
                finally:
                    self.state.leading, self.state.alarm = False, None  # whoever leads next says what is wrong then
                    self._metrics.set("gongdan_relay_leader", 0)
                await backoff.wait()

    async def _lead(self, wakeup: Wakeup, backoff: Backoff) -> None:
        """Take term, epoch, fence; settle what is in the log already; then send until something goes wrong."""
        term = await self._pool.fetchval("UPDATE relay_term SET term = term + 1 RETURNING term")
        failpoint("relay.after_term")
        transactional_id = await self._transactional_id()
        producer = await take_epoch(self._kafka, transactional_id)
        consumer = self._kafka.consumer()
        try:
            await unbroken(consumer.start())
            await self._fence_and_settle(producer, consumer, term)
            self.state.leading, self.state.term, self.state.error = True, term, None
            self.state.takeovers += 1
            self._metrics.count("gongdan_relay_takeovers_total")
            self._metrics.set("gongdan_relay_leader", 1)
            self._metrics.set("gongdan_relay_term", term)
            backoff.reset()
            await self._send_forever(producer, consumer, wakeup, term)
        finally:
            try:
                await abandon(producer)
            finally:
                await consumer.stop()

    async def _transactional_id(self) -> str:
        """Names the database: several systems may share a broker, and all processes of a service share the id."""
        database_id = await self._pool.fetchval("SELECT database_id FROM log_database")
        return f"{self._kafka.topic_prefix}relay-{self._service}-{database_id}"

    async def _fence_and_settle(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, term: int) -> None:
        """Fence all partitions, delete from the outbox what lies before the fences, save the positions."""
        headers, value = self._fence_record(term)
        fences = await write_fences(producer, self._kafka, self._topics, headers, value)
        failpoint("relay.after_fence")
        if await self._pool.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)"):
            start = await self._positions(fences)
            found = await find_own_records(consumer, self._kafka, self._source, start, fences)
            if found:
                log.info("relay found records already in the log", service=self._service, term=term, records=len(found))
                await self._delete("record_id", list(found), term)
        await self._save_positions({place: offset + 1 for place, offset in fences.items()}, term)

    def _fence_record(self, term: int) -> tuple[list[tuple[str, bytes]], bytes]:
        """The fence as a CloudEvent of this service; it has no key and counts for no ticket."""
        now, cause = clock.now(), random_id()
        event = Draft(
            subject=self._service,
            sequence=term,
            data=LogFenced(service=self._service, term=term),
            occurred_at=now,
            recorded_at=now,
            causation_id=cause,
            correlation_id=cause,
            actor=f"system:{self._service}",
            purpose="fence",
        ).event()
        headers = [(name, self._source.encode() if name == "ce_source" else value) for name, value in headers_of(event)]
        return headers, value_of(event)

    async def _positions(self, fences: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """From where each partition must be looked through; a partition never checked, from its beginning."""
        rows = await self._pool.fetch("SELECT topic, partition, next_offset FROM relay_positions")
        saved = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return {place: saved.get(place, 0) for place in fences}

    async def _send_forever(
        self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, wakeup: Wakeup, term: int
    ) -> None:
        """Send what the outbox holds, save the positions every few seconds, and wait to be woken when it is empty."""
        saved_at = clock.monotonic()
        while True:
            began_at_s = clock.monotonic()
            rows = await self._pool.fetch(READ, READ_ROWS)
            if rows:
                await self._send(producer, rows, term)
            if clock.monotonic() - saved_at > SAVE_POSITIONS_EVERY_S:  # nothing of ours is in flight here
                await self._save_positions(await self._end_offsets(consumer), term)
                saved_at = clock.monotonic()
            self.state.moved_at_s = clock.monotonic()
            if not is_full(rows):
                await wakeup.wait(POLL_S)
                await asyncio.sleep(began_at_s + self._pace_s - clock.monotonic())

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Any], term: int) -> None:
        """Send `rows` in order and delete those acknowledged."""
        began_at_s = clock.monotonic()
        waiting = [await self._send_one(producer, row) for row in rows]
        failpoint("relay.before_acknowledgement")
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, REFUSED):
                await self._stand_still(row, answer)
            if isinstance(answer, BaseException):
                raise answer
        failpoint("relay.after_produce")
        await self._delete("position", [row["position"] for row in rows], term)
        self._metrics.observe("gongdan_relay_batch_duration_seconds", clock.monotonic() - began_at_s)
        self.state.sent += len(rows)
        for topic, count in Counter(row["topic"] for row in rows).items():
            self._metrics.count("gongdan_relay_records_total", count, topic=topic)

    async def _send_one(self, producer: AIOKafkaProducer, row: Any) -> "asyncio.Future[Any]":
        """Hand one row to the producer; answers its acknowledgement to come."""
        try:
            return await put(producer, self._kafka.topic(row["topic"]), row)
        except (*REFUSED, *UNSENDABLE) as error:
            await self._stand_still(row, error)

    async def _stand_still(self, row: Any, why: BaseException) -> NoReturn:
        """A record that Kafka does not take needs a person: an alarm, and no takeover after the other.

        Raises LeadershipLost, to begin anew, when the row is gone, and every now and then.
        """
        self.state.alarm = f"Kafka refuses the record of the outbox at position {row['position']}: {why!r}"
        log.error("relay stopped", service=self._service, alarm=self.state.alarm)
        there = "SELECT EXISTS (SELECT 1 FROM outbox WHERE position = $1)"
        until_s = clock.monotonic() + REFUSED_TRY_EVERY_S
        while clock.monotonic() < until_s and await self._pool.fetchval(there, row["position"]):  # noqa: ASYNC110 - a person
            await asyncio.sleep(REFUSED_LOOK_EVERY_S)
        raise LeadershipLost("a record was refused: it is gone, or tried again")

    async def _delete(self, column: str, values: list[Any], term: int) -> None:
        """Delete from the outbox what lies in the log. Raises LeadershipLost if we no longer are the leader.

        Until a new leader has its epoch the broker still takes what we send: without a look at the term we would send
        the same rows again and again. So they are sent once more at the most, where the new leader looks for them.
        """
        kind = {"record_id": "uuid", "position": "bigint"}[column]
        ours = await self._pool.fetchval(
            f"""
            WITH ours AS (SELECT 1 FROM relay_term WHERE term = $2),
                 gone AS (DELETE FROM outbox WHERE {column} = ANY($1::{kind}[]) AND EXISTS (SELECT 1 FROM ours))
            SELECT EXISTS (SELECT 1 FROM ours)
            """,  # noqa: S608 - two fixed words
            values,
            term,
        )
        if not ours:
            raise LeadershipLost(f"term {term} is over")

    async def _end_offsets(self, consumer: AIOKafkaConsumer) -> dict[tuple[str, int], int]:
        """The end of each partition; nothing of ours is in flight, so nothing of ours that waits lies before it."""
        places = [
            TopicPartition(self._kafka.topic(topic), partition)
            for topic in self._topics
            for partition in partitions_of(topic)
        ]
        ends = await consumer.end_offsets(places)
        return {(self._kafka.name_of(place.topic), place.partition): offset for place, offset in ends.items()}

    async def _save_positions(self, positions: dict[tuple[str, int], int], term: int) -> None:
        """Save up to where each partition holds nothing that still waits, if we still are the leader."""
        await self._pool.execute(
            """
            INSERT INTO relay_positions (topic, partition, next_offset)
            SELECT topic, partition, next_offset
            FROM unnest($1::text[], $2::int[], $3::bigint[]) AS p(topic, partition, next_offset)
            WHERE (SELECT term FROM relay_term FOR SHARE) = $4
            ORDER BY topic, partition
            ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
            """,
            [topic for topic, _ in positions],
            [partition for _, partition in positions],
            list(positions.values()),
            term,
        )


def is_full(rows: Sequence[Any]) -> bool:
    """Whether a read found as much as it may, so that more may be there."""
    return len(rows) == READ_ROWS or sum(len(row["value"] or b"") + len(row["headers"]) for row in rows) >= READ_BYTES


async def put(producer: AIOKafkaProducer, topic: str, row: Any) -> "asyncio.Future[Any]":
    """Give a row of the outbox to the producer; answers its acknowledgement to come.

    What is called from one task, one after the other, keeps its order within a partition. A copy of a stranger's record
    may have neither key nor value; aiokafka sends that as a batch only.
    """
    key, value, headers = row["key"], row["value"], list(unpack_headers(row["headers"]))
    acknowledged: asyncio.Future[Any]
    if key is None and value is None:
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=None, headers=headers)
        acknowledged = await producer.send_batch(batch, topic, partition=0)
    else:
        acknowledged = await producer.send(topic, key=key, value=value, headers=headers)
    return acknowledged
