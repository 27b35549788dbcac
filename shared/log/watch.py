"""Looks at the database and at Kafka every second or two, from outside of what works, and says where a service stands.

It has connections of its own, so that a loop that hangs, a pool that is used up or a reader that was never given a
partition is seen all the same. Each look has a limit; readiness is answered from the last one, or from a new one when
that is old.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from shared import clock
from shared.database.errors import LOST
from shared.database.pool import connect
from shared.kept import Kept
from shared.log.kafka import Kafka, unbroken
from shared.log.reader import Reader
from shared.log.relay import Relay
from shared.log.standing import (
    LAG_RECORDS_MAX,
    NAMED_MAX,
    DatabaseSeen,
    KafkaSeen,
    Memory,
    Part,
    Standing,
    StoppedSubject,
    Told,
)
from shared.log.topics import partitions_of
from shared.telemetry.metrics import metrics_for

LOOK_EVERY_S: Final = 2.0
LOOK_S_MAX: Final = 2.0
"""How long the database and Kafka, side by side, may take to answer one look."""
OPEN_S_MAX: Final = 15.0
"""How long a connection may take to be opened, over several looks."""
FRESH_S: Final = 1.0
"""Readiness is answered from a look that is no older."""

Clients = tuple[AIOKafkaConsumer, AIOKafkaAdminClient]


class Watch:
    """Watches one service in one process. `run()` goes on until it is cancelled."""

    def __init__(
        self,
        *,
        service: str,
        url: str,
        kafka: Kafka,
        relay: Relay,
        readers: Sequence[Reader],
        lag_max: int = LAG_RECORDS_MAX,
    ) -> None:
        self._service = service
        self._relay = relay
        self._readers = readers
        self._metrics = metrics_for(service)
        self._parts = [(reader.topic, partition) for reader in readers for partition in partitions_of(reader.topic)]
        self._memory = Memory(self._parts, lag_max=lag_max)
        self._database = DatabaseEye(service, url)
        self._kafka = KafkaEye(kafka, readers)
        self._looking = asyncio.Lock()
        self._standing = Standing(ready=False, checks={"watch": "has not looked yet"})
        self._looked_at_s = float("-inf")

    async def run(self) -> None:
        """Look, again and again."""
        try:
            while True:
                await self.standing(fresh_s=0)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._database.close()
            await self._kafka.close()

    async def standing(self, *, fresh_s: float = FRESH_S) -> Standing:
        """Where the service stands, as of a look at most `fresh_s` seconds ago; 0: of one that begins after this."""
        asked_at_s = clock.monotonic()
        async with self._looking:
            if self._looked_at_s < asked_at_s - fresh_s:
                await self._look()
        return self._standing

    async def _look(self) -> None:
        began_at_s = clock.monotonic()
        database, kafka = await asyncio.gather(self._database.look(), self._kafka.look())
        told = Told(
            relay_alarm=self._relay.state.alarm,
            relay_error=self._relay.state.error,
            reader_alarms={reader.topic: reader.state.alarm for reader in self._readers},
        )
        ended_at_s = clock.monotonic()
        self._standing = self._memory.judge(ended_at_s, database, kafka, told)
        # An answer may be as old as its question. Silence lasted until now, and nobody need wait for it once more.
        self._looked_at_s = ended_at_s if database is None or kafka is None else began_at_s
        self._measure(database)

    def _measure(self, database: DatabaseSeen | None) -> None:
        """The gauges of what stands in the database and on Kafka: the same whichever process tells them."""
        metrics = self._metrics
        metrics.set("gongdan_ready", self._standing.ready)
        for (topic, partition), lag in self._standing.lags.items():
            metrics.set("gongdan_reader_lag_records", lag, topic=topic, partition=str(partition))
        if database is None:
            return
        metrics.set("gongdan_outbox_backlog_records", database.outbox_records)
        metrics.set("gongdan_outbox_oldest_age_seconds", database.outbox_age_s)
        metrics.set("gongdan_reader_dead_letter_records", database.dead_letters)
        metrics.set("gongdan_reader_stopped_tickets", database.stopped_count)
        metrics.set("gongdan_clock_ahead_seconds", database.clock_ahead_s)
        metrics.set_only(
            "gongdan_reader_stopped_ticket",
            [{"topic": one.topic, "subject": one.subject, "kind": one.kind} for one in database.stopped],
        )


WRITING = "SELECT halted, clock_timestamp() AS at FROM log_database"
OUTBOX = """
    SELECT head.position AS head, coalesce((SELECT max(position) FROM outbox) - head.position + 1, 0) AS records,
           coalesce(extract(epoch FROM clock_timestamp() - head.written_at), 0)::float8 AS age_s
    FROM (VALUES (1)) AS always LEFT JOIN (SELECT * FROM outbox ORDER BY position LIMIT 1) AS head ON true
