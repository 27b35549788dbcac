"""A deploy: processes are replaced one by one under load, and no caller notices."""

import asyncio
import signal
from pathlib import Path

import asyncpg

from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from tests.support.balancer import balancing
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.program import served, token
from tests.support.servers import TestServers


async def test_a_rolling_replacement_loses_no_request(
    servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str, tmp_path: Path
) -> None:
    await apply_topics(Kafka(servers.kafka, topic_prefix))
    database = fresh_databases.new("intake")
    environment = {
        "GONGDAN_KAFKA_BOOTSTRAP_SERVERS": servers.kafka,
        "GONGDAN_INTAKE_DATABASE_URL": database,
        "GONGDAN_TOPIC_PREFIX": topic_prefix,
    }

    with served(tmp_path, "intake", environment=environment) as old:
        async with balancing(token(tmp_path, "integration")) as balancer:
            balancer.urls.append(old.url)
            await balancer.some_more()
            new = served(tmp_path, "intake", environment=environment)
            balancer.urls.append((await asyncio.to_thread(new.__enter__)).url)
            try:
                await eventually(lambda: len(balancer.ready) > 1, within_s=30)
                old.process.send_signal(signal.SIGTERM)
                await balancer.some_more()
                assert await asyncio.to_thread(old.process.wait, 30) == 0
                await balancer.some_more()
            finally:
                await balancer.stop()
                await asyncio.to_thread(new.__exit__, None, None, None)
    assert balancer.lost == []
    assert set(balancer.statuses) == {201}
    assert await contacts(database) == len(balancer.statuses)


async def contacts(database: str) -> int:
    """How many were recorded."""
    connection = await asyncpg.connect(database)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM contacts")
    finally:
        await connection.close()
    return count
