"""Who gets what: capacity, order, rounds, and several dispatchers side by side."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.routing.dispatch.match import Match, WaitingTicket, match
from services.routing.handle.commands import Given, give
from services.routing.handle.duty import change_duty
from services.routing.handle.policies import Proposed
from services.routing.parts import Parts
from services.routing.store.crews import lock_crew
from services.routing.store.policies import has_newer_crew
from services.routing.work.dispatch import dispatch_round
from services.routing.work.policies import PolicyBook
from shared.errors import Refused
from shared.policies import Crew
from tests.integration.routing.desk import (
    AGENT,
    OTHER_STORE,
    STORE,
    Desk,
    a_crew,
    as_technician,
    check_everything,
    technician,
)
from tests.support.eventually import eventually
from tests.unit.routing.tickets import command

CREWS = {STORE: 2, OTHER_STORE: 1}
"""How many there are in each store."""


async def test_a_ticket_that_was_opened_is_routed_and_offered(desk: Desk) -> None:
    (ticket_id,) = await desk.open()
    await desk.dispatch()
    assert await desk.types(ticket_id) == ["ticket.routed", "ticket.assigned"]
    (assigned,) = await desk.facts(ticket_id, "ticket.assigned")
    assert assigned["decision"]["candidates"]
    assert assigned["seen"]["intake"] == 1


async def test_what_nobody_has_room_for_waits_and_says_why(desk: Desk) -> None:
    await desk.open(6)
    await desk.dispatch()
    assert await desk.statuses() == {"offered": 4, "queued": 2}
    assert set((await desk.held()).values()) == {2}
    reasons = await desk.pool.fetch("SELECT DISTINCT reason FROM waiting")
    assert [row["reason"] for row in reasons] == ["no_capacity"]
    await check_everything(desk)


async def test_law_5_a_freed_place_takes_the_oldest_of_the_highest_priority(desk: Desk) -> None:
    first, *_ = await desk.open(4)
    await desk.dispatch()
    older, urgent, newer = [(await desk.open())[0] for _ in range(3)]
    await desk.dispatch()
    await desk.give(urgent, "set_priority", priority="urgent")
    await desk.give(first, "cancel", reason="twice")
    await desk.dispatch()
    assert (await desk.state(urgent)).status == "offered"
    second = next(one for one in desk.opened[1:4])
    await desk.give(second, "cancel", reason="twice")
    await desk.dispatch()
    assert (await desk.state(older)).status == "offered"
    assert (await desk.state(newer)).status == "queued"


async def test_each_technician_is_asked_once_in_a_round_then_it_is_queued(desk: Desk) -> None:
    (ticket_id,) = await desk.open()
    for _ in range(4):
        await desk.dispatch()
        await desk.make_due()
        await desk.answer_due()
    await desk.dispatch()
    asked = [fact["technician_id"] for fact in await desk.facts(ticket_id, "ticket.assigned")]
    assert sorted(asked) == [technician(0), technician(1)]
    state = await desk.state(ticket_id)
    assert (state.status, getattr(state, "reason", None)) == ("queued", "all_declined")


async def test_law_5_capacity_is_never_exceeded_by_many_dispatchers_and_commands(desk: Desk) -> None:
    async def dispatcher() -> None:
        for _ in range(40):
            if not await dispatch_round(desk.pool, desk.parts.book.current):
                await asyncio.sleep(0.001)

    async def opener() -> None:
        for _ in range(8):
            await desk.open(3)

    async def assigner(number: int) -> None:
        for index in range(12):
            if len(desk.opened) > index:
                await desk.try_to(desk.opened[index], "assign", technician_id=technician(number))

    async def worker() -> None:
        for index in range(16):
            if len(desk.opened) > index:
                await desk.try_to(desk.opened[index], "accept")
                await desk.try_to(desk.opened[index], "resolve")
                await desk.try_to(desk.opened[index], "reopen")

    async def watcher() -> list[int]:
        seen = []
        for _ in range(60):
            seen.append(max((await desk.held()).values(), default=0))
            await asyncio.sleep(0.002)
        return seen

    watching = asyncio.create_task(watcher())
    await asyncio.gather(dispatcher(), dispatcher(), opener(), assigner(0), assigner(1), worker(), worker())
    assert max(await watching) <= 2
    await desk.dispatch()
    assert set((await desk.held()).values()) == {2}
    await check_everything(desk)


async def test_a_dispatcher_leaves_a_crew_that_another_one_has(desk: Desk) -> None:
    await desk.dispatch()
    await desk.open()
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM crews WHERE store_id = $1 FOR UPDATE", STORE)
        assert not await dispatch_round(desk.pool, desk.parts.book.current)
    assert await dispatch_round(desk.pool, desk.parts.book.current)


async def test_a_mark_that_is_committed_late_is_not_lost(desk: Desk) -> None:
    """Numbers do not rise in the order of commits: a dispatcher must never delete a mark that it did not see."""
    await desk.dispatch()
    async with desk.pool.acquire() as late, late.transaction():
        await late.execute("INSERT INTO marks (store_id, whole) VALUES ($1, true)", STORE)
        await desk.open()  # a higher mark, committed first
        await desk.dispatch()
        assert await desk.pool.fetchval("SELECT count(*) FROM marks") == 0
    assert await desk.pool.fetchval("SELECT count(*) FROM marks") == 1


async def test_two_dispatchers_write_each_decision_once(desk: Desk) -> None:
    ids = await desk.open(4) + await desk.open(2, store_id=OTHER_STORE)
    await asyncio.gather(*(desk.dispatch() for _ in range(4)))
    await desk.dispatch()
    for ticket_id in ids:
        assert await desk.types(ticket_id) == ["ticket.routed", "ticket.assigned"]
    await check_everything(desk)


async def test_a_ticket_that_is_assigned_while_dispatch_weighs_it_is_given_once(desk: Desk) -> None:
    for _ in range(5):
        (ticket_id,) = await desk.open()
        await asyncio.gather(desk.dispatch(), desk.try_to(ticket_id, "assign", technician_id=technician(1)))
        await desk.dispatch()
        assert (await desk.state(ticket_id)).status == "offered"
        await desk.give(ticket_id, "cancel", reason="next")
    await check_everything(desk)


async def test_a_full_technician_is_refused_and_another_store_moves_the_ticket(desk: Desk) -> None:
    await desk.open(4)
    await desk.dispatch()
    (ticket_id,) = await desk.open()
    refused = await desk.try_to(ticket_id, "assign", technician_id=technician(0))
    assert isinstance(refused, Refused)
    assert refused.status == 422
    await desk.give(ticket_id, "assign", technician_id=technician(0, OTHER_STORE), store_id=OTHER_STORE)
    state = await desk.state(ticket_id)
    assert (state.status, state.known.store_id) == ("offered", OTHER_STORE)


async def test_going_off_duty_ends_open_offers_and_the_next_is_asked(desk: Desk) -> None:
    (ticket_id,) = await desk.open()
    await desk.dispatch()
    holder = getattr(await desk.state(ticket_id), "technician_id", None)
    answer = await change_duty(desk.parts, holder, on=False, by=AGENT)  # type: ignore[arg-type]  # it is offered
    assert answer["expired_ticket_ids"] == [ticket_id]
    await desk.dispatch()
    assert getattr(await desk.state(ticket_id), "technician_id", None) not in (None, holder)
    again = await change_duty(desk.parts, holder, on=False, by=AGENT)  # type: ignore[arg-type]  # it was offered
    assert again["expired_ticket_ids"] == []
    await desk.open(5)
    await desk.dispatch()
    assert holder not in await desk.held()
    await change_duty(desk.parts, holder, on=True, by=AGENT)  # type: ignore[arg-type]  # it was offered
    await desk.dispatch()
    assert (await desk.held())[str(holder)] == 2


async def test_a_long_list_costs_a_new_ticket_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changed for those who waited before: only a place that fell free makes dispatch look at all of them."""
    await desk.open(30)
    await desk.dispatch()
    weighed: list[int] = []

    def counting(crew: Crew, waiting: Sequence[WaitingTicket], *rest: Any, **more: Any) -> list[Match]:
        weighed.append(len(waiting))
        return match(crew, waiting, *rest, **more)

    monkeypatch.setattr("services.routing.work.dispatch.match", counting)
    await desk.open()
    await desk.dispatch()
    assert weighed == [1]
    await desk.give(desk.opened[0], "cancel", reason="test")
    await desk.dispatch()
    assert sum(weighed) >= 27
    assert (await desk.statuses())["offered"] == 4


