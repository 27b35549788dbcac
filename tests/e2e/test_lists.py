"""Looking things up: lists, filters, cursors, words, boards, the log as lines and as a live view."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.e2e.stores import OwnStore, a_store, a_visit
from tests.support.door import Door
from tests.support.eventually import eventually

pytestmark = pytest.mark.usefixtures("story")

TOLD = (
    ("杯子漏水，夹层里都是水", "normal"),
    ("吊扇冒烟，有烧焦的味道", "high"),
    ("沙發掉漆，客廳都是屑", "low"),
    ("保温杯不保温，要退款", "normal"),
    ("The kettle leaks at the handle", "normal"),
)


@pytest.fixture(scope="module")
async def store(door: Door) -> OwnStore:
    """A store with a ticket for each of `TOLD`."""
    made = await a_store(door, 3)
    for description, urgency in TOLD:
        contact = await door.contact(a_visit(made, description, urgency=urgency))
        await door.ticket(contact["ticket_id"], at_least=contact["position"])

    async def settled() -> bool:
        shown = await found(door, made, status="offered,queued")
        return len(shown) == len(TOLD)

    await eventually(settled, 15)
    return made


async def found(door: Door, store: OwnStore, **filters: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await door.get("/projection/tickets", store=store.id, **filters))["items"]
    return items


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("漏水", {"杯子漏水，夹层里都是水"}),
        ("冒烟 烧焦", {"吊扇冒烟，有烧焦的味道"}),
        ("沙发", {"沙發掉漆，客廳都是屑"}),
        ("沙發", {"沙發掉漆，客廳都是屑"}),
        ("保温杯不保温", {"保温杯不保温，要退款"}),
        ("KETTLE", {"The kettle leaks at the handle"}),
        ("0082", {description for description, _ in TOLD}),
        ("廖大卫", {description for description, _ in TOLD}),
        ("水漏", set()),
    ],
)
async def test_words_find_tickets_in_both_scripts(door: Door, store: OwnStore, words: str, expected: set[str]) -> None:
    assert {ticket["description"] for ticket in await found(door, store, q=words)} == expected


async def test_each_filter_narrows_the_list(door: Door, store: OwnStore) -> None:
    everything = await found(door, store)
    assert len(everything) == len(TOLD)
    for name, field in (
        ("status", "status"),
        ("priority", "priority"),
        ("category", "category"),
        ("technician", "technician_id"),
    ):
        for value in {ticket[field] for ticket in everything} - {None}:
            narrowed = await found(door, store, **{name: value})
            assert {ticket["ticket_id"] for ticket in narrowed} == {
                ticket["ticket_id"] for ticket in everything if ticket[field] == value
            }
    assert len(await found(door, store, channel="store", customer="C00082")) == len(TOLD)
    assert await found(door, store, channel="phone") == []
    assert await found(door, store, overdue="true") == []
    middle = sorted(ticket["opened_at"] for ticket in everything)[2]
    later = await found(door, store, opened_from=middle)
    assert len(later) == len(TOLD) - 2
    assert len(await found(door, store, opened_to=middle)) == 2


@pytest.mark.parametrize("sort", ["-opened_at", "opened_at"])
async def test_pages_neither_repeat_nor_skip_while_tickets_come_in(door: Door, sort: str) -> None:
    store = await a_store(door, 2)
    contacts = [await door.contact(a_visit(store)) for _ in range(8)]
    for contact in contacts:  # a position names one ticket; the others may be on partitions that are read later
        await door.get("/projection/tickets", limit=1, at_least=contact["position"])
    expected = [contact["ticket_id"] for contact in contacts]
    seen: list[str] = []
    asked: dict[str, Any] = {"store": store.id, "sort": sort, "limit": 3}
    while True:
        page = await door.get("/projection/tickets", **asked)
        seen += [ticket["ticket_id"] for ticket in page["items"]]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
        if sort == "-opened_at":
            await door.contact(a_visit(store))
    assert seen == (expected if sort == "opened_at" else expected[::-1])


async def test_a_stores_and_a_technicians_lists_are_narrowed_to_their_store(door: Door, store: OwnStore) -> None:
    own = await door.contact(a_visit("hz-wulin"))
    for role in ("store", "technician"):
        items = (await door.get("/projection/tickets", role, at_least=own["position"]))["items"]
        assert {ticket["store_id"] for ticket in items} == {"hz-wulin"}
        assert (await door.get("/projection/tickets", role, store=store.id))["items"] == []


async def test_a_ticket_is_found_by_its_number(door: Door, store: OwnStore) -> None:
    (ticket, *_) = await found(door, store)
    assert (await door.ticket(ticket["ticket_number"]))["ticket_id"] == ticket["ticket_id"]


async def test_the_board_and_the_queue_show_who_works_on_what(door: Door, store: OwnStore) -> None:
    board = await door.get(f"/projection/stores/{store.id}/board")
    (technician,) = board["technicians"]
    assert technician["load"] == technician["capacity"] == len(technician["tickets"]) == 3
    assert len(board["waiting"]) == len(TOLD) - 3
    queue = await door.get(f"/projection/technicians/{store.technicians[0]}/queue")
    assert {item["ticket_id"] for item in queue["items"]} == {item["ticket_id"] for item in technician["tickets"]}


async def test_then_is_what_was_shown_then(door: Door, store: OwnStore) -> None:
    contact = await door.contact(a_visit(store))
    await door.ticket_when(contact["ticket_id"], status="queued")
    first = (await door.history(contact["ticket_id"]))[0]
    then = await door.ticket(contact["ticket_id"], as_of_event=first["event_id"])
    assert (then["status"], then["as_of"], then["version"]) == ("open", first["recorded_at"], 0)
    before = datetime.fromisoformat(first["recorded_at"]) - timedelta(microseconds=1)
    answer = await door.call("GET", f"/projection/tickets/{contact['ticket_id']}", params={"as_of": before.isoformat()})
    assert answer.status_code == 404


async def test_events_come_as_lines_each_with_the_cursor_that_goes_on_behind_it(door: Door, store: OwnStore) -> None:
    async def lines(**params: Any) -> list[dict[str, Any]]:
        answer = await door.call("GET", "/projection/events", "auditor", params=params)
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        return [json.loads(line) for line in answer.text.splitlines()]

    begin = (await door.get("/projection/readiness"))["position"]
    contact = await door.contact(a_visit(store))
    await door.ticket_when(contact["ticket_id"], status="queued")
    came = await lines(after=begin)
    mine = [line["type"] for line in came if line["subject"] == contact["ticket_id"]]
    assert mine[:3] == ["ticket.opened", "ticket.routed", "ticket.queued"]
    first = await lines(after=begin, limit=2)
    rest = await lines(after=first[-1]["cursor"])
    assert len(first) == 2
    again = by_partition(first + rest)
    for partition, event_ids in by_partition(came).items():  # what came meanwhile on another may stand before it now
        assert again[partition][: len(event_ids)] == event_ids


def by_partition(lines: list[dict[str, Any]]) -> dict[int, list[str]]:
    """The ids of the events of each partition, in their order."""
    return {
        partition: [line["event_id"] for line in lines if line["partition"] == partition]
        for partition in {line["partition"] for line in lines}
    }


@asynccontextmanager
async def live(door: Door, store: OwnStore, *, after: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a live view of one store."""
    headers = {"Authorization": f"Bearer {door.tokens['agent']}"} | ({"Last-Event-ID": after} if after else {})
    timeout = aiohttp.ClientTimeout(total=60)
    params = {"store": store.id}
    url = door.url("/projection/live")
    async with door.session.get(url, params=params, headers=headers, timeout=timeout) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield lines_of(answer)


