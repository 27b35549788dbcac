"""A projection on real servers, with a log of its own that the tests write to as the services would."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from services.projection.main import build
from services.projection.settings import Settings
from shared.events.envelope import Event
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from shared.log.kafka import Kafka
from shared.log.position import log_position
from shared.log.record import headers_of, value_of
from shared.log.topics import apply_topics, partitions_of
from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers


@dataclass
class Log:
    """Writes events to the topics of one test, and knows how far they go."""

    kafka: Kafka
    producer: AIOKafkaProducer
    ends: dict[int, int]

    def position(self, ends: dict[int, int]) -> str:
        return log_position(ends)

    async def write(self, events: Sequence[Event], *, topic: str = "tickets") -> str:
        """Append `events` in order; answers the position behind them."""
        sent = [
            await self.producer.send(
                self.kafka.topic(topic), value_of(event), key=event.subject.encode(), headers=headers_of(event)
            )
            for event in events
        ]
        for metadata in await asyncio.gather(*sent):
            if topic == "tickets":
                self.ends[metadata.partition] = max(self.ends.get(metadata.partition, 0), metadata.offset + 1)
        return log_position(self.ends)


@dataclass
class House:
    """One projection and its log. `get` asks as an agent unless told otherwise."""

    settings: Settings
    log: Log
    client: httpx.AsyncClient

    def token(self, role: str = "agent", *, store: str | None = None, technician: str | None = None) -> str:
        key = load_key(home=self.settings.home)
        return issue_token(key, role=role, name=f"a {role}", store_id=store, technician_id=technician, days=1)

    async def ask(self, path: str, *, token: str | None = None, **asked: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.token()}"}
        return await self.client.get(f"/projection{path}", params=asked, headers=headers)

    async def get(self, path: str, **asked: Any) -> Any:
        answer = await self.ask(path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The app of these settings, started, behind a client that calls it without a socket."""
    app = build(settings)
    async with app.lifetime():
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=20) as client:
            yield client


@pytest.fixture
async def log(servers: TestServers, topic_prefix: str) -> AsyncIterator[Log]:
    kafka = Kafka(servers.kafka, topic_prefix)
    await apply_topics(kafka)
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield Log(kafka, producer, dict.fromkeys(partitions_of("tickets"), 0))
    finally:
        await producer.stop()


@pytest.fixture
def settings(log: Log, servers: TestServers, fresh_databases: FreshDatabases, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        kafka_bootstrap_servers=servers.kafka,
        topic_prefix=log.kafka.topic_prefix,
        projection_database_url=fresh_databases.new("projection"),
        projection_at_least_wait_s=20,  # so that a busy machine is no failure
    )


@pytest.fixture
async def house(settings: Settings, log: Log) -> AsyncIterator[House]:
    async with serving(settings) as client:
        yield House(settings, log, client)