async def test_a_larger_crew_takes_what_waited(desk: Desk) -> None:
    await desk.open(6)
    await desk.dispatch()
    await desk.apply(Proposed("crew", STORE, a_crew(STORE, 3, 2)))
    await desk.dispatch()
    assert await desk.statuses() == {"offered": 6}


async def test_a_long_list_is_served_in_order_to_its_end(desk: Desk) -> None:
    await desk.open(450)
    await desk.dispatch()
    assert await desk.statuses() == {"offered": 4, "queued": 446}
    await desk.apply(Proposed("crew", STORE, a_crew(STORE, 5, 100)))
    await desk.dispatch()
    assert await desk.statuses() == {"offered": 450}
    await check_everything(desk)


async def with_old_rules(desk: Desk) -> Parts:
    """The parts of another process, which does not hear of what is published from now on."""
    book = PolicyBook(desk.pool)
    await book.refresh()
    return replace(desk.parts, book=book)


async def move(desk: Desk) -> None:
    """Let the first technician of the one store belong to the other."""
    (moving, *staying), there = (a_crew(store_id, many, 2)["technicians"] for store_id, many in CREWS.items())
    await desk.apply(
        Proposed("crew", STORE, {"technicians": staying}),
        Proposed("crew", OTHER_STORE, {"technicians": [*there, moving]}),
    )


