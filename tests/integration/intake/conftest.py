"""Intake on real servers: the whole service behind its front door, or only the recorder on a database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition

from services.intake.main import build
from services.intake.settings import Settings
from services.intake.work import Recorder
from shared.database.pool import open_pool
from shared.http.app import ServiceApp
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from shared.log.kafka import Kafka
from shared.log.record import Record
from shared.log.subscription import as_record
from shared.log.topics import apply_topics, partitions_of
from shared.telemetry.metrics import Metrics
from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers, new_topic_prefix


@dataclass(frozen=True, slots=True)
class Intake:
    """A running intake, its settings, and a connection pool to look behind it."""

    app: ServiceApp
    settings: Settings
    pool: asyncpg.Pool

    async def call(
        self, method: str, path: str, *, role: str = "integration", store: str | None = None, **options: Any
    ) -> httpx.Response:
        """One request through the front door, with a token of `role`."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://intake") as client:
            headers = {"authorization": f"Bearer {token(self.settings, role, store)}", **options.pop("headers", {})}
            return await client.request(method, f"/intake{path}", headers=headers, **options)

    async def post(self, body: dict[str, Any], *, channel: str = "store", **options: Any) -> httpx.Response:
        """One contact."""
        return await self.call("POST", f"/{channel}/contacts", json=body, **options)


def token(settings: Settings, role: str, store: str | None) -> str:
    """A token of this role."""
    key = load_key(home=settings.home)
    technician = f"t-{store}-01" if role == "technician" else None
    bound = store if role in {"store", "technician"} else None
    return issue_token(key, role=role, name="test", store_id=bound, technician_id=technician)


async def settings_of(servers: TestServers, database_url: str, home: Path, prefix: str) -> Settings:
    """Settings that name the tests' servers; the topics exist afterwards."""
    await apply_topics(Kafka(servers.kafka, prefix))
    return Settings(
        home=home, kafka_bootstrap_servers=servers.kafka, intake_database_url=database_url, topic_prefix=prefix
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Intake, None]:
    """Intake from start to end."""
    pool = await open_pool(settings.database_url("intake"), application="test", size_min=1)
    app = build(settings)
    try:
        async with app.lifetime():
            yield Intake(app, settings, pool)
    finally:
        await pool.close()


@pytest.fixture(scope="module")
async def intake(
    servers: TestServers, fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Intake]:
    """One running intake for the tests of a module."""
    home = tmp_path_factory.mktemp("home")
    settings = await settings_of(servers, fresh_databases["intake"], home, new_topic_prefix(servers))
    async with running(settings) as service:
        yield service


@pytest.fixture
async def pool(fresh_databases: FreshDatabases) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a database of intake with nothing in it; nothing relays its outbox."""
    pool = await open_pool(fresh_databases.new("intake"), application="test")
    yield pool
    pool.terminate()


@asynccontextmanager
async def recording(pool: asyncpg.Pool, *, waiting_max: int = 2_000, batch_max: int = 200) -> AsyncGenerator[Recorder]:
    """A recorder at work on `pool`."""
    recorder = Recorder(
        pool=pool,
        time_zone="Asia/Shanghai",
        waiting_max=waiting_max,
        batch_max=batch_max,
        metrics=Metrics("intake"),
    )
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def read_log(settings: Settings) -> list[Record]:
    """Every record of `tickets` there is now, fences left out."""
    kafka = Kafka(settings.kafka, settings.topic_prefix)
    consumer = kafka.consumer()
    await consumer.start()
    try:
        places = [TopicPartition(kafka.topic("tickets"), number) for number in partitions_of("tickets")]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        ends = await consumer.end_offsets(places)
        records = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += [as_record("tickets", record) for record in batch if record.key is not None]
        return records
    finally:
        await consumer.stop()
