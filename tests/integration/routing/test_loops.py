"""Several processes' loops side by side on one database, over offers that end in no time."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from services.routing.consume import effect
from services.routing.store.answers import KEPT_DAYS, sweep_answers
from services.routing.work.deadlines import deadlines_forever
from services.routing.work.dispatch import CrewFailed, dispatch_forever, dispatch_round
from services.routing.work.supervise import Loops
from shared import clock
from shared.events.envelope import Draft, Event
from shared.events.fact import Seen
from shared.events.routing import TicketNoted
from shared.ids import uuid7
from shared.log.reader import OlderThanTheLog
from shared.policies import Policies
from tests.integration.routing.desk import STORE, Desk, admitted, an_opened_event, check_everything
from tests.support.eventually import eventually


async def run_processes(desk: Desk, count: int) -> list[asyncio.Task[None]]:
    def policies() -> Policies:
        return desk.parts.book.current

    loops = [dispatch_forever(desk.pool, desk.url, policies) for _ in range(count)]
    loops += [deadlines_forever(desk.pool, policies) for _ in range(count)]
    return [asyncio.create_task(loop) for loop in loops]


async def stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_several_processes_ask_each_technician_once_and_never_too_much(desk: Desk) -> None:
    await desk.set_up(technicians=3, capacity=2, accept_minutes=0.005)
    tasks = await run_processes(desk, 3)
    ids = await desk.open(20)

    async def is_settled() -> bool:
        states = [await desk.state(one) for one in ids]
        assert max((await desk.held()).values(), default=0) <= 2
        return all(getattr(state, "reason", "") == "all_declined" for state in states)

    await eventually(is_settled, within_s=40)
    await stop(tasks)
    for ticket_id in ids:
        asked = Counter(fact["technician_id"] for fact in await desk.facts(ticket_id, "ticket.assigned"))
        assert set(asked.values()) == {1}
        assert len(asked) == 3
        types = Counter(await desk.types(ticket_id))
        assert types["ticket.offer_expired"] == 3
        assert types["deadline.warned"] <= 3
    await check_everything(desk)


async def test_a_crew_that_our_code_fails_on_leaves_the_others_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.dispatch()
    (ticket_id,) = await desk.open()
    monkeypatch.setattr("services.routing.work.dispatch.match", lambda *_, **__: 1 / 0)
    with pytest.raises(CrewFailed) as failed:
        await dispatch_round(desk.pool, desk.parts.book.current)
    assert failed.value.store_id == STORE
    assert not await dispatch_round(desk.pool, desk.parts.book.current, but=[STORE])
    monkeypatch.undo()
    await desk.dispatch()
    assert (await desk.state(ticket_id)).status == "offered"


async def test_a_database_that_is_older_than_the_log_is_found(desk: Desk) -> None:
    (ticket_id,) = await desk.open()
    own: Event = Draft(
        subject=str(ticket_id),
        sequence=7,
        data=TicketNoted(seen=Seen(), text="from a life that this database forgot"),
        occurred_at=clock.now(),
        recorded_at=clock.now(),
        causation_id=ticket_id,
        correlation_id=ticket_id,
        actor="agent:li",
        purpose="command",
    ).event()
    async with desk.pool.acquire() as connection:
        with pytest.raises(OlderThanTheLog, match="older than the log"):
            await effect(lambda: desk.parts.book.current)(connection, [admitted(own)])


async def test_what_others_say_is_counted_as_seen(desk: Desk) -> None:
    ticket_id = uuid7()
    opened = an_opened_event(ticket_id)
    await desk.read([opened])
    await desk.give(ticket_id, "note", text="x")
    (noted,) = await desk.facts(ticket_id, "ticket.noted")
    assert noted["seen"] == {"intake": 1, "notify": 0}


async def test_old_answers_are_swept_and_young_ones_kept(desk: Desk) -> None:
    (ticket_id,) = await desk.open()
    for key in ("old", "young"):
        await desk.give(ticket_id, "note", key=key, text="x")
    age = timedelta(days=KEPT_DAYS, minutes=1)
    await desk.pool.execute("UPDATE commands SET answered_at = answered_at - $1::interval WHERE key = 'old'", age)
    assert await sweep_answers(desk.pool) == 1
    assert await desk.pool.fetchval("SELECT key FROM commands") == "young"
    # Coming again so late, it is a new command: its facts have ids of their own.
    await desk.give(ticket_id, "note", key="old", text="x")
    ids: list[UUID] = [row["event_id"] for row in await desk.pool.fetch("SELECT event_id FROM decisions")]
    assert len(set(ids)) == len(ids)


async def test_a_loop_that_fails_raises_an_alarm_and_goes_on() -> None:
    loops, calls = Loops(), []

    async def loop() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a bug of ours")
        await asyncio.Event().wait()

    async with loops.running(dispatch=loop):
        await eventually(lambda: len(calls) == 2)
    assert loops.alarms["dispatch"] == "RuntimeError"
