"""What callers are told while intake's servers are away: at once or within a named time, never a 500."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from services.intake.settings import Settings
from shared.clock import monotonic
from shared.database.pool import CANCEL_S_MAX, open_pool
from shared.http.limits import Limits, RouteLimits
from tests.integration.intake.conftest import Intake, running
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.proxy import Proxy, Weather, a_proxy, behind
from tests.unit.intake.builders import a_visit

SHORT_S = 0.4
CUT = Weather(is_cut=True)
SILENT = Weather(is_silent=True)
READS = ("/ledger", "/callers/13800138000", "/dead-letters")


@dataclass(frozen=True, slots=True)
class House:
    """An intake whose database is behind a link that can be bad; `url` is that of the database itself."""

    intake: Intake
    link: Proxy
    url: str

    async def contacts(self) -> int:
        """How many there are, asked without the link."""
        connection = await asyncpg.connect(self.url)
        try:
            count: int = await connection.fetchval(
                "SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM ledger) + (SELECT count(*) FROM outbox)"
            )
        finally:
            await connection.close()
        return count

    async def ask_all(self) -> list[httpx.Response]:
        """Three contacts and every kind of read at once."""
        contacts = [self.intake.post(a_visit(visit_id=f"v-{number}")) for number in range(3)]
        reads = [self.intake.call("GET", path, role="operator") for path in READS if path == "/dead-letters"]
        reads += [self.intake.call("GET", path, role="agent") for path in READS if path != "/dead-letters"]
        return list(await asyncio.gather(*contacts, *reads))


@pytest.fixture
async def house(fresh_databases: FreshDatabases, tmp_path: Path) -> AsyncIterator[House]:
    """Kafka is away throughout: that must not be noticed."""
    url = fresh_databases.new("intake")
    async with a_proxy(urlsplit(url).netloc.rpartition("@")[2]) as link:
        settings = Settings(home=tmp_path, kafka_bootstrap_servers="127.0.0.1:1", intake_database_url=behind(url, link))
        async with running(settings) as intake:
            yield House(intake, link, url)


def is_told_to_come_again(answer: httpx.Response) -> bool:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return int(answer.headers["retry-after"]) > 0


async def test_contacts_are_recorded_whether_kafka_lives_or_not(house: House) -> None:
    answer = await house.intake.post(a_visit())
    ready = await house.intake.call("GET", "/health/ready")
    assert (answer.status_code, ready.status_code) == (201, 200)
    assert "facts wait in the outbox" in ready.json()["checks"]["kafka"]


async def test_without_the_database_everybody_is_told_at_once_to_come_again_and_nothing_is_half_written(
    house: House,
) -> None:
    before = await house.contacts()
    house.link.set(CUT)
    began = monotonic()
    answers = await house.ask_all()
    assert all(map(is_told_to_come_again, answers))
    assert monotonic() - began < 3
    assert await house.contacts() == before
    house.link.set(Weather())
    assert (await house.intake.post(a_visit(visit_id="v-0"))).status_code == 201


async def test_a_connection_lost_while_nobody_used_it_is_not_noticed_by_the_next_contact(house: House) -> None:
    assert (await house.intake.post(a_visit(visit_id="first"))).status_code == 201
    house.link.cut()
    await house.intake.call("GET", "/ledger", role="agent")  # which may meet it, or not; all ended at once
    assert (await house.intake.post(a_visit(visit_id="second"))).status_code == 201


async def test_no_request_waits_longer_than_its_limit_for_a_database_that_says_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await house.intake.post(a_visit(visit_id="before"))).status_code == 201
    monkeypatch.setattr("services.intake.work.RECORD_S_MAX", SHORT_S)
    house.intake.app.edge.limits = Limits(route=RouteLimits(timeout_s=SHORT_S))
    house.link.set(SILENT)
    began = monotonic()
    assert all(map(is_told_to_come_again, await house.ask_all()))
    assert monotonic() - began < SHORT_S + CANCEL_S_MAX + 3
    assert (await house.intake.call("GET", "/health/live")).status_code == 200
    house.link.set(Weather())
    house.intake.app.edge.limits = Limits()

    async def records_again() -> bool:
        return (await house.intake.post(a_visit(visit_id="v-0"))).status_code in {200, 201}

    await eventually(records_again, within_s=15)


async def test_whoever_gives_up_on_a_frozen_server_is_free_after_a_named_time(house: House) -> None:
    pool = await open_pool(behind(house.url, house.link), application="test", size_min=1, size_max=1)
    try:
        await pool.fetchval("SELECT 1")
        house.link.set(SILENT)
        began = monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT_S), pool.acquire() as connection, connection.transaction():
                await connection.fetchval("SELECT 1")
        assert monotonic() - began < SHORT_S + CANCEL_S_MAX + 2
        house.link.set(Weather())
        assert await pool.fetchval("SELECT 1") == 1
    finally:
        pool.terminate()
