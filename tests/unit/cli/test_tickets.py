"""What the commands that look at tickets make of long histories, and of a server that stops, dies or is busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from aiohttp import web

from services.cli import tickets
from services.cli.door import Entrance
from shared.errors import Refused
from shared.log.position import log_position
from tests.support.eventually import eventually

EVENTS = 9
HISTORY = 25
PAGE = 10


@dataclass(slots=True)
class Projection:
    """A log of `EVENTS` events in one partition, and a ticket whose history comes in pages."""

    endings: list[str] = field(default_factory=list)
    """How the next answers to a follower end, after two events each; the last one goes on for ever."""
    asked: list[str] = field(default_factory=list)

    async def readiness(self, _: web.Request) -> web.Response:
        return web.json_response({"partitions": [{"topic": "tickets", "partition": 0, "offset": 3}]})

    async def events(self, request: web.Request) -> web.StreamResponse:
        begin = [log_position({0: number}) for number in range(EVENTS + 1)].index(request.query["after"])
        answer = web.StreamResponse()
        if "follow" not in request.query:
            return web.Response(body=b"".join(map(an_event, range(begin, 3))))
        self.asked.append(request.query["after"])
        ending = self.endings.pop(0) if self.endings else "never"
        if ending.isdecimal():
            return web.json_response({"title": "No", "detail": "not now"}, status=int(ending))
        await answer.prepare(request)
        last = EVENTS if ending == "never" else begin + 2
        for number in range(begin, last):
            await answer.write(an_event(number))
        if ending == "half a line":
            await answer.write(an_event(last)[:-9])
        if ending == "killed":
            assert request.transport is not None
            request.transport.abort()
        if ending == "never":
            await asyncio.Event().wait()
        return answer

    async def history(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", -1))
        rows = range(after + 1, HISTORY)[:PAGE]
        items = [{"event_id": number, "recorded_at": "2026-11-22T12:00:00+00:00"} for number in rows]
        return web.json_response({"items": items, "next_after": rows[-1] if rows[-1] < HISTORY - 1 else None})

    async def ticket(self, _: web.Request) -> web.Response:
        return web.json_response({"ticket_id": "one", "as_of": "2026-11-22T12:00:00+00:00"})


def an_event(number: int) -> bytes:
    return (
        orjson.dumps({"number": number, "recorded_at": f"{number:09}", "cursor": log_position({0: number + 1})}) + b"\n"
    )


@asynccontextmanager
async def serving(projection: Projection) -> AsyncIterator[Entrance]:
    app = web.Application()
    app.router.add_get("/projection/readiness", projection.readiness)
    app.router.add_get("/projection/events", projection.events)
    app.router.add_get("/projection/tickets/{ticket}", projection.ticket)
    app.router.add_get("/projection/tickets/{ticket}/history", projection.history)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield Entrance(f"http://{host}:{port}", {"auditor": "a token"})
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "AGAIN_S_FIRST", 0.01)


async def test_tail_goes_on_behind_the_last_event_whatever_becomes_of_the_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    projection = Projection(endings=["ended", "killed", "503", "503", "half a line"])
    printed: list[int] = []
    said = ""

    def is_at_its_end() -> bool:
        nonlocal said
        captured = capsys.readouterr()
        printed.extend(orjson.loads(line)["number"] for line in captured.out.splitlines())
        said += captured.err
        return len(projection.asked) == 6 and len(printed) >= EVENTS - 1

    async with serving(projection) as entrance:
        following = asyncio.create_task(tickets._tail(2, entrance, follow=True, as_json=True))
        try:
            await eventually(lambda: is_at_its_end() or following.done())
        finally:
            following.cancel()
            await asyncio.wait([following])

    assert following.cancelled()
    assert printed == list(range(1, EVENTS))
    assert [line for line in said.splitlines() if "ended the stream" in line]
    assert len([line for line in said.splitlines() if "broke off" in line]) == 2
    assert len([line for line in said.splitlines() if "not now" in line]) == 1, "the same reason is said once"


async def test_tail_ends_where_it_may_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(Projection(endings=["ended", "401"])) as entrance:
        with pytest.raises(Refused):
            await tickets._tail(2, entrance, follow=True, as_json=True)


async def test_a_history_of_many_pages_is_shown_to_its_end() -> None:
    async with serving(Projection()) as entrance:
        _, shown = await tickets._show("one", entrance)
        _, replayed = await tickets._replay("one", entrance, as_of=None, as_of_event="x")
    assert [item["event_id"] for item in shown] == list(range(HISTORY))
    assert replayed == shown


def test_an_instant_is_printed_as_replay_takes_it() -> None:
    printed = tickets.local_time("2026-11-22T06:30:00.123456Z")
    assert tickets.instant(printed) == "2026-11-22T06:30:00.123456+00:00"
