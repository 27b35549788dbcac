"""Effect and position are one: whatever is killed, frozen or replaced, each event takes effect once, in order."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.background import background
from shared.database.pool import Connection
from shared.errors import Unavailable
from shared.events.registry import FACTS
from shared.log.admission import Admitted, Parsed, parse
from shared.log.kafka import ConsumerSilent, Kafka
from shared.log.reader import OlderThanTheLog, Reader
from shared.log.record import Record
from shared.log.topics import apply_topics, partitions_of
from tests.integration.log.reader_process import note
from tests.support.eventually import eventually
from tests.support.log import a_stranger, an_event, put, some_tickets, write
from tests.support.processes import a_process

EACH = 3


def a_reader(pool: asyncpg.Pool, kafka: Kafka) -> Reader:
    return Reader(service="notify", pool=pool, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=note)


def a_reader_process(url: str, kafka: Kafka, failpoints: str = "") -> AbstractAsyncContextManager[Process]:
    module = "tests.integration.log.reader_process"
    return a_process(module, url, kafka.bootstrap_servers, kafka.topic_prefix, failpoints=failpoints)


async def put_all(kafka: Kafka, tickets: list[UUID]) -> None:
    async with a_stranger(kafka) as producer:
        for sequence in range(1, EACH + 1):
            for ticket in tickets:
                await put(producer, kafka, an_event(ticket, sequence))


async def effects(pool: asyncpg.Pool) -> dict[str, list[int]]:
    rows = await pool.fetch("SELECT subject, array_agg(sequence ORDER BY place) AS seen FROM effects GROUP BY subject")
    return {row["subject"]: row["seen"] for row in rows}


def once_in_order(tickets: list[UUID]) -> dict[str, list[int]]:
    return {str(ticket): list(range(1, EACH + 1)) for ticket in tickets}


async def all_effects(pool: asyncpg.Pool, tickets: list[UUID]) -> None:
    async def are_there() -> bool:
        count: int = await pool.fetchval("SELECT count(*) FROM effects")
        return count >= EACH * len(tickets)

    await eventually(are_there, within_s=30)
    assert await effects(pool) == once_in_order(tickets)


async def test_law_1_every_event_takes_effect_once_and_in_order(kafka: Kafka, reading: asyncpg.Pool) -> None:
    tickets = some_tickets(20)
    await put_all(kafka, tickets)
    async with background(reader=a_reader(reading, kafka).run):
        await all_effects(reading, tickets)


@pytest.mark.parametrize("name", ["_fetcher._fetch_task", "_coordinator._coordination_task"])
@pytest.mark.parametrize("error", [RuntimeError("the handler is closed"), None], ids=["failed", "ended"])
async def test_a_reader_whose_consumer_fell_silent_joins_anew(
    kafka: Kafka, reading: asyncpg.Pool, name: str, error: Exception | None
) -> None:
    """A background task of aiokafka that ends leaves a consumer that answers nothing for ever."""
    tickets, later = some_tickets(5), some_tickets(5)
    reader = a_reader(reading, kafka)
    await put_all(kafka, tickets)
    async with background(reader=reader.run):
        await all_effects(reading, tickets)
        silence(reader._subscription._consumer, name, error)
        await put_all(kafka, later)
        await all_effects(reading, [*tickets, *later])


async def test_what_fails_before_a_batch_is_taken_loses_nothing_of_it(
    kafka: Kafka, reading: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastStream swallows what a handler raises, and brings the next batch."""
    tickets, later, failures = some_tickets(5), some_tickets(5), ["a bug of ours"]

    def failing(records: Sequence[Record]) -> list[Parsed]:
        if failures:
            raise KeyError(failures.pop())
        return parse(records)

    monkeypatch.setattr("shared.log.subscription.parse", failing)
    await put_all(kafka, tickets)
    async with background(reader=a_reader(reading, kafka).run):
        await eventually(lambda: not failures)
        await put_all(kafka, later)
        await all_effects(reading, [*tickets, *later])


