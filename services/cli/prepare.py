"""What servers need before services run on them: tables in the newest shape, and topics as their cards say."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from shared.database.create import create_missing
from shared.database.pool import connect
from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from shared.settings import SERVICES, CommonSettings, ServiceName

ROOT = Path(__file__).parents[2]
VERSIONS = "services/{service}/migrations/versions"


async def prepare(settings: CommonSettings) -> None:
    """Make and migrate all databases and apply all topics; again and again without harm."""
    await create_missing({service: settings.database_url(service) for service in SERVICES})
    await asyncio.gather(_migrate_those_behind(settings), make_topics(settings))


async def _migrate_those_behind(settings: CommonSettings) -> None:
    """A start on tables of the newest shape needs no Alembic, which costs a second and 40 MB to load.

    Where it is needed it works in a process of its own: this one is here to stay, and would never give them back.
    """
    shapes = [(service, await shape_of(settings.database_url(service))) for service in SERVICES]
    behind = [service for service, shape in shapes if shape != newest_shape(service)]
    if behind:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            await asyncio.get_running_loop().run_in_executor(apart, migrate_databases, settings, behind)


async def shape_of(url: str) -> str | None:
    """The revision of a database's tables, None where there are none."""
    connection = await connect(url, application="gongdan-prepare")
    try:
        has_tables = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        shape: str | None = await connection.fetchval("SELECT version_num FROM alembic_version") if has_tables else None
        return shape
    finally:
        await connection.close()


def newest_shape(service: ServiceName) -> str:
    """The newest revision that this program knows: migrations are files that begin with their revision."""
    files = (ROOT / VERSIONS.format(service=service)).glob("[0-9]*.py")
    return max(file.stem.partition("_")[0] for file in files)


def migrate_databases(settings: CommonSettings, services: Iterable[ServiceName] = SERVICES) -> dict[ServiceName, str]:
    """Answer the revision of each database. One after the other: Alembic's context belongs to the whole process."""
    from shared.database.migrate import migrate

    return {service: migrate(settings.database_url(service), service) for service in services}


async def make_topics(settings: CommonSettings) -> list[str]:
    """Answer the names of the topics that were missing. Errors: TopicsUnfit where one differs from its card."""
    return await apply_topics(kafka_of(settings))


def kafka_of(settings: CommonSettings) -> Kafka:
    """The cluster that these settings name."""
    return Kafka(settings.kafka, settings.topic_prefix)
