"""Law 3: whatever was shown while the system ran is shown again when one asks for that instant (Show 4)."""

import asyncio
import random
from typing import Any

import pytest

from tests.e2e.stores import OwnStore, a_store, a_visit
from tests.support.door import Door

pytestmark = [pytest.mark.usefixtures("story"), pytest.mark.timeout(600)]

ANSWERS = 1_000
TICKETS = 150
AT_ONCE = 8
LIFE = ("note", "accept", "start", "wait", "resume", "reply", "resolve", "reopen")
FIELDS: dict[str, dict[str, str]] = {"note": {"text": "记一笔"}, "reply": {"text": "快了"}, "wait": {"for": "customer"}}
AT_THE_ASKED_INSTANT = {"overdue", "position"}
"""What flips without an event is left out of comparisons (the design says so)."""


async def test_law_3_a_thousand_answers_kept_under_load_equal_the_ticket_as_of_then(door: Door) -> None:
    store = await a_store(door, 40, 40, 40)
    opened: list[str] = []
    answers: list[dict[str, Any]] = []
    writing = asyncio.create_task(write(door, store, opened))
    try:
        await asyncio.gather(*(keep(door, opened, answers, writing) for _ in range(AT_ONCE)))
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert len(answers) >= ANSWERS
    assert len({answer["as_of"] for answer in answers}) > TICKETS, "the answers are of many instants"
    work = iter(answers)
    last_events: dict[str, dict[str, str]] = {}
    checked = await asyncio.gather(*(check(door, work, last_events) for _ in range(AT_ONCE)))
    assert sum(checked) == len(answers)


async def write(door: Door, store: OwnStore, opened: list[str]) -> None:
    """Contacts, and commands about them, for as long as answers are kept."""
    chance = random.Random(3)
    while True:
        if len(opened) < TICKETS:
            opened.append((await door.contact(a_visit(store)))["ticket_id"])
        name = chance.choice(LIFE)
        await door.try_command(chance.choice(opened), name, **FIELDS.get(name, {}))


async def keep(door: Door, opened: list[str], answers: list[dict[str, Any]], writing: "asyncio.Task[None]") -> None:
    """Ask for tickets, one by one and in lists, and keep what is said."""
    chance = random.Random(len(answers))
    while len(answers) < ANSWERS or len(opened) < TICKETS:
        if writing.done():
            writing.result()
        if not opened:
            await asyncio.wait([writing], timeout=0.05)
            continue
        answer = await door.call("GET", f"/projection/tickets/{chance.choice(opened)}", "auditor")
        assert answer.status_code in {200, 404}
        answers += [answer.json()] if answer.status_code == 200 else []
        if chance.random() < 0.1:
            answers += (await door.get("/projection/tickets", "auditor", limit=5))["items"]


async def check(door: Door, work: Any, last_events: dict[str, dict[str, str]]) -> int:
    """Compare each kept answer with the ticket at its own `as_of`, and after its last event."""
    checked = 0
    for kept in work:
        ticket_id, as_of = kept["ticket_id"], kept["as_of"]
        then = await door.ticket(ticket_id, "auditor", as_of=as_of)
        assert timeless(then) == timeless(kept)
        if as_of not in last_events.get(ticket_id, {}):
            items = await door.history(ticket_id)
            last_events[ticket_id] = {item["recorded_at"]: item["event_id"] for item in items}
            assert len(last_events[ticket_id]) == len(items), "no two events of a ticket are seen at one instant"
        after = await door.ticket(ticket_id, "auditor", as_of_event=last_events[ticket_id][as_of])
        assert timeless(after) == timeless(kept)
        checked += 1
    return checked


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in AT_THE_ASKED_INSTANT}