"""
"""The records are counted by their places: cheap however many they are, and a place that was rolled back counts too."""
STOPPED = f"""
    SELECT topic, subject, split_part(stopped, ':', 1) AS kind, count(*) OVER () AS all_of_them
    FROM log_subjects WHERE stopped IS NOT NULL ORDER BY topic, subject LIMIT {NAMED_MAX}
"""  # noqa: S608 - a number
DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE status = 'waiting'"
POSITIONS = "SELECT topic, partition, next_offset FROM log_positions"


async def see_database(connection: asyncpg.Connection) -> DatabaseSeen:
    """What stands in a service's database."""
    before = clock.now()
    writing = await connection.fetchrow(WRITING)
    after = clock.now()
    outbox = await connection.fetchrow(OUTBOX)
    stopped = await connection.fetch(STOPPED)
    rows = await connection.fetch(POSITIONS)
    assert writing is not None  # noqa: S101 - one row, always
    assert outbox is not None  # noqa: S101 - as above
    halfway = before + (after - before) / 2
    return DatabaseSeen(
        halted=writing["halted"],
        outbox_head=outbox["head"],
        outbox_records=outbox["records"],
        outbox_age_s=max(0.0, outbox["age_s"]),
        stopped_count=stopped[0]["all_of_them"] if stopped else 0,
        stopped=[StoppedSubject(row["topic"], row["subject"], row["kind"]) for row in stopped],
        dead_letters=await connection.fetchval(DEAD_LETTERS),
        positions={(row["topic"], row["partition"]): row["next_offset"] for row in rows},
        clock_ahead_s=(halfway - writing["at"]).total_seconds(),
    )


class DatabaseEye:
    """Looks at one database over a connection of its own, opened again after it failed."""

    def __init__(self, service: str, url: str) -> None:
        async def opened() -> asyncpg.Connection:
            return await connect(url, application=f"{service}-watch")

        self._connection = Kept(opened, let_go, open_s_max=OPEN_S_MAX)

    async def look(self) -> DatabaseSeen | None:
        """What stands in it; None when it did not say so in time."""
        try:
            async with asyncio.timeout(LOOK_S_MAX):
                return await see_database(await self._connection.get())
        except LOST:
            if not self._connection.is_opening:
                await self.close()
            return None

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()


async def let_go(connection: asyncpg.Connection) -> None:
    """Close a connection without a word to a server that may not answer."""
    connection.terminate()


class KafkaEye:
    """Asks Kafka how far what is read goes, and who reads it, with clients that are opened when they are needed."""

    def __init__(self, kafka: Kafka, readers: Sequence[Reader]) -> None:
        self._kafka = kafka
        self._readers = readers
        self._clients = Kept(self._open, close_both, open_s_max=OPEN_S_MAX)

    async def look(self) -> KafkaSeen | None:
        """What it says; None when it did not say so in time."""
        try:
            async with asyncio.timeout(LOOK_S_MAX):
                consumer, admin = await self._clients.get()
                return KafkaSeen(await self._ends(consumer), await self._taken(admin))
        except LOST:
            if not self._clients.is_opening:
                await self.close()
            return None

    async def close(self) -> None:
        """Close the clients."""
        await self._clients.close()

    async def _open(self) -> Clients:
        clients = self._kafka.consumer(), self._kafka.admin()
        try:
            for client in clients:
                await unbroken(client.start())
        except BaseException:
            await close_both(clients)
            raise
        return clients

    async def _ends(self, consumer: AIOKafkaConsumer) -> dict[Part, int]:
        names = {self._kafka.topic(reader.topic): reader.topic for reader in self._readers}
        places = [TopicPartition(name, part) for name, topic in names.items() for part in partitions_of(topic)]
        return {
            (names[place.topic], place.partition): end for place, end in (await consumer.end_offsets(places)).items()
        }

    async def _taken(self, admin: AIOKafkaAdminClient) -> frozenset[Part]:
        """The partitions that some process's reader has, as the group's coordinator knows it."""
        return frozenset(
            [
                (reader.topic, place.partition)
                for reader in self._readers
                if reader.state.group_id is not None
                for place in await assigned_in(admin, reader.state.group_id)
            ]
        )


async def assigned_in(admin: AIOKafkaAdminClient, group_id: str) -> list[TopicPartition]:
    """The partitions that the members of a group hold; nothing while it is being arranged anew.

    One group at a time: aiokafka 0.14 reads the answer to version 3 in the form of version 2, which lacks its last
    field, so that only the first group in it is read rightly.
    """
    (response,) = await admin.describe_consumer_groups([group_id])
    members = response.to_object()["groups"][0]["members"]
    return [
        place
        for member in members
        if member["member_assignment"]
        for place in ConsumerProtocolMemberAssignment.decode(member["member_assignment"]).partitions()
    ]


async def close_both(clients: Clients) -> None:
    """Close two clients, whatever state they are in."""
    consumer, admin = clients
    for close in (consumer.stop, admin.close):
        with suppress(*LOST):
            async with asyncio.timeout(LOOK_S_MAX):
                await close()
