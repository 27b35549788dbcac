"""A topic set of its own for each test, and the databases of a writer and a reader."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from tests.support.databases import FreshDatabases
from tests.support.log import a_pool
from tests.support.servers import TestServers


@pytest.fixture
async def kafka(servers: TestServers, topic_prefix: str) -> Kafka:
    kafka = Kafka(servers.kafka, topic_prefix)
    await apply_topics(kafka)
    return kafka


@pytest.fixture
def writer_url(fresh_databases: FreshDatabases) -> str:
    return fresh_databases.new("intake")


@pytest.fixture
def reader_url(fresh_databases: FreshDatabases) -> str:
    return fresh_databases.new("notify")


@pytest.fixture
async def writer(writer_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with a_pool(writer_url, "writer") as pool:
        yield pool


@pytest.fixture
async def reading(reader_url: str) -> AsyncIterator[asyncpg.Pool]:
    """The reader's database, with a table that an effect writes each admitted event into."""
    async with a_pool(reader_url, "reader") as pool:
        await pool.execute("CREATE TABLE effects (place bigserial, event_id uuid, subject text, sequence bigint)")
        yield pool
