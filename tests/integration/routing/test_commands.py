"""Commands on real rows: races, versions, keys, scopes."""

import asyncio
from uuid import UUID

import pytest

from services.routing.handle.commands import MEET_S_MAX
from shared.errors import Refused
from shared.events.envelope import Event
from shared.ids import TechnicianId, uuid7
from shared.log.position import FactPosition, parse_position
from tests.integration.routing.desk import (
    AGENT,
    BOSS,
    OTHER_STORE,
    Desk,
    an_opened_event,
    as_technician,
    check_everything,
    technician,
)


async def an_offered_ticket(desk: Desk) -> tuple[UUID, TechnicianId]:
    (ticket_id,) = await desk.open()
    await desk.dispatch()
    (fact,) = await desk.facts(ticket_id, "ticket.assigned")
    return ticket_id, TechnicianId(fact["technician_id"])


async def test_of_two_accepts_at_once_one_writes(desk: Desk) -> None:
    ticket_id, holder = await an_offered_ticket(desk)
    by = as_technician(holder)
    answers = await asyncio.gather(*(desk.give(ticket_id, "accept", by) for _ in range(6)))
    assert sorted(len(answer["events"]) for answer in answers) == [0, 0, 0, 0, 0, 1]
    assert (await desk.types(ticket_id)).count("ticket.accepted") == 1


async def test_an_offer_is_either_accepted_or_expired(desk: Desk) -> None:
    for _ in range(6):
        ticket_id, holder = await an_offered_ticket(desk)
        await desk.make_due()
        await asyncio.gather(desk.answer_due(), desk.try_to(ticket_id, "accept", as_technician(holder)))
        types = await desk.types(ticket_id)
        assert types.count("ticket.accepted") + types.count("ticket.offer_expired") == 1
        await desk.give(ticket_id, "cancel", reason="next")
    await check_everything(desk)


async def test_deadlines_are_answered_once_by_several_workers(desk: Desk) -> None:
    ids = await desk.open(4)
    await desk.dispatch()
    await desk.make_due()
    await asyncio.gather(*(desk.answer_due() for _ in range(4)))
    await desk.answer_due()
    for ticket_id in ids:
        types = await desk.types(ticket_id)
        assert types.count("ticket.offer_expired") == 1
        assert "deadline.warned" not in types, "a warning after the end is none"


async def test_a_warning_comes_at_half_the_time_and_changes_no_state(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    await desk.pool.execute("UPDATE deadlines SET due_at = gongdan_now() WHERE stage = 'warn'")
    version = (await desk.state(ticket_id)).known.version
    await desk.answer_due()
    await desk.answer_due()
    assert (await desk.types(ticket_id)).count("deadline.warned") == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM deadlines") == 1
    answer = await desk.give(ticket_id, "accept", expected_version=version)
    assert [event["type"] for event in answer["events"]] == ["ticket.accepted"]


async def test_a_conflict_shows_what_came_in_between(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    seen = (await desk.state(ticket_id)).known.version
    await desk.give(ticket_id, "note", text="called")
    await desk.give(ticket_id, "accept")
    refused = await desk.try_to(ticket_id, "start", expected_version=seen)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.extra["version"]) == (409, seen + 2)
    events = refused.extra["events"]
    assert isinstance(events, list)
    assert [(event["type"], event["sequence"]) for event in events] == [
        ("ticket.noted", seen + 1),
        ("ticket.accepted", seen + 2),
    ]
    assert set(events[0]) == {
        "event_id",
        "type",
        "source",
        "sequence",
        "occurred_at",
        "recorded_at",
        "actor",
        "cause",
        "data",
        "summary",
    }


async def test_notes_and_what_intake_says_are_no_conflict(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    seen = (await desk.state(ticket_id)).known.version
    await desk.give(ticket_id, "note", text="called")
    await desk.give(ticket_id, "reply", text="we come")
    answer = await desk.give(ticket_id, "accept", expected_version=seen)
    assert answer["version"] == seen + 3


async def test_a_version_from_the_future_is_a_conflict(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    refused = await desk.try_to(ticket_id, "accept", expected_version=99)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.extra["events"]) == (409, [])


async def test_a_key_gets_its_first_answer_byte_for_byte_whatever_happened_since(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    seen = (await desk.state(ticket_id)).known.version
    first = await desk.give_raw(ticket_id, "note", key="k-1", text="called", expected_version=seen)
    await desk.give(ticket_id, "accept")
    assert await desk.give_raw(ticket_id, "note", key="k-1", text="called", expected_version=seen) == first
    assert (await desk.types(ticket_id)).count("ticket.noted") == 1


async def test_a_key_with_another_body_is_refused_and_belongs_to_its_actor_and_ticket(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    await desk.give(ticket_id, "note", key="k-1", text="called")
    refused = await desk.try_to(ticket_id, "note", key="k-1", text="other")
    assert isinstance(refused, Refused)
    assert refused.status == 422
    await desk.give(ticket_id, "note", BOSS, key="k-1", text="other")
    (another,) = await desk.open()
    await desk.give(another, "note", key="k-1", text="other")


async def test_the_same_key_many_times_at_once_writes_once(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    answers = await asyncio.gather(*(desk.give_raw(ticket_id, "note", key="k", text="x") for _ in range(8)))
    assert len(set(answers)) == 1
    assert (await desk.types(ticket_id)).count("ticket.noted") == 1


async def test_an_answer_names_a_position_that_the_read_model_can_wait_for(desk: Desk) -> None:
    ticket_id, _ = await an_offered_ticket(desk)
    answer = await desk.give(ticket_id, "accept")
    expected = FactPosition(str(ticket_id), {"/intake": 1, "/routing": answer["version"]})
    assert parse_position(answer["position"]) == expected


async def test_a_technician_commands_only_their_own(desk: Desk) -> None:
    ticket_id, holder = await an_offered_ticket(desk)
    foreign = as_technician(technician(0, OTHER_STORE), OTHER_STORE)
    other = next(one for one in (technician(0), technician(1)) if one != holder)
    for by in (foreign, as_technician(other)):
        refused = await desk.try_to(ticket_id, "accept", by)
        assert isinstance(refused, Refused)
        assert refused.status == 403


async def test_a_ticket_that_was_just_opened_is_waited_for(desk: Desk) -> None:
    ticket_id = uuid7()
    event: Event = an_opened_event(ticket_id)
    noting = asyncio.create_task(desk.give(ticket_id, "note", text="quick"))
    await asyncio.sleep(0)
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO log_subjects (topic, subject, intake_ids) VALUES ('tickets', $1, $2)",
            str(ticket_id),
            event.id.bytes,
        )
        await desk.read([event])
    desk.parts.waiters.wake()
    assert (await noting)["version"] == 2


@pytest.mark.timeout(10)
async def test_a_ticket_that_nobody_opened_is_not_found(desk: Desk) -> None:
    refused = await desk.try_to(uuid7(), "note", AGENT, text="?")
    assert isinstance(refused, Refused)
    assert refused.status == 404
    assert MEET_S_MAX <= 2
