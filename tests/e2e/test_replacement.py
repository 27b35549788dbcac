"""A deploy: processes are replaced one by one under load, and no caller notices."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg

from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from tests.e2e.stores import a_visit
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.program import served, token
from tests.support.servers import TestServers

CALLERS = 8
LOOK_EVERY_S = 0.3
BETWEEN = 60
"""Contacts recorded between two steps of the deploy."""


@dataclass(slots=True)
class Balancer:
    """What stands before the processes: sends each request to the next one that says it is ready."""

    session: aiohttp.ClientSession
    shown: str
    urls: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    is_over: bool = False
    tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    async def look(self) -> None:
        """Ask everybody, again and again."""
        while not self.is_over:
            self.ready = [url for url in list(self.urls) if await self._is_ready(url)]
            await asyncio.sleep(LOOK_EVERY_S)

    async def _is_ready(self, url: str) -> bool:
        try:
            async with self.session.get(f"{url}/intake/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def call(self) -> None:
        """Post contacts, one after the other."""
        turn = 0
        while not self.is_over:
            await eventually(lambda: self.ready, within_s=20)
            turn += 1
            url = self.ready[turn % len(self.ready)]
            headers = {"authorization": f"Bearer {self.shown}"}
            try:
                async with self.session.post(
                    f"{url}/intake/store/contacts", json=a_visit("hz-wulin"), headers=headers
                ) as answer:
                    await answer.read()
                    self.statuses.append(answer.status)
            except aiohttp.ClientError as error:
                self.lost.append(repr(error))

    async def stop(self) -> None:
        """Let every caller have the answer it waits for, and then be still."""
        self.is_over = True
        await asyncio.gather(*self.tasks)

    async def some_more(self) -> None:
        """Wait until some more contacts were answered."""
        wanted = len(self.statuses) + BETWEEN
        await eventually(lambda: len(self.statuses) >= wanted, within_s=60)


@asynccontextmanager
async def balancing(shown: str) -> AsyncIterator[Balancer]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        balancer = Balancer(session, shown)
        balancer.tasks = [asyncio.create_task(work()) for work in (balancer.look, *[balancer.call] * CALLERS)]
        try:
            yield balancer
        finally:
            await balancer.stop()


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
