"""kill -9 in mid-load: what was answered is there, what was not can be posted again, and nothing is there twice."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.load import CONNECTIONS, Load
from tests.chaos.raw_log import Raw, faults, read_raw_log
from tests.e2e.stores import OwnStore, a_store, a_visit
from tests.support.door import Door, open_door
from tests.support.eventually import eventually
from tests.support.program import Program, command, run_program
from tests.support.servers import temporary_home

pytestmark = pytest.mark.timeout(900)

CONTACTS = 2_000
KILLED_AFTER = 600
CAPACITIES = (100,) * 25
SETTLED_WITHIN_S = 180


@pytest.mark.parametrize("with_servers", [False, True], ids=["the services' group", "the servers too"])
async def test_law_1_a_kill_in_mid_load_loses_nothing_and_doubles_nothing(*, with_servers: bool) -> None:
    with temporary_home() as home:
        with run_program(home, "--no-story") as program:
            load = await killed_in_mid_load(program, with_servers=with_servers)
        assert KILLED_AFTER <= len(load.answers) < CONTACTS
        with run_program(home, "--no-story") as program:
            async with open_door(program, connections=CONNECTIONS) as door:
                await posted_again(door, load)
                records = await settled(program, load)
                await check_laws(door, home, load, records)
            assert program.stop() == 0


async def killed_in_mid_load(program: Program, *, with_servers: bool) -> Load:
    """The load as far as it came."""
    async with open_door(program, connections=CONNECTIONS) as door:
        store: OwnStore = await a_store(door, *CAPACITIES)
        load = Load([a_visit(store, visit_id=f"visit-{n:05}") for n in range(CONTACTS)])

        def kill() -> None:
            if len(load.answers) >= KILLED_AFTER and program.process.returncode is None:
                program.kill_9(with_servers=with_servers)

        await load.post(door, after_each=kill)
    return load


async def posted_again(door: Door, load: Load) -> None:
    """What had no answer gets one; what had one gets the same bytes."""
    for body in load.bodies[:CONNECTIONS]:
        known = load.answers.get(body["visit_id"])
        answer = await door.call("POST", "/intake/store/contacts", "integration", json=body)
        assert known is None or (answer.status_code, answer.content) == (200, known.content)

    async def everything() -> bool:
        await load.post(door)
        return not load.unanswered

    await eventually(everything, SETTLED_WITHIN_S)


async def settled(program: Program, load: Load) -> list[Raw]:
    """The log, once every ticket of the load was decided about."""
    wanted = {answer.json()["ticket_id"] for answer in load.answers.values()}

    async def decided() -> list[Raw]:
        records = await read_raw_log(program.document["kafka"])
        known = {record.subject for record in records if record.type in {"ticket.assigned", "ticket.queued"}}
        assert wanted <= known, f"{len(wanted - known)} of {len(wanted)} tickets have nobody yet"
        return records

    return await eventually(decided, SETTLED_WITHIN_S)


async def check_laws(door: Door, home: Path, load: Load, records: list[Raw]) -> None:
    assert faults(records) == []
    opened = [record.subject for record in records if record.type == "ticket.opened"]
    answered = [answer.json() for answer in load.answers.values()]
    assert len(opened) == len(set(opened)) == CONTACTS, "as many tickets as contacts"
    assert set(opened) == {answer["ticket_id"] for answer in answered}
    assert len({answer["ticket_number"] for answer in answered}) == CONTACTS
    ledger: dict[str, Any] = await door.get("/intake/ledger", "auditor")
    assert ledger["adds_up"] is True
    assert ledger["opened"] == CONTACTS
    command("rebuild", "--check", "--home", str(home))
