"""The doctor names what is wrong, in one line, and what to do."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from services.cli.doctor.databases import examine_database
from services.cli.doctor.finding import Finding, Unwell, room
from services.cli.doctor.kafka import examine_kafka
from services.cli.doctor.services import examine_service
from services.cli.door import Entrance, open_door
from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from shared.settings import CommonSettings
from tests.support.databases import FreshDatabases, named
from tests.support.servers import TestServers


@pytest.fixture
def settings(
    servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str, tmp_path: Path
) -> CommonSettings:
    return CommonSettings(
        home=tmp_path,
        kafka_bootstrap_servers=servers.kafka,
        topic_prefix=topic_prefix,
        notify_database_url=fresh_databases.new("notify"),
    )


@pytest.fixture
async def database(settings: CommonSettings) -> Any:
    connection = await asyncpg.connect(settings.database_url("notify"))
    yield connection
    await connection.close()


async def of(examined: Awaitable[list[Finding]]) -> dict[str, tuple[bool, str]]:
    """The findings by what was looked at."""
    return {finding.what: (finding.is_well, finding.says) for finding in await examined}


async def test_a_sound_database_is_well_in_every_line(settings: CommonSettings) -> None:
    found = await of(examine_database(settings, "notify"))
    assert all(is_well for is_well, _ in found.values()), found
    assert [what.partition(": ")[2] for what in found] == [
        "database",
        "rights",
        "clock",
        "outbox",
        "stopped tickets",
        "dead letters",
    ]


SICK = {
    "outbox": (
        (
            "INSERT INTO outbox (record_id, topic, headers, written_at) "
            "VALUES (gen_random_uuid(), 'tickets', '', now() - interval '1 hour')"
        ),
        "1 events on their way to Kafka, the oldest for 3600 s",
    ),
    "stopped tickets": (
        "INSERT INTO log_subjects (topic, subject, stopped) VALUES ('tickets', '0192', 'gap: expected sequence 3')",
        "1: 0192 (gap); `gongdan dead-letters list` says why",
    ),
    "dead letters": (
        (
            'INSERT INTO dead_letters (id, topic, partition, "offset", headers, kind, reason) '
            "VALUES (gen_random_uuid(), 'tickets', 0, 7, '[]', 'newer', '')"
        ),
        "1 newer wait; `gongdan dead-letters list --service notify` shows them; newer: start the newer program",
    ),
    "database": ("UPDATE alembic_version SET version_num = '0000'", "`gongdan migrate` brings it there"),
}


@pytest.mark.parametrize("what", SICK)
async def test_what_is_wrong_is_named_with_what_to_do(
    settings: CommonSettings, database: asyncpg.Connection, what: str
) -> None:
    sickness, words = SICK[what]
    await database.execute(sickness)
    is_well, says = (await of(examine_database(settings, "notify")))[f"notify: {what}"]
    assert not is_well
    assert words in says


async def test_a_database_of_a_newer_program_is_not_to_be_migrated(
    settings: CommonSettings, database: asyncpg.Connection
) -> None:
    await database.execute("UPDATE alembic_version SET version_num = '9999'")
    found = await of(examine_database(settings, "notify"))
    assert "start the newer program" in found["notify: database"][1]


async def test_a_missing_right_is_named(settings: CommonSettings, database: asyncpg.Connection) -> None:
    user = f"reader_{urlsplit(settings.database_url('notify')).path[-8:]}"
    await database.execute(
        f"CREATE ROLE {user} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"
    )
    try:
        parts = urlsplit(settings.database_url("notify"))
        url = urlunsplit(parts._replace(netloc=f"{user}:x@{parts.netloc.rpartition('@')[2]}"))
        found = await of(examine_database(settings.model_copy(update={"notify_database_url": url}), "notify"))
    finally:
        await database.execute(f"DROP OWNED BY {user}; DROP ROLE {user}")
    is_well, says = found["notify: rights"]
    assert not is_well
    assert says.startswith("this user lacks CREATE on schema public, DELETE on ")


async def test_a_missing_database_says_what_makes_it(settings: CommonSettings) -> None:
    nowhere = settings.model_copy(update={"notify_database_url": named(settings.database_url("notify"), "nowhere")})
    assert await of(examine_database(nowhere, "notify")) == {
        "notify: database": (False, 'database "nowhere" does not exist; `gongdan migrate` makes it')
    }


async def test_sound_topics_rights_and_disks_are_seen(settings: CommonSettings) -> None:
    assert "topics are missing" in (await of(examine_kafka(settings)))["kafka: topics"][1]
    await apply_topics(Kafka(settings.kafka, settings.topic_prefix))
    found = await of(examine_kafka(settings))
    assert [found[f"kafka: {what}"][0] for what in ("answers", "topics", "rights")] == [True, True, True]
    assert "GiB free at broker" in found["kafka: disk"][1]


@pytest.mark.parametrize(
    ("examine", "what"),
    [
        (examine_kafka, "kafka: answers"),
        (lambda settings: examine_database(settings, "notify"), "notify: database"),
    ],
)
async def test_a_server_that_is_away_is_one_line(
    settings: CommonSettings, examine: Callable[[CommonSettings], Awaitable[list[Finding]]], what: str
) -> None:
    away = {"kafka_bootstrap_servers": "127.0.0.1:1", "notify_database_url": "postgresql://u:p@127.0.0.1:1/d"}
    found = await of(examine(settings.model_copy(update=away)))
    assert [(name, is_well) for name, (is_well, _) in found.items()] == [(what, False)]


async def test_kafka_that_is_away_says_what_goes_on_meanwhile(settings: CommonSettings) -> None:
    away = settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    says = (await of(examine_kafka(away)))["kafka: answers"][1]
    assert says.startswith("127.0.0.1:1 does not answer: contacts are kept meanwhile")


async def test_a_service_that_does_not_answer_is_one_line() -> None:
    entrance = Entrance("http://127.0.0.1:1", dict.fromkeys(("auditor", "operator"), "x"))
    async with open_door(entrance) as door:
        found = await of(examine_service(door, "notify"))
    assert [(name, is_well) for name, (is_well, _) in found.items()] == [("notify: ready", False)]


def test_a_disk_that_is_nearly_full_is_named_with_where_it_is() -> None:
    assert room(50 << 30, 100 << 30, "/data") == "50.0 of 100.0 GiB free at /data"
    with pytest.raises(Unwell, match=r"nearly full: 4\.0 of 100\.0 GiB free at /data"):
        room(4 << 30, 100 << 30, "/data")
