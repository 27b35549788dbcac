"""Everything is killed under load, servers too, and started again by the same command: no hand is needed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.stores import a_visit
from tests.support.door import SERVICES, Answer, Door, open_door
from tests.support.eventually import eventually
from tests.support.program import Program, command, run_program
from tests.support.servers import temporary_home

CALLERS = 8
ANSWERED = 200
"""Contacts, before all is killed."""


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


async def test_after_a_kill_of_everything_all_that_was_answered_is_there_and_work_goes_on(home: Path) -> None:
    with run_program(home, "--no-story") as first:
        answered = await killed_under_load(first)
    with run_program(home, "--no-story") as second:
        async with open_door(second) as door:
            await eventually(lambda: all_ready(door), within_s=60)
            for external_id, answer in answered.items():
                again = await contact(door, external_id)
                assert (again.status_code, again.content) == (200, answer.content)
            tickets = [answer.json()["ticket_id"] for answer in answered.values()]
            await eventually(lambda: all_routed(door, tickets), within_s=60)
            assert (await contact(door, "after the kill")).status_code == 201
        command("rebuild", "--check", "--home", str(home))


async def killed_under_load(program: Program) -> dict[str, Answer]:
    """What was answered, by the contact's id, until everything was killed in the same moment."""
    answered: dict[str, Answer] = {}

    async def call(door: Door, caller: int) -> None:
        number = 0
        while True:
            number += 1
            external_id = f"{caller}-{number}"
            answer = await contact(door, external_id)
            assert answer.status_code == 201
            answered[external_id] = answer

    async with open_door(program) as door:
        callers = [asyncio.create_task(call(door, caller)) for caller in range(CALLERS)]
        await eventually(lambda: len(answered) >= ANSWERED, within_s=60)
        program.kill_9(with_servers=True)
        ends = await asyncio.gather(*callers, return_exceptions=True)
    assert all(isinstance(end, aiohttp.ClientError) for end in ends), ends
    return answered


async def contact(door: Door, external_id: str) -> Answer:
    body = a_visit("hz-wulin", visit_id=external_id)
    return await door.call("POST", "/intake/store/contacts", "integration", json=body)


async def all_ready(door: Door) -> bool:
    answers = [await door.call("GET", f"/{service}/health/ready") for service in SERVICES]
    return all(answer.status_code == 200 for answer in answers)


async def all_routed(door: Door, tickets: list[str]) -> bool:
    """Whether routing's word on every ticket is shown."""
    answers = [await door.call("GET", f"/projection/tickets/{ticket}/history", "auditor") for ticket in tickets]
    return all(answer.status_code == 200 and b'"ticket.routed"' in answer.content for answer in answers)