async def test_a_reader_whose_mirror_fails_goes_on(
    kafka: Kafka, reading: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain RuntimeError, as uvloop raises for a transport that was just closed."""
    mirrored = []

    async def commit(*_: object) -> None:
        mirrored.append(1)
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(AIOKafkaConsumer, "commit", commit)
    monkeypatch.setattr("shared.log.subscription.MIRROR_EVERY_S", 0)
    tickets, later = some_tickets(5), some_tickets(5)
    async with background(reader=a_reader(reading, kafka).run):
        await put_all(kafka, tickets)
        await all_effects(reading, tickets)
        await put_all(kafka, later)
        await all_effects(reading, [*tickets, *later])
    assert len(mirrored) > 1


async def test_a_consumer_of_ours_that_fell_silent_says_so(kafka: Kafka) -> None:
    await apply_topics(kafka)
    consumer = kafka.consumer()
    await consumer.start()
    try:
        consumer.assign([TopicPartition(kafka.topic("tickets"), 0)])
        consumer.seek(TopicPartition(kafka.topic("tickets"), 0), 0)
        assert await consumer.getmany(timeout_ms=10) == {}
        silence(consumer, "_fetcher._fetch_task", RuntimeError("the handler is closed"))
        with pytest.raises(ConsumerSilent, match="RuntimeError"):
            await consumer.getmany(timeout_ms=10)
    finally:
        await consumer.stop()


def silence(consumer: AIOKafkaConsumer | None, name: str, error: Exception | None) -> None:
    """End one of its background tasks, as a failure that it does not know does."""
    owner, task = name.split(".")
    part = getattr(consumer, owner)
    getattr(part, task).cancel()
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)
    setattr(part, task, ended)


@pytest.mark.parametrize(
    "place", ["reader.after_position", "reader.after_effect", "reader.before_commit", "reader.after_commit"]
)
async def test_law_1_a_reader_killed_at_any_boundary_repeats_and_forgets_nothing(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str, place: str
) -> None:
    tickets = some_tickets(20)
    await put_all(kafka, tickets)
    async with a_reader_process(reader_url, kafka, f"{place}=kill") as process:
        assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    async with background(reader=a_reader(reading, kafka).run):
        await all_effects(reading, tickets)


async def test_law_1_a_reader_that_was_frozen_in_its_transaction_gives_way(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    tickets = some_tickets(20)
    await put_all(kafka, tickets)
    async with a_reader_process(reader_url, kafka, "reader.after_effect=stop") as frozen:
        await eventually(lambda: is_frozen(reading), within_s=30)
        async with background(reader=a_reader(reading, kafka).run):
            await all_effects(reading, tickets)
            frozen.send_signal(signal.SIGCONT)
            more = some_tickets(5)
            await put_all(kafka, more)
            await all_effects(reading, [*tickets, *more])


async def is_frozen(pool: asyncpg.Pool) -> bool:
    """Whether somebody holds a transaction of a reader open without saying anything."""
    found: int = await pool.fetchval(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction' AND application_name = 'gongdan-reader'
          AND state_change < clock_timestamp() - interval '0.5 s'
        """
    )
    return found > 0


async def test_a_position_that_was_moved_by_another_is_taken_up_from_there(kafka: Kafka, reading: asyncpg.Pool) -> None:
    tickets = some_tickets(10)
    reader = a_reader(reading, kafka)
    async with background(reader=reader.run):
        await put_all(kafka, tickets)
        await all_effects(reading, tickets)
        await reading.execute("UPDATE log_positions SET next_offset = 0")  # as a restore of an older row would
        more = some_tickets(5)
        await put_all(kafka, more)
        await all_effects(reading, [*tickets, *more])  # what comes twice is admitted once


async def test_our_own_bug_stops_one_ticket_and_not_the_others(kafka: Kafka, reading: asyncpg.Pool) -> None:
    broken, fine = some_tickets(2)

    async def effect(connection: Connection, batch: list[object]) -> None:
        if any(admitted.attributes.subject == str(broken) for admitted in batch):  # type: ignore[attr-defined]
            raise KeyError("a bug of ours")
        await note(connection, batch)  # type: ignore[arg-type]

    reader = Reader(service="notify", pool=reading, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=effect)  # type: ignore[arg-type]
    await put_all(kafka, [broken, fine])
    async with background(reader=reader.run):
        await all_effects(reading, [fine])
        await eventually(lambda: reading.fetchval("SELECT count(*) = 2 FROM parked"), within_s=10)
    (letter,) = await reading.fetch("SELECT kind, subject, reason FROM dead_letters")
    assert (letter["kind"], letter["subject"]) == ("impossible", str(broken))
    assert letter["reason"] == "KeyError"


