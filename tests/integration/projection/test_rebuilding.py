"""What is shown can be built again from offset zero, and is the same."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from services.projection.rebuild import build, drop_retained, rebuild, run, switch_back, workers
from services.projection.rebuild.run import Report
from services.projection.rebuild.switch import drop_generation, flip
from shared.errors import Refused
from shared.events import routing
from shared.events.envelope import Event
from tests.integration.projection.conftest import House
from tests.unit.projection.builders import MORNING, SEEN, Pen, a_routing, a_ticket_id, an_opening, one_of_each


def many(numbers: range) -> list[Event]:
    """Whole lives of tickets, mixed as a log mixes them."""
    lives = []
    for number in numbers:
        ticket_id = a_ticket_id(number)
        lives.append(Pen(ticket_id, at=MORNING + timedelta(minutes=number)).write_all(one_of_each(ticket_id)))
    return [event for moment in zip(*lives, strict=True) for event in moment]


async def change(house: House, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(house.settings.database_url("projection"))
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def generation(house: House) -> int:
    number: int = (await house.get("/readiness"))["generation"]
    return number


async def test_law_2_the_rebuilt_read_model_equals_the_live_one_byte_for_byte(house: House) -> None:
    position = await house.log.write(many(range(40)))
    await house.get("/tickets", at_least=position)

    report = await rebuild(house.settings, check=True)

    assert (report.differences, report.examples) == (0, [])
    assert (report.events, report.tickets) == (40 * len(one_of_each(a_ticket_id())), 40)
    assert await generation(house) == 1


async def test_law_2_memory_is_bounded_and_the_answer_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "TICKETS_MAX", 3)
    monkeypatch.setattr(build, "RECORDS_MAX", 10)
    position = await house.log.write(many(range(20)))
    await house.get("/tickets", at_least=position)

    assert (await rebuild(house.settings, check=True)).differences == 0


@pytest.mark.timeout(180)  # starting processes takes seconds where the cores are busy
async def test_law_2_a_long_log_is_dealt_out_to_processes_with_the_same_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ALONE_RECORDS_MAX", 0)
    position = await house.log.write(many(range(20)))
    await house.get("/tickets", at_least=position)

    report = await rebuild(house.settings, check=True)

    assert (report.differences, report.tickets) == (0, 20)


async def test_law_2_one_changed_byte_is_found_and_named(house: House) -> None:
    position = await house.log.write(many(range(3)))
    await house.get("/tickets", at_least=position)
    wrong = a_ticket_id(1)
    await change(
        house,
        "UPDATE g1.ticket_list SET document = replace(encode(document, 'escape'), 'urgent', 'medium')::bytea "
        "WHERE ticket_id = $1",
        wrong,
    )

    report = await rebuild(house.settings, check=True)

    assert report.examples == [f"ticket {wrong}: differs"]
    with pytest.raises(Refused):
        await rebuild(house.settings)
    assert await generation(house) == 1


async def test_answers_go_on_from_the_new_generation_and_back(house: House) -> None:
    position = await house.log.write(many(range(5)))
    before = await house.get("/tickets", at_least=position)

    report = await rebuild(house.settings)

    assert report.switched
    assert await generation(house) == report.generation == 2
    assert (await house.get("/tickets"))["items"] == before["items"]
    later = await house.log.write(many(range(5, 8)))
    assert (await house.get("/tickets", at_least=later))["total"] == 8
    assert await switch_back(house.settings) == 1
    assert (await house.get("/tickets"))["total"] == 8
    assert await generation(house) == 1
    assert await drop_retained(house.settings) == [2]
    with pytest.raises(Refused):
        await switch_back(house.settings)


async def test_law_2_what_is_written_while_a_rebuild_switches_is_in_both_generations(house: House) -> None:
    await house.log.write(many(range(10)))

    async def go_on() -> str:
        position = ""
        for number in range(10, 60):
            ticket_id = a_ticket_id(number)
            position = await house.log.write(Pen(ticket_id).write_all([an_opening(ticket_id), a_routing()]))
        return position

    writing = asyncio.create_task(go_on())
    report: Report = await rebuild(house.settings)
    position = await writing

    assert report.switched
    assert (await house.get("/tickets", at_least=position))["total"] == 60
    assert (await rebuild(house.settings, check=True)).differences == 0
    await switch_back(house.settings)
    assert (await rebuild(house.settings, check=True)).differences == 0


async def test_a_forced_switch_takes_what_the_log_says(house: House) -> None:
    position = await house.log.write(many(range(3)))
    await house.get("/tickets", at_least=position)
    await change(house, "DELETE FROM g1.ticket_list")
    assert (await house.get("/tickets"))["items"] == []

    report = await rebuild(house.settings, force=True)

    assert report.differences == 3
    assert (await house.get("/tickets"))["total"] == 3


async def test_a_stopped_ticket_is_stopped_in_the_rebuild_too(house: House) -> None:
    ticket_id, other = a_ticket_id(1), a_ticket_id(2)
    events = Pen(ticket_id).write_all([an_opening(ticket_id), a_routing(), routing.TicketStarted(seen=SEEN)])
    del events[1]
    position = await house.log.write([*events, Pen(other).write(an_opening(other))])

    assert (await house.get(f"/tickets/{ticket_id}", at_least=position))["status"] == "open"
    assert (await rebuild(house.settings, check=True)).differences == 0


async def test_what_an_unfinished_rebuild_left_is_dropped_by_the_next(house: House) -> None:
    await change(house, "INSERT INTO generations (number, state) VALUES (2, 'building')")
    await change(house, "CREATE SCHEMA g2")

    assert (await rebuild(house.settings)).generation == 2


async def test_a_failure_after_the_switch_leaves_what_is_live_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await house.get("/tickets", at_least=await house.log.write(many(range(3))))

    async def flip_while_somebody_looks(connection: asyncpg.Connection, number: int) -> None:
        await flip(connection, number)
        await connection.execute(f"CREATE VIEW looking AS SELECT * FROM g{number}.digest_live")  # keeps it from a DROP

    monkeypatch.setattr(run, "flip", flip_while_somebody_looks)
    with pytest.raises(asyncpg.DependentObjectsStillExistError):
        await rebuild(house.settings)

    assert await generation(house) == 2
    assert (await house.get("/tickets"))["items"] == before["items"]
    assert (await house.get("/tickets", at_least=await house.log.write(many(range(3, 5)))))["total"] == 5


async def test_a_rebuild_that_is_stopped_right_after_its_switch_leaves_what_is_live_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await house.get("/tickets", at_least=await house.log.write(many(range(3))))
    rebuilding = asyncio.create_task(rebuild(house.settings))

    async def flip_and_be_stopped(connection: asyncpg.Connection, number: int) -> None:
        await flip(connection, number)
        asyncio.get_running_loop().call_soon(rebuilding.cancel)  # arrives while it waits for the answer to the commit

    monkeypatch.setattr(run, "flip", flip_and_be_stopped)
    with pytest.raises(asyncio.CancelledError):
        await rebuilding

    assert (await house.get("/tickets"))["items"] == before["items"]
    assert await generation(house) in {1, 2}  # whichever it is, it is whole


async def test_the_live_generation_cannot_be_dropped(house: House) -> None:
    before = await house.get("/tickets", at_least=await house.log.write(many(range(3))))
    connection = await asyncpg.connect(house.settings.database_url("projection"))

    await drop_generation(connection, 1)
    await connection.close()

    assert (await house.get("/tickets"))["items"] == before["items"]


async def test_a_schema_that_an_interrupted_drop_left_is_in_nobodys_way(house: House) -> None:
    await change(house, "CREATE SCHEMA g2")
    await change(house, "CREATE TABLE g2.ticket_list (left_over integer)")

    assert (await rebuild(house.settings)).generation == 2
