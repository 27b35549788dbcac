"""What servers need before services run on them: tables in the newest shape, and topics as their cards say."""

import asyncio
from collections.abc import Iterable

from shared.database.create import create_missing
from shared.database.migrate import migrate
from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from shared.settings import SERVICES, CommonSettings, ServiceName


async def prepare(settings: CommonSettings) -> None:
    """Make and migrate all databases and apply all topics; again and again without harm."""
    await create_missing({service: settings.database_url(service) for service in SERVICES})
    await asyncio.gather(asyncio.to_thread(migrate_databases, settings), make_topics(settings))


def migrate_databases(settings: CommonSettings, services: Iterable[ServiceName] = SERVICES) -> dict[ServiceName, str]:
    """Answer the revision of each database. One after the other: Alembic's context belongs to the whole process."""
    return {service: migrate(settings.database_url(service), service) for service in services}


async def make_topics(settings: CommonSettings) -> list[str]:
    """Answer the names of the topics that were missing. Errors: TopicsUnfit where one differs from its card."""
    return await apply_topics(kafka_of(settings))


def kafka_of(settings: CommonSettings) -> Kafka:
    """The cluster that these settings name."""
    return Kafka(settings.kafka, settings.topic_prefix)