async def lines_of(answer: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in answer.content:
        yield line.decode().rstrip()


async def until(lines: AsyncIterator[str], ticket_id: str, kind: str) -> tuple[list[str], str]:
    """The types of a ticket's events up to one, and the id that resumes behind it."""
    types, last_id = [], ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            last_id = value
        elif name == "data":
            news = json.loads(value)
            if news["ticket_id"] == ticket_id:
                types.append(news["event"]["type"])
                if types[-1] == kind:
                    return types, last_id
    raise AssertionError(f"the view ended after {types}")


async def test_a_live_view_resumes_by_last_event_id_without_a_gap(door: Door, store: OwnStore) -> None:
    async with live(door, store) as lines:
        contact = await door.contact(a_visit(store))
        types, last_id = await until(lines, contact["ticket_id"], "ticket.queued")
    assert told_apart(types) == ["ticket.opened", "ticket.routed", "ticket.queued"]
    meanwhile = await door.contact(a_visit(store, "断线的时候来的"))
    await door.command(contact["ticket_id"], "note", text="断线的时候写的")
    async with live(door, store, after=last_id) as lines:
        types, _ = await until(lines, contact["ticket_id"], "ticket.noted")
    assert told_apart(types) == ["ticket.noted"]
    async with live(door, store, after=last_id) as lines:
        types, _ = await until(lines, meanwhile["ticket_id"], "ticket.queued")
    assert told_apart(types) == ["ticket.opened", "ticket.routed", "ticket.queued"]


def told_apart(types: list[str]) -> list[str]:
    """Without what notify says: it may come anywhere between."""
    return [kind for kind in types if not kind.startswith("notification.")]


async def test_readiness_says_how_fresh_the_answers_are(door: Door, store: OwnStore) -> None:
    said = await door.get("/projection/readiness", "auditor")
    assert said["ready"] is True
    assert said["alarms"] == []
    assert {partition["topic"] for partition in said["partitions"]} == {"tickets", "policies"}