async def test_a_topic_made_anew_under_the_old_name_is_an_alarm(kafka: Kafka, reading: asyncpg.Pool) -> None:
    tickets = some_tickets(5)
    await put_all(kafka, tickets)
    async with background(reader=a_reader(reading, kafka).run):
        await all_effects(reading, tickets)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.delete_topics([kafka.topic("tickets")])
    await eventually(lambda: is_gone(admin, kafka.topic("tickets")), within_s=10)
    await admin.close()
    await apply_topics(kafka)
    reader = a_reader(reading, kafka)
    async with background(reader=reader.run):
        await eventually(lambda: reader.state.alarm, within_s=20)
    assert "our position is of cluster" in str(reader.state.alarm)
    assert await effects(reading) == once_in_order(tickets)


async def is_gone(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic not in await admin.list_topics()


async def test_a_database_that_is_older_than_the_log_writes_nothing_any_more(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    async def effect(_connection: Connection, batch: Sequence[Admitted]) -> None:
        raise OlderThanTheLog(f"the log has {batch[0].attributes.subject}, this database does not")

    (ticket,) = some_tickets(1)
    reader = Reader(service="notify", pool=reading, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=effect)
    await write(reading, [an_event(ticket)])
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        await put(producer, kafka, an_event(ticket))
        await eventually(lambda: reader.state.alarm, within_s=15)
    with pytest.raises(Unavailable, match="this database does not"):
        await write(reading, [an_event(ticket, 2)])
    assert await reading.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_connection_that_ends_in_a_statement_sets_nothing_aside(kafka: Kafka, reading: asyncpg.Pool) -> None:
    """Asyncpg says at times that this was its caller's fault; a second word that nobody knows is tried again too."""
    tickets = some_tickets(1)
    await put_all(kafka, tickets)
    failures: list[Exception] = [asyncpg.InternalClientError("cannot switch to state 15"), RuntimeError("unheard of")]

    async def take(connection: Connection, batch: Sequence[Admitted]) -> None:
        if len(batch) == 1 and failures:
            raise failures.pop()
        if len(batch) > 1 and failures:
            raise RuntimeError("one by one, please")
        await note(connection, batch)

    reader = Reader(service="notify", pool=reading, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=take)
    async with background(reader=reader.run):
        await all_effects(reading, tickets)
    assert not failures
    assert await reading.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_a_batch_that_fails_in_a_way_nobody_thought_of_comes_again(kafka: Kafka, reading: asyncpg.Pool) -> None:
    tickets = some_tickets(5)
    reader = a_reader(reading, kafka)
    take, failures = reader._subscription._take, ["once"]

    async def fail_once(*arguments: Any) -> dict[int, int]:
        if failures:
            raise RuntimeError(failures.pop())
        return await take(*arguments)

    reader._subscription._take = fail_once
    async with background(reader=reader.run):
        await put_all(kafka, tickets)
        await all_effects(reading, tickets)
    assert not failures


@pytest.mark.parametrize("place", [7, -1])
async def test_a_position_that_the_log_does_not_have_is_an_alarm(
    kafka: Kafka, reading: asyncpg.Pool, place: int
) -> None:
    tickets = some_tickets(3)
    await put_all(kafka, tickets)
    async with background(reader=a_reader(reading, kafka).run):
        await all_effects(reading, tickets)
    await reading.execute(
        "UPDATE log_positions SET next_offset = CASE WHEN $1 < 0 THEN -1 ELSE next_offset + $1 END", place
    )
    reader = a_reader(reading, kafka)
    async with background(reader=reader.run):
        await eventually(lambda: reader.state.alarm, within_s=15)
    assert "is not in the log" in str(reader.state.alarm)
    assert await effects(reading) == once_in_order(tickets)


async def test_a_place_that_the_log_loses_under_a_running_reader_is_an_alarm(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    tickets = some_tickets(3)
    await put_all(kafka, tickets)
    reader = a_reader(reading, kafka)
    async with background(reader=reader.run):
        await all_effects(reading, tickets)
        await reading.execute("UPDATE log_positions SET next_offset = next_offset + 1000")
        reader._subscription._positions = {part: at + 1000 for part, at in reader._subscription._positions.items()}
        await eventually(lambda: reader.state.alarm, within_s=15)
    assert "is not in the log" in str(reader.state.alarm)


async def test_two_readers_that_meet_on_a_new_database_both_find_their_positions(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    first, second = a_reader(reading, kafka), a_reader(reading, kafka)
    tickets = some_tickets(20)
    await put_all(kafka, tickets)
    async with background(first=first.run, second=second.run):
        await all_effects(reading, tickets)
    assert await reading.fetchval("SELECT count(*) FROM log_positions") == len(partitions_of("tickets"))
