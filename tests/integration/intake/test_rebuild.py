"""Intake's own tables can be made again from the log; a database that is older than the log stops."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.rebuild import rebuild
from services.intake.rebuild.beside import Beside
from shared.errors import Impossible, Unavailable
from shared.events.envelope import Event
from shared.ids import random_id
from shared.log.kafka import Kafka
from tests.integration.intake.conftest import Intake, read_log, running, settings_of
from tests.integration.intake.test_service import decide, has_status, is_with, queued_at, routed
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.log import a_decision, a_stranger, an_event, put
from tests.support.servers import TestServers, new_topic_prefix
from tests.unit.intake.builders import a_call, a_visit

LIVE = """
    SELECT c.*, t.day, t.serial, t.related_ticket_ids, t.intake_sequence, t.opened_at, t.last_recorded_at,
           t.customer_id AS owner, t.phone AS caller, t.contact_id AS opening
    FROM contacts c JOIN tickets t USING (ticket_id) ORDER BY c.channel, c.external_id
"""


@pytest.fixture
async def filled(
    servers: TestServers, fresh_databases: FreshDatabases, tmp_path: Path
) -> AsyncIterator[tuple[Intake, list[dict[str, Any]]]]:
    """An intake of its own with visits, calls and follow-ups, all of them on the log; and the bodies."""
    prefix = new_topic_prefix(servers)
    settings = await settings_of(servers, fresh_databases.new("intake"), tmp_path, prefix)
    async with running(settings) as intake:
        visits = [a_visit(visit_id=f"v-{number}") for number in range(12)]
        answers = await asyncio.gather(*[intake.post(body) for body in visits])
        number = answers[3].json()["ticket_number"]
        calls = [a_call(call_id=f"c-{n}", ticket_number=number, caller="anonymous") for n in range(5)]
        await asyncio.gather(*[intake.post(body, channel="phone") for body in calls])
        await intake.post(visits[0])
        await eventually(lambda: is_empty(intake.pool))
        yield intake, visits


async def is_empty(pool: asyncpg.Pool) -> bool:
    """Whether all facts are on the log."""
    return not await pool.fetchval("SELECT count(*) FROM outbox")


async def rows(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    """Contacts and tickets as they are now."""
    return [tuple(row) for row in await pool.fetch(LIVE)]


async def test_law_2_the_tables_equal_those_rebuilt_from_the_log(filled: tuple[Intake, Any]) -> None:
    intake, _ = filled
    report = await rebuild(intake.settings)
    assert (report.contacts, report.tickets, report.different, report.exchanged) == (17, 12, 0, False)


async def test_lost_tables_come_back_from_the_log_with_the_same_answers(filled: tuple[Intake, Any]) -> None:
    intake, visits = filled
    before, answer = await rows(intake.pool), await intake.post(visits[3])
    await intake.pool.execute("TRUNCATE contacts, tickets, day_counter, ledger")
    report = await rebuild(intake.settings)
    assert (report.not_in_database, report.exchanged) == (17, True)
    assert await rows(intake.pool) == before
    again = await intake.post(visits[3])
    assert (again.status_code, again.content) == (200, answer.content)
    new = await intake.post(a_visit(visit_id="after"))
    assert new.json()["ticket_number"][-7:-1] > answer.json()["ticket_number"][-7:-1]
    assert (await intake.call("GET", "/ledger", role="auditor")).json()["adds_up"]


async def test_a_row_that_is_not_as_the_log_says_is_put_right(filled: tuple[Intake, Any]) -> None:
    intake, _ = filled
    before = await rows(intake.pool)
    await intake.pool.execute("UPDATE contacts SET digest = '\\x00' WHERE external_id = 'v-1'")
    report = await rebuild(intake.settings)
    assert (report.different, report.exchanged) == (1, True)
    assert await rows(intake.pool) == before


async def test_the_store_of_a_ticket_comes_back_from_the_log(filled: tuple[Intake, Any]) -> None:
    intake, visits = filled
    ticket_id = (await intake.post(visits[5])).json()["ticket_id"]
    await decide(intake, ticket_id, routed("hz-wulin"), queued_at("hz-wulin"))
    await eventually(lambda: has_status(intake, ticket_id, "queued", sequence=2))
    await intake.pool.execute("UPDATE tickets SET store_id = NULL")
    report = await rebuild(intake.settings)
    assert (report.different, report.exchanged) == (1, True)
    assert await is_with(intake, ticket_id, "hz-wulin")


async def test_a_contact_that_the_log_does_not_have_is_an_alarm_and_nothing_changes(
    filled: tuple[Intake, Any],
) -> None:
    intake, _ = filled
    await intake.pool.execute(
        "INSERT INTO contacts SELECT channel, 'ghost', contact_id, digest, disposition, ticket_id, sequence, "
        "recorded_at, customer_id, phone, excerpt FROM contacts LIMIT 1"
    )
    before = await rows(intake.pool)
    with pytest.raises(Impossible, match="ghost"):
        await rebuild(intake.settings)
    assert await rows(intake.pool) == before


async def test_a_database_that_is_older_than_the_log_stops_recording_with_one_alarm(
    filled: tuple[Intake, Any], fresh_databases: FreshDatabases
) -> None:
    intake, visits = filled
    records = len(await read_log(intake.settings))
    empty = intake.settings.model_copy(update={"intake_database_url": fresh_databases.new("intake")})
    async with running(empty) as older:
        await eventually(lambda: is_stopped(older), within_s=20)
        answer = await older.post(visits[0] | {"visit_id": str(random_id())})
        assert answer.status_code == 503
        assert "older than the log" in answer.json()["detail"]
    assert len(await read_log(intake.settings)) == records

    report = await rebuild(empty)
    assert report.not_in_database == 17
    async with running(empty) as healed:
        original, again = await intake.post(visits[5]), await healed.post(visits[5])
        assert (again.status_code, again.content) == (200, original.content)
        assert (await healed.post(visits[0] | {"visit_id": str(random_id())})).status_code == 201


async def is_stopped(intake: Intake) -> bool:
    """Whether readiness says that nothing is recorded."""
    answer = await intake.call("GET", "/health/ready")
    return answer.status_code == 503 and "older than the log" in str(answer.json()["checks"])


async def stop_by(intake: Intake, event: Event) -> str:
    """Let a stranger write `event`, and wait until it stopped its ticket; the id of its letter."""
    kafka = Kafka(intake.settings.kafka, intake.settings.topic_prefix)
    async with a_stranger(kafka) as producer:
        await put(producer, kafka, event)
    letters = "SELECT id FROM dead_letters WHERE subject = $1 AND status = 'waiting'"
    return str(await eventually(lambda: intake.pool.fetchval(letters, event.subject), within_s=20))


async def discard(intake: Intake, letter_id: str) -> None:
    """Give a record up, as an operator does."""
    answer = await intake.call("POST", f"/dead-letters/{letter_id}/discard", role="operator")
    assert answer.status_code == 200, answer.text


async def follow_up(intake: Intake, opening: dict[str, Any], name: str) -> None:
    """One more contact of the ticket that `opening` opened, and its fact on the log."""
    body = a_visit(visit_id=name, ticket_number=opening["ticket_number"])
    assert (await intake.post(body)).json()["disposition"] == "follow_up"
    await eventually(lambda: is_empty(intake.pool))


async def test_contacts_behind_a_record_that_a_person_discarded_are_in_the_log(filled: tuple[Intake, Any]) -> None:
    intake, visits = filled
    opening = (await intake.post(visits[5])).json()
    letter_id = await stop_by(intake, a_decision(UUID(opening["ticket_id"]), 9))
    await follow_up(intake, opening, "behind")
    await discard(intake, letter_id)
    await decide(intake, opening["ticket_id"], routed("hz-wulin"), queued_at("hz-wulin"))
    await eventually(lambda: has_status(intake, opening["ticket_id"], "queued", sequence=2))

    report = await rebuild(intake.settings)

    assert (report.contacts, report.different, report.exchanged) == (18, 0, False)
    assert (report.behind_stopped, report.set_aside) == (0, 0)


async def test_contacts_of_a_ticket_that_is_still_stopped_come_back_and_are_counted_apart(
    filled: tuple[Intake, Any],
) -> None:
    intake, visits = filled
    opening = (await intake.post(visits[5])).json()
    letter_id = await stop_by(intake, a_decision(UUID(opening["ticket_id"]), 9))
    await follow_up(intake, opening, "behind")
    before = await rows(intake.pool)
    await intake.pool.execute("UPDATE log_database SET halted = 'older'")

    report = await rebuild(intake.settings)
    assert (report.different, report.behind_stopped, report.exchanged) == (0, 1, False)
    assert await intake.pool.fetchval("SELECT halted FROM log_database") is None

    await intake.pool.execute("TRUNCATE contacts, tickets, day_counter")
    report = await rebuild(intake.settings)
    assert (report.not_in_database, report.behind_stopped, report.exchanged) == (18, 1, True)
    assert await rows(intake.pool) == before

    await discard(intake, letter_id)
    await follow_up(intake, opening, "after")
    report = await rebuild(intake.settings)
    assert (report.contacts, report.different, report.behind_stopped) == (19, 0, 0)


async def test_a_contact_whose_fact_is_in_conflict_stays_as_it_is(filled: tuple[Intake, Any]) -> None:
    intake, visits = filled
    opening = (await intake.post(visits[5])).json()
    cause = random_id()
    await intake.pool.execute(
        "INSERT INTO contacts SELECT channel, 'loser', $1, digest, disposition, ticket_id, sequence, "
        "recorded_at, customer_id, phone, excerpt FROM contacts WHERE external_id = 'v-5'",
        cause,
    )
    await stop_by(intake, an_event(UUID(opening["ticket_id"]), cause=cause))
    before = await rows(intake.pool)
    await intake.pool.execute("UPDATE contacts SET digest = '\\x00' WHERE external_id = 'v-1'")

    report = await rebuild(intake.settings)

    assert (report.contacts, report.set_aside, report.different, report.exchanged) == (18, 1, 1, True)
    assert await rows(intake.pool) == before


async def test_what_comes_while_the_log_is_read_goes_on_from_the_rows_beside(
    filled: tuple[Intake, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, visits = filled
    opening = (await intake.post(visits[5])).json()
    advance, passes = Beside.advance, 0

    async def advance_while_more_comes(beside: Beside) -> None:
        nonlocal passes
        await advance(beside)
        passes += 1
        if passes == 1:
            await follow_up(intake, opening, "meanwhile")
            await decide(intake, opening["ticket_id"], routed("hz-wulin"), queued_at("hz-wulin"))
            await intake.post(a_visit(visit_id="new"))
            await eventually(lambda: is_empty(intake.pool))
            await eventually(lambda: has_status(intake, opening["ticket_id"], "queued", sequence=2))

    monkeypatch.setattr(Beside, "advance", advance_while_more_comes)
    report = await rebuild(intake.settings)

    assert (report.contacts, report.tickets, report.different, report.not_in_database) == (19, 13, 0, 0)


async def test_a_letter_that_is_settled_while_the_log_is_read_ends_the_rebuild(
    filled: tuple[Intake, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, visits = filled
    opening = (await intake.post(visits[5])).json()
    letter_id = await stop_by(intake, a_decision(UUID(opening["ticket_id"]), 9))
    begin = Beside.begin

    async def begin_late(beside: Beside) -> None:
        await discard(intake, letter_id)
        await begin(beside)

    with monkeypatch.context() as patched:
        patched.setattr(Beside, "begin", begin_late)
        with pytest.raises(Unavailable, match="settled"):
            await rebuild(intake.settings)
    assert (await rebuild(intake.settings)).different == 0


async def test_an_opening_that_cannot_be_read_and_that_the_database_lost_is_an_alarm(
    filled: tuple[Intake, Any],
) -> None:
    intake, _ = filled
    kafka = Kafka(intake.settings.kafka, intake.settings.topic_prefix)
    async with a_stranger(kafka) as producer:
        await put(producer, kafka, an_event(random_id()), value=b"{")
    with pytest.raises(Impossible, match="cannot be taken in"):
        await rebuild(intake.settings)
