"""Many who follow ask the database little more than one does, and nobody is told late or left in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest

from services.projection import live
from services.projection.live import CHUNK_ROWS, PACE_S, Run, Tail
from services.projection.views.filters import Filters
from shared.background import background
from shared.clock import monotonic
from shared.log.position import PositionWaiters

VIEWS = 50
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Database:
    """A read model of one partition whose rows are only added to; counts what it is asked."""

    def __init__(self) -> None:
        self.end = 0
        self.asked: list[str] = []

    async def fetch(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        end = self.end
        if "generations" in statement:
            self.asked.append("standing")
            await asyncio.sleep(0.001)
            return [{"number": 1, "topic": "tickets", "partition": 0, "next_offset": end} | NOTHING_ELSE]
        if "document" in statement:
            self.asked.append("tickets")
            await asyncio.sleep(0.001)
            return [{"ticket_id": ticket_id, "document": "{}"} for ticket_id in arguments[-1]]
        self.asked.append("rows")
        await asyncio.sleep(0.001)
        _, (begin,), (until,), most = arguments
        return [a_row(offset) for offset in range(begin, min(until, begin + most))]


NOTHING_ELSE = {"newest_at": None, "has_stopped": False}


def a_row(offset: int) -> dict[str, Any]:
    return {"partition": 0, "offset": offset, "seen_at": NOON + timedelta(seconds=offset), "ticket_id": f"t-{offset}"}


class News:
    """NOTIFY, without a server."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self, *_: object, **__: object) -> "News":
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def wait(self, _: float) -> None:
        await self._event.wait()
        self._event.clear()

    def tell(self) -> None:
        self._event.set()


class Shop:
    """A tail on that database."""

    def __init__(self) -> None:
        self.database, self.news = Database(), News()
        pool: Any = self.database
        self.pool = pool
        self.tail = Tail(pool, PositionWaiters(pool), views_max=VIEWS)

    def write(self, count: int = 1) -> None:
        self.database.end += count
        self.news.tell()

    @asynccontextmanager
    async def following(self, **asked: Any) -> AsyncIterator[AsyncIterator[Run]]:
        async with self.tail.view():
            runs = self.tail.runs({}, follow=True, **asked)
            try:
                yield runs
            finally:
                await runs.aclose()  # type: ignore[attr-defined]  # it is a generator


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    shop = Shop()
    monkeypatch.setattr(live, "Wakeup", shop.news)
    async with background(tail=lambda: shop.tail.run("")):
        yield shop


async def follow(shop: Shop, seen: list[int], *, until: int, filters: Filters) -> None:
    async with shop.following() as runs:
        async for run in runs:
            assert set(await run.tickets(shop.pool, filters)) == {row["ticket_id"] for row in run.rows}
            seen += [row["offset"] for row in run.rows]
            if seen and seen[-1] == until - 1:
                return


async def test_many_views_ask_once_for_what_all_of_them_want(shop: Shop) -> None:
    batches = 40
    seen: list[list[int]] = [[] for _ in range(VIEWS)]
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for one in seen:
            group.create_task(follow(shop, one, until=batches, filters=Filters()))
        await asyncio.sleep(0.1)
        began = monotonic()
        for _ in range(batches):
            shop.write()
            await asyncio.sleep(0.01)
        took_s = monotonic() - began
    assert seen == [list(range(batches))] * VIEWS
    looks = 2 + (took_s + 0.1) / PACE_S
    assert shop.database.asked.count("standing") <= VIEWS + looks  # each looks for itself when it begins
    assert shop.database.asked.count("rows") <= 2 * looks
    assert shop.database.asked.count("tickets") <= 2 * looks


async def test_news_after_a_quiet_moment_is_told_at_once(shop: Shop) -> None:
    async with shop.following() as runs:
        shop.write()
        assert [row["offset"] for row in (await anext(runs)).rows] == [0]
        waiting = asyncio.ensure_future(anext(runs))
        await asyncio.sleep(2 * PACE_S)
        began = monotonic()
        shop.write()
        assert [row["offset"] for row in (await waiting).rows] == [1]
        assert monotonic() - began < PACE_S


async def test_a_view_without_news_is_given_a_sign_of_life_though_readers_wake_it(shop: Shop) -> None:
    async def keep_waking() -> None:
        while True:
            shop.news.tell()
            await asyncio.sleep(0.02)

    waking = asyncio.create_task(keep_waking())
    async with asyncio.timeout(5), shop.following(quiet_s=0.3) as runs:
        assert (await anext(runs)).rows == []
    waking.cancel()
    with suppress(asyncio.CancelledError):
        await waking


async def test_a_log_that_is_long_is_read_in_pieces_and_to_its_end(shop: Shop) -> None:
    shop.database.end = 2 * CHUNK_ROWS + 7
    runs = [run async for run in shop.tail.runs({0: 5}, follow=False)]
    assert [row["offset"] for run in runs for row in run.rows] == list(range(5, shop.database.end))
    assert max(len(run.rows) for run in runs) == CHUNK_ROWS