async def test_law_5_capacity_holds_while_somebody_moves_and_one_process_knows_the_old_crews(desk: Desk) -> None:
    old = await with_old_rules(desk)
    await desk.dispatch()
    await move(desk)
    await desk.open(6)
    await desk.open(6, store_id=OTHER_STORE)

    async def dispatcher(parts: Parts) -> None:
        while await dispatch_round(desk.pool, parts.book.current):
            pass

    await asyncio.gather(dispatcher(old), dispatcher(desk.parts))
    await dispatcher(old)
    assert set((await desk.held()).values()) == {2}
    rows = await desk.pool.fetch("SELECT DISTINCT store_id FROM tickets WHERE holder = $1", technician(0))
    assert [row["store_id"] for row in rows] == [OTHER_STORE]
    await check_everything(desk)


async def test_law_5_a_command_by_old_rules_is_decided_by_the_new_ones(desk: Desk) -> None:
    old = await with_old_rules(desk)
    (ticket_id,) = await desk.open()
    await move(desk)
    with pytest.raises(Refused, match="is not a technician of store") as refused:
        await give(old, Given(ticket_id=ticket_id, command=command("assign", technician_id=technician(0)), by=AGENT))
    assert refused.value.status == 422
    again = await with_old_rules(desk)
    await desk.set_up()
    answer = await change_duty(again, technician(0), on=False, by=AGENT)
    assert answer["store_id"] == STORE


async def test_law_5_a_crew_is_published_once_nobody_gives_it_work(desk: Desk) -> None:
    """Whoever holds the crew's lock decides by its version to the end."""
    async with desk.pool.acquire() as connection, connection.transaction():
        await lock_crew(connection, STORE)
        publishing = asyncio.create_task(move(desk))

        async def waits() -> bool:
            return bool(await desk.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(waits, within_s=5)
        assert not await has_newer_crew(connection, STORE, desk.parts.book.current)
    await publishing
    assert desk.parts.book.current.technician(technician(0))[0] == OTHER_STORE  # type: ignore[index]  # they moved


async def accepted(desk: Desk) -> UUID:
    (ticket_id,) = await desk.open()
    await desk.dispatch()
    await desk.give(ticket_id, "accept")
    return ticket_id


async def test_a_technician_keeps_what_they_accepted_when_they_leave(desk: Desk) -> None:
    ticket_id = await accepted(desk)
    holder = getattr(await desk.state(ticket_id), "technician_id", None)
    await change_duty(desk.parts, holder, on=False, by=as_technician(holder))  # type: ignore[arg-type]  # it is held
    assert (await desk.state(ticket_id)).status == "accepted"


async def test_a_decision_counts_what_was_read_of_notifys_facts(desk: Desk) -> None:
    await desk.dispatch()
    (ticket_id,) = await desk.open()
    await desk.pool.execute(
        "INSERT INTO log_subjects (topic, subject, notify_ids) VALUES ('tickets', $1, $2)",
        str(ticket_id),
        bytes(3 * 16),
    )
    await desk.dispatch()
    (assigned,) = await desk.facts(ticket_id, "ticket.assigned")
    assert assigned["seen"] == {"intake": 1, "notify": 3}
