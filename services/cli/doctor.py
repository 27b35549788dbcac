"""`gongdan doctor`: looks at the servers, the rights, the services and what waits for a person, and changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass

import aiohttp
import asyncpg
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from services.cli.answer import EXIT_FAILED, AsJson, answer
from services.cli.dead_letters import letters_of
from services.cli.door import Entrance, FrontDoor, find_entrance, open_door
from services.cli.prepare import kafka_of, newest_shape
from services.cli.settings import Home, common_settings
from services.cli.tickets import Url
from shared.errors import Refused, Unavailable
from shared.log.topics import find_differences, topic_cards
from shared.settings import SERVICES, CommonSettings, NotConfigured, ServiceName

CONNECT_S_MAX = 5
LAG_MAX = 10_000
"""Records behind the end of the log from which on a reader is said to be behind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_well: bool
    says: str


class Unwell(Exception):  # noqa: N818 - a finding, not an error of the program
    """Something is not as it should be; the message says what, and what to do."""


def doctor(home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Look at servers, rights, lag and dead letters; exit code 1 when something is not well."""
    findings = asyncio.run(_examine(common_settings(home=home), find_entrance(home, url)))
    answer([asdict(finding) for finding in findings], lambda: print_findings(findings), as_json=as_json)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(EXIT_FAILED)


async def _examine(settings: CommonSettings, entrance: Entrance) -> list[Finding]:
    async with open_door(entrance) as door:
        findings = [await _look("kafka", lambda: _kafka(settings))]
        for service in SERVICES:
            findings.append(await _look(f"{service}: database", lambda: _database(settings, service)))  # noqa: B023 - awaited at once
            findings.append(await _look(f"{service}: ready", lambda: _ready(door, service)))  # noqa: B023 - as above
            findings.append(await _look(f"{service}: dead letters", lambda: _letters(door, service)))  # noqa: B023 - as above
        findings.append(await _look("projection: lag", lambda: _lag(door)))
        return findings


async def _look(what: str, check: Callable[[], Awaitable[str]]) -> Finding:
    """The finding of one check; whatever is away or refused is a finding too."""
    try:
        return Finding(what, is_well=True, says=await check())
    except (Unwell, NotConfigured, Refused, Unavailable) as error:
        return Finding(what, is_well=False, says=str(error))
    except (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, aiohttp.ClientError) as error:
        return Finding(what, is_well=False, says=f"{type(error).__name__}: {error}")


async def _kafka(settings: CommonSettings) -> str:
    kafka = kafka_of(settings)
    admin = kafka.admin()
    await admin.start()
    try:
        missing = sorted({kafka.topic(card.name) for card in topic_cards()} - set(await admin.list_topics()))
        if missing:
            raise Unwell(f"topics are missing: {', '.join(missing)}; `gongdan topics apply` makes them")
        if differences := await find_differences(admin, kafka):
            raise Unwell("; ".join(differences))
    finally:
        await admin.close()
    return f"{settings.kafka}, topics as their cards say"


async def _database(settings: CommonSettings, service: ServiceName) -> str:
    connection = await asyncpg.connect(settings.database_url(service), timeout=CONNECT_S_MAX)
    try:
        version = connection.get_server_version()
        may_write = await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        has_table = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        revision = await connection.fetchval("SELECT version_num FROM alembic_version") if has_table else None
        outbox = await connection.fetchval("SELECT count(*) FROM outbox") if has_table else 0
    finally:
        await connection.close()
    if not may_write:
        raise Unwell("this user may not create tables here; GRANT CREATE ON SCHEMA to it")
    if revision != newest_shape(service):
        raise Unwell(
            f"its shape is {revision}, this program's is {newest_shape(service)}; `gongdan migrate` brings it there"
        )
    return f"PostgreSQL {version.major}.{version.minor}, shape {revision}, {outbox} events on their way to Kafka"


async def _ready(door: FrontDoor, service: ServiceName) -> str:
    await door.get(f"/{service}/health/ready", role="operator")
    return "yes"


async def _letters(door: FrontDoor, service: ServiceName) -> str:
    letters = await letters_of(door, service)
    if letters:
        raise Unwell(f"{len(letters)} wait; `gongdan dead-letters list --service {service}` shows them")
    return "none"


async def _lag(door: FrontDoor) -> str:
    partitions = (await door.get("/projection/readiness"))["partitions"]
    behind = sum(one["lag"] or 0 for one in partitions)
    if behind > LAG_MAX:
        raise Unwell(f"{behind} records behind the end of the log")
    return f"{behind} records"


def print_findings(findings: Iterable[Finding]) -> None:
    """One line for each, with a mark."""
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        mark, colour = ("well    ", "green") if finding.is_well else ("NOT WELL", "bold red")
        console.print(Text.assemble((mark, colour), f"  {finding.what:24} {finding.says}"))
