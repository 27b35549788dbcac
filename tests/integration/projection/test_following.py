"""Following the log: lines, live views, boards, freshness."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import orjson

from services.projection.main import build
from services.projection.settings import Settings
from shared.clock import monotonic
from shared.events.policies import PolicyPublished
from shared.http import serve
from shared.log.watch import LOOK_S_MAX
from tests.integration.projection.conftest import House, Log, serving
from tests.support.eventually import eventually
from tests.support.proxy import Weather, a_proxy
from tests.unit.projection.builders import MORNING, Pen, a_routing, a_ticket_id, an_offer, an_opening, one_of_each


@asynccontextmanager
async def on_a_socket(settings: Settings, log: Log) -> AsyncIterator[House]:
    """Streams need a server: a client without a socket waits for the end of an answer."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(
        serve(build(settings), port=0, started=started.set_result, stop=stop, drain_s=1, on_signals=False)
    )
    try:
        port = await asyncio.wait_for(started, 20)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield House(settings, log, client)
    finally:
        stop.set()
        await serving


@asynccontextmanager
async def watching(house: House, **asked: Any) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """Server-sent events as (id, data)."""
    last = asked.pop("last_event_id", None)
    headers = {"authorization": f"Bearer {house.token()}"} | ({"last-event-id": last} if last else {})
    async with house.client.stream("GET", "/projection/live", params=asked, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield frames(answer)


async def frames(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "data" in found:
            yield found["id"], orjson.loads(found["data"])
            found = {}
        else:
            found = {}


async def lines(house: House, **asked: Any) -> list[dict[str, Any]]:
    answer = await house.ask("/events", **asked)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def test_the_log_is_read_as_lines_from_any_of_their_cursors(house: House) -> None:
    tickets = [a_ticket_id(number) for number in range(6)]
    events = [event for one in tickets for event in Pen(one).write_all(one_of_each(one))]
    await house.get("/tickets", at_least=await house.log.write(events))

    whole = await lines(house)
    paged: list[dict[str, Any]] = []
    while page := await lines(house, limit=25, **({"after": paged[-1]["cursor"]} if paged else {})):
        assert len(page) <= 25
        paged += page

    assert sorted(line["event_id"] for line in whole) == sorted(str(event.id) for event in events)
    assert [line["event_id"] for line in paged] == [line["event_id"] for line in whole]
    for one in tickets:
        own = [line["offset"] for line in whole if line["subject"] == one]
        assert own == sorted(own)


async def test_a_live_view_tells_what_happens_and_resumes_where_it_was_cut(settings: Settings, log: Log) -> None:
    first, second, third = (a_ticket_id(number) for number in (1, 2, 3))
    async with on_a_socket(settings, log) as house:
        async with watching(house) as news:
            await log.write(Pen(first).write_all([an_opening(first), a_routing()]))
            seen = [await anext(news), await anext(news)]
        await log.write(Pen(second).write_all([an_opening(second)]))
        async with watching(house, last_event_id=seen[0][0]) as news:
            resumed = [await anext(news), await anext(news)]
            await log.write(Pen(third).write_all([an_opening(third)]))
            resumed.append(await anext(news))

    assert [data["event"]["type"] for _, data in seen] == ["ticket.opened", "ticket.routed"]
    assert seen[1][1]["ticket"]["priority"] == "high"
    told = [(data["ticket_id"], data["event"]["type"]) for _, data in resumed]
    assert set(told[:2]) == {(first, "ticket.routed"), (second, "ticket.opened")}  # partitions have no common order
    assert told[2] == (third, "ticket.opened")


async def test_a_live_view_is_narrowed_like_a_list(settings: Settings, log: Log) -> None:
    here, there = a_ticket_id(1), a_ticket_id(2)
    async with on_a_socket(settings, log) as house, watching(house, store="bj-chaoyang", q="漏水") as news:
        await log.write(Pen(here).write_all([an_opening(here)]))
        await log.write(Pen(there).write_all([an_opening(there, store_id="bj-chaoyang")]))
        _, data = await anext(news)

    assert data["ticket_id"] == there


async def test_the_log_can_be_followed(settings: Settings, log: Log) -> None:
    ticket_id = a_ticket_id()
    pen = Pen(ticket_id)
    async with on_a_socket(settings, log) as house:
        headers = {"authorization": f"Bearer {house.token('auditor')}"}
        path = "/projection/events?follow=true"
        async with house.client.stream("GET", path, headers=headers) as answer:
            told = answer.aiter_lines()
            await log.write([pen.write(an_opening(ticket_id))])
            opened = orjson.loads(await anext(told))
            await log.write([pen.write(a_routing())])
            routed = orjson.loads(await anext(told))

    assert [opened["type"], routed["type"]] == ["ticket.opened", "ticket.routed"]
    assert routed["summary"]["zh"]


async def test_more_live_views_than_there_are_places_are_told_to_come_back(settings: Settings, log: Log) -> None:
    async with on_a_socket(settings.model_copy(update={"projection_live_views": 1}), log) as house:
        async with watching(house) as news:
            refused = await house.ask("/live")
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            del news
        await eventually(lambda: has_a_place(house), within_s=10)


async def has_a_place(house: House) -> bool:
    async with house.client.stream(
        "GET", "/projection/live", headers={"authorization": f"Bearer {house.token()}"}
    ) as answer:
        return answer.status_code == 200


def publish(kind: str, name: str, body: dict[str, Any]) -> Any:
    return Pen(f"{kind}/{name}").write(PolicyPublished(kind=kind, name=name, version=1, body=body))


async def test_boards_and_queues_show_who_works_on_what(house: House) -> None:
    crew = [
        {"id": "t-hz-wulin-01", "name": "陳師傅", "skills": ["cups"], "capacity": 2},
        {"id": "t-hz-wulin-02", "name": "林師傅", "skills": [], "capacity": 3},
    ]
    store = {
        "name": {"zh-CN": "武林店", "en": "Wulin"},
        "address": "杭州市拱墅区",
        "division": "330105",
        "email": "wulin@example.com",
        "phone": "+8657112345678",
    }
    await house.log.write(
        [publish("store", "hz-wulin", store), publish("crew", "hz-wulin", {"technicians": crew})], topic="policies"
    )
    offered, waiting = a_ticket_id(1), a_ticket_id(2)
    await house.log.write(Pen(offered).write_all([an_opening(offered), a_routing(), an_offer()]))
    position = await house.log.write(
        Pen(waiting, at=MORNING + timedelta(hours=1)).write_all([an_opening(waiting), a_routing()])
    )
    await house.get("/tickets", at_least=position)

    async def known() -> bool:
        return len((await house.get("/technicians"))["items"]) == 2

    await eventually(known, within_s=10)
    board = await house.get("/stores/hz-wulin/board")
    queue = await house.get("/technicians/t-hz-wulin-01/queue")
    history = await house.get(f"/tickets/{offered}/history")

    assert [ticket["ticket_id"] for ticket in board["waiting"]] == [waiting]
    assert [(one["id"], one["load"], one["capacity"]) for one in board["technicians"]] == [
        ("t-hz-wulin-01", 1, 2),
        ("t-hz-wulin-02", 0, 3),
    ]
    assert (queue["load"], queue["capacity"], queue["technician"]["name"]) == (1, 2, "陳師傅")
    assert [ticket["ticket_id"] for ticket in queue["items"]] == [offered]
    assert "武林店" in history["items"][1]["summary"]["zh"]
    assert [item["name"] for item in (await house.get("/stores"))["items"]] == ["武林店"]
    assert (await house.get("/technicians", store="nowhere"))["items"] == []
    assert (await house.ask("/stores/nowhere/board")).status_code == 404
    assert (await house.ask("/technicians/nobody/queue")).status_code == 404


async def test_readiness_says_how_fresh_the_answers_are(house: House) -> None:
    ticket_id = a_ticket_id()
    position = await house.log.write([Pen(ticket_id).write(an_opening(ticket_id))])
    await house.get("/tickets", at_least=position)

    readiness = await house.get("/readiness")

    assert readiness["newest_event_age_s"] is not None
    assert {place["lag"] for place in readiness["partitions"] if place["topic"] == "tickets"} == {0}
    await eventually(lambda: says_ready(house), within_s=20)  # once all partitions are taken


async def says_ready(house: House) -> bool:
    """What both places say, which is the same."""
    said: bool = (await house.get("/readiness"))["ready"]
    assert said == ((await house.ask("/health/ready")).status_code == 200)
    return said


async def test_readiness_says_not_ready_wherever_it_is_asked(house: House) -> None:
    await eventually(lambda: says_ready(house), within_s=20)
    connection = await asyncpg.connect(house.settings.database_url("projection"))
    await connection.execute("UPDATE log_database SET halted = 'older than the log'")
    await connection.close()

    async def is_told() -> bool:
        return not await says_ready(house)

    await eventually(is_told, within_s=10)


async def test_what_was_just_written_and_not_read_is_lag_at_once(house: House) -> None:
    first, second = Pen(a_ticket_id()).write_all([an_opening(a_ticket_id()), a_routing()])
    await house.get("/tickets", at_least=await house.log.write([first]))
    connection = await asyncpg.connect(house.settings.database_url("projection"))
    async with connection.transaction():
        await connection.execute("SELECT FROM log_positions FOR UPDATE")  # the reader waits
        for _ in range(3):
            await house.log.write([second])
            partitions = (await house.get("/readiness"))["partitions"]
            assert sum(place["lag"] for place in partitions) == sum(house.log.ends.values()) - 1
    await connection.close()


async def test_with_a_frozen_kafka_readiness_answers_all_who_ask_within_a_named_time(
    settings: Settings, log: Log
) -> None:
    async with a_proxy(settings.kafka, renames=True) as link:
        through = settings.model_copy(update={"kafka_bootstrap_servers": f"127.0.0.1:{link.port}"})
        async with serving(through) as client:
            house = House(through, log, client)
            ticket_id = a_ticket_id()
            await house.get("/tickets", at_least=await log.write([Pen(ticket_id).write(an_opening(ticket_id))]))
            link.set(Weather(is_silent=True))
            for _ in range(2):
                began = monotonic()
                answers = await asyncio.gather(*[house.get("/readiness") for _ in range(5)])
                assert monotonic() - began < 4 * LOOK_S_MAX
                assert {place["lag"] for answer in answers for place in answer["partitions"]} == {None}
            link.set(Weather())


async def test_a_ticket_that_is_stopped_says_so_and_why_and_how_much_waits_behind(house: House) -> None:
    ticket_id, unborn = a_ticket_id(1), a_ticket_id(2)
    opened, routed, offered = Pen(ticket_id).write_all([an_opening(ticket_id), a_routing(), an_offer()])
    never_opened = Pen(unborn).write_all([an_opening(unborn), a_routing(), an_offer()])[2]
    await house.log.write([opened])
    await house.log.write([offered])  # a gap
    await house.log.write([routed])
    position = await house.log.write([never_opened])

    ticket = await house.get(f"/tickets/{ticket_id}", at_least=position)
    unknown = await house.ask(f"/tickets/{unborn}")
    then = await house.get(f"/tickets/{ticket_id}", as_of=ticket["as_of"])
    listed = (await house.get("/tickets"))["items"]

    assert (ticket["stopped"]["kind"], ticket["stopped"]["waiting"]) == ("gap", 1)
    assert "expected sequence 1 from /routing, got 2" in ticket["stopped"]["reason"]
    assert [item["stopped"] for item in listed] == [ticket["stopped"]]
    assert then["stopped"] is None
    assert (unknown.status_code, unknown.json()["stopped"]["kind"]) == (404, "gap")
