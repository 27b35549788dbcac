"""A database that accepts and then says nothing: connections of their own end, and listening begins anew."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from shared.clock import monotonic
from shared.database import pool as pools
from shared.database.listen import Wakeup
from shared.database.pool import connect
from tests.support.databases import FreshDatabases
from tests.support.proxy import Proxy, Weather, a_proxy, behind

SHORT_S = 0.3
SOON_S = 4.0
LONG_S = 12.0
SILENT = Weather(is_silent=True)


@dataclass(frozen=True, slots=True)
class Linked:
    """A database behind a link; `direct` is the way without it."""

    direct: str
    url: str
    link: Proxy

    async def notify(self) -> None:
        connection = await asyncpg.connect(self.direct)
        await connection.execute("NOTIFY news")
        await connection.close()


@pytest.fixture
async def linked(fresh_databases: FreshDatabases) -> AsyncIterator[Linked]:
    direct = fresh_databases["intake"]
    async with a_proxy(urlsplit(direct).netloc.rpartition("@")[2]) as link:
        yield Linked(direct, behind(direct, link), link)


async def waited_s(wakeup: Wakeup, within_s: float) -> float:
    began = monotonic()
    await wakeup.wait(within_s)
    return monotonic() - began


async def test_a_statement_on_a_connection_of_its_own_ends_when_the_server_says_nothing(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "COMMAND_TIMEOUT_S", SHORT_S)
    connection = await connect(linked.url, application="test")
    linked.link.set(SILENT)
    async with asyncio.timeout(LONG_S):
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1")
    connection.terminate()


@pytest.mark.parametrize("frozen_at", ["the password", "LISTEN"])
async def test_whoever_waits_for_news_of_a_frozen_server_waits_no_longer_than_asked(
    linked: Linked, monkeypatch: pytest.MonkeyPatch, frozen_at: str
) -> None:
    async def connect_and_freeze(*arguments: Any, **options: Any) -> asyncpg.Connection:
        connection = await connect(*arguments, **options)
        linked.link.set(SILENT)
        return connection

    if frozen_at == "LISTEN":
        monkeypatch.setattr("shared.database.listen.connect", connect_and_freeze)
    else:
        linked.link.set(SILENT)
    async with asyncio.timeout(LONG_S), Wakeup(linked.url, "news", application="test") as wakeup:
        assert await waited_s(wakeup, SHORT_S) < SOON_S
        wakeup.set()
        assert await waited_s(wakeup, LONG_S) < SOON_S


async def test_a_listening_connection_whose_other_end_is_gone_is_opened_again(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.listen.PING_EVERY_S", SHORT_S)
    monkeypatch.setattr("shared.database.listen.PING_S_MAX", SHORT_S)
    async with Wakeup(linked.url, "news", application="test") as wakeup:
        await wakeup.wait(LONG_S)  # listens
        linked.link.strand()
        assert await waited_s(wakeup, LONG_S) < SOON_S  # listens again: something may have come meanwhile
        await linked.notify()
        assert await waited_s(wakeup, LONG_S) < SOON_S


async def test_a_listening_connection_that_was_ended_is_opened_again_though_nobody_waits_anew(linked: Linked) -> None:
    async with Wakeup(linked.url, "news", application="test") as wakeup:
        await wakeup.wait(LONG_S)
        waiting = asyncio.create_task(waited_s(wakeup, LONG_S))
        await asyncio.sleep(0)
        linked.link.cut()
        assert await waiting < SOON_S
