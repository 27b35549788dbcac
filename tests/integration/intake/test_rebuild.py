"""Intake's own tables can be made again from the log; a database that is older than the log stops."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.intake.rebuild import rebuild
from shared.errors import Impossible
from shared.ids import random_id
from tests.integration.intake.conftest import Intake, read_log, running, settings_of
from tests.integration.intake.test_service import decide, has_status, is_with, queued_at, routed
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
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
