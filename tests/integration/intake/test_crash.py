"""An intake process that is killed for real, at each boundary: what was answered is on the log, and nothing twice."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.settings import Settings
from shared.log.record import read_attributes
from tests.integration.intake.conftest import Intake, read_log, running, settings_of, token
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.program import started
from tests.support.servers import TestServers
from tests.unit.intake.builders import a_visit

CONNECTIONS = 4
CONTACTS_MAX = 5_000


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "failpoints",
    [
        "intake.before_commit=kill:4",
        "intake.after_commit=kill:4",
        "relay.after_produce=kill:2",
        "reader.before_commit=kill:2",
        "reader.after_commit=kill:2",
    ],
)
async def test_law_1_a_kill_loses_nothing_and_doubles_nothing(
    failpoints: str, servers: TestServers, fresh_databases: FreshDatabases, tmp_path: Path, topic_prefix: str
) -> None:
    settings = await settings_of(servers, fresh_databases.new("intake"), tmp_path, topic_prefix)
    before, bodies = await post_until_killed(settings, failpoints)
    assert len(before) < len(bodies), "nothing was under way when the process died"
    async with running(settings) as intake:
        after = {body["visit_id"]: await intake.post(body) for body in bodies}
        await eventually(lambda: all_read(intake, len(bodies)), within_s=30)
    assert {visit_id: after[visit_id].content for visit_id in before} == before
    assert {answer.status_code for answer in after.values()} <= {200, 201}
    facts = [read_attributes(record.headers) for record in await read_log(settings)]
    tickets = Counter(fact.subject for fact in facts)
    assert sorted(tickets) == sorted(answer.json()["ticket_id"] for answer in after.values())
    assert set(tickets.values()) == {1}


async def post_until_killed(settings: Settings, failpoints: str) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Post to a process until it dies at `failpoints`; the answers that came, and all bodies that were tried."""
    environment = {
        "GONGDAN_KAFKA_BOOTSTRAP_SERVERS": settings.kafka,
        "GONGDAN_INTAKE_DATABASE_URL": settings.database_url("intake"),
        "GONGDAN_TOPIC_PREFIX": settings.topic_prefix,
        "GONGDAN_FAILPOINTS": failpoints,
    }
    arguments = ("serve", "--target", "intake", "--home", str(settings.home), "--port", "0")
    headers = {"authorization": f"Bearer {token(settings, 'integration', None)}"}
    answers: dict[str, bytes] = {}
    tried: list[dict[str, Any]] = []
    with started(*arguments, home=settings.home, environment=environment) as process:
        url = await eventually(lambda: said_address(settings.home / "printed.txt"), within_s=60)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:

            async def post_one_after_the_other() -> None:
                while len(tried) < CONTACTS_MAX:
                    tried.append(body := a_visit(visit_id=f"visit-{len(tried)}"))
                    answers[body["visit_id"]] = (await client.post("/intake/store/contacts", json=body)).content

            await asyncio.gather(*[post_one_after_the_other() for _ in range(CONNECTIONS)], return_exceptions=True)
        await eventually(lambda: process.poll() is not None, within_s=20)
    return answers, tried


def said_address(printed: Path) -> str | None:
    """Where the process says that it answers."""
    words = printed.read_text(encoding="utf-8").split("intake at ", maxsplit=1)
    return words[1].split()[0] if len(words) > 1 else None


async def all_read(intake: Intake, contacts: int) -> bool:
    """Whether all facts have gone to the log and come back."""
    return bool(
        await intake.pool.fetchval(
            "SELECT NOT EXISTS (SELECT 1 FROM outbox) AND (SELECT count(*) FROM contacts) = $1"
            " AND (SELECT count(*) FROM log_subjects) = $1",
            contacts,
        )
    )
