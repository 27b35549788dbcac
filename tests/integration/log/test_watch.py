"""What the watch sees of real servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from shared.background import background
from shared.events.registry import FACTS
from shared.log.kafka import Kafka
from shared.log.reader import Reader
from shared.log.relay import Relay
from shared.log.standing import Standing
from shared.log.watch import Watch
from shared.telemetry.metrics import metrics_for
from tests.integration.log.reader_process import note
from tests.support.eventually import eventually
from tests.support.log import a_stranger, an_event, put, some_tickets, write

NOBODY = "postgresql://postgres:x@127.0.0.1:1/none"


def parts(pool: asyncpg.Pool, url: str, kafka: Kafka, **more: Any) -> tuple[Reader, Relay, Watch]:
    """A reader and a relay of `notify`, and who watches them."""
    reader = Reader(service="notify", pool=pool, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=note)
    relay = Relay(service="notify", pool=pool, url=url, kafka=kafka)
    return reader, relay, Watch(service="notify", url=url, kafka=kafka, relay=relay, readers=[reader], **more)


@asynccontextmanager
async def watched(watch: Watch) -> AsyncIterator[None]:
    async with background(watch=watch.run):
        yield


async def test_a_service_is_ready_when_all_its_partitions_are_taken_and_not_before(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    reader, _, watch = parts(reading, reader_url, kafka)
    async with watched(watch):
        alone = await watch.standing()
        async with background(reader=reader.run):
            await eventually(lambda: is_ready(watch), within_s=20)
    assert not alone.ready
    assert alone.checks["tickets"] == "no reader has taken partition 0, 1, 2, 3"


async def test_a_ticket_with_a_gap_is_named_in_health_and_metrics_and_the_others_go_on(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    reader, _, watch = parts(reading, reader_url, kafka)
    broken, sound = some_tickets(2)
    async with a_stranger(kafka) as producer, background(reader=reader.run), watched(watch):
        await put(producer, kafka, an_event(broken, 2))
        await put(producer, kafka, an_event(sound, 1))
        await eventually(lambda: has_effect(reading, sound), within_s=20)
        standing = await eventually(lambda: names(watch, broken), within_s=20)
        page = metrics_for("notify").render().decode()
    assert standing.ready
    assert standing.checks["stopped_tickets"] == {"count": 1, "first": [{"subject": str(broken), "kind": "gap"}]}
    assert f'kind="gap",service="notify",subject="{broken}",topic="tickets"}} 1.0' in page


async def test_without_kafka_a_service_is_ready_and_says_what_waits(reading: asyncpg.Pool, reader_url: str) -> None:
    _, _, watch = parts(reading, reader_url, Kafka("127.0.0.1:1"))
    await write(reading, [an_event(some_tickets(1)[0], 1)])
    async with watched(watch):
        standing = await watch.standing()
    assert standing.ready
    assert "waits for Kafka: 1 facts wait" in str(standing.checks["relay"])


async def test_without_its_database_a_service_is_not_ready(kafka: Kafka, reading: asyncpg.Pool) -> None:
    _, _, watch = parts(reading, NOBODY, kafka)
    async with watched(watch):
        standing = await watch.standing()
    assert (standing.ready, standing.checks["database"]) == (False, "away")


async def test_a_reader_that_is_too_far_behind_is_not_ready(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    _, _, watch = parts(reading, reader_url, kafka, lag_max=2)
    reader, _, other = parts(reading, reader_url, kafka, lag_max=3)
    ticket: UUID = some_tickets(1)[0]
    async with background(reader=reader.run), watched(other), watched(watch):
        await eventually(lambda: is_ready(other), within_s=20)
        async with reading.acquire() as held, held.transaction():
            await held.execute("SELECT 1 FROM log_positions FOR UPDATE")  # the reader waits
            async with a_stranger(kafka) as producer:
                for sequence in (1, 2, 3):
                    await put(producer, kafka, an_event(ticket, sequence))
            behind = await watch.standing(fresh_s=0)
    assert behind.checks["lag_records"] == {"tickets": 3}


async def is_ready(watch: Watch) -> bool:
    return (await watch.standing()).ready


async def names(watch: Watch, ticket: UUID) -> Standing | None:
    """The standing, once it names this ticket."""
    standing = await watch.standing()
    return standing if str(ticket) in str(standing.checks["stopped_tickets"]) else None


async def has_effect(pool: asyncpg.Pool, ticket: UUID) -> bool:
    return bool(await pool.fetchval("SELECT EXISTS (SELECT 1 FROM effects WHERE subject = $1)", str(ticket)))
