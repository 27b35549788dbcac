"""Kafka: whether it answers, whether topics are as their cards say, what this user may do, how full the disks are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ClusterAuthorizationFailedError, IncompatibleBrokerVersion, KafkaConnectionError

from services.cli.doctor.finding import LOOK_S_MAX, Finding, Unwell, look, room
from services.cli.prepare import kafka_of
from shared.log.kafka import Kafka
from shared.log.log_dirs import read_disks
from shared.log.topic_ids import read_topic_rights
from shared.log.topics import TopicCard, find_differences, topic_cards
from shared.settings import CommonSettings


async def examine_kafka(settings: CommonSettings) -> list[Finding]:
    """The findings about Kafka; the later ones are left out where it does not answer."""
    answers = await look("kafka: answers", lambda: _answers(settings))
    if not answers.is_well:
        return [answers]
    kafka = kafka_of(settings)
    return [
        answers,
        await look("kafka: topics", lambda: _topics(kafka)),
        await look("kafka: rights", lambda: _rights(kafka)),
        await look("kafka: disk", lambda: _disk(kafka)),
    ]


@asynccontextmanager
async def _asked(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = kafka.admin()
    async with asyncio.timeout(LOOK_S_MAX):
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


async def _answers(settings: CommonSettings) -> str:
    try:
        async with _asked(kafka_of(settings)) as admin:
            brokers = (await admin.describe_cluster())["brokers"]
    except (TimeoutError, OSError, KafkaConnectionError) as error:
        logs = settings.home / "logs"
        raise Unwell(
            f"{settings.kafka} does not answer: contacts are kept meanwhile, nothing is decided or told; see its log"
            + (f" in {logs}" if logs.exists() else "")
            + " and the way to it, and start it again: what waits goes on by itself"
        ) from error
    return f"{settings.kafka}, {len(brokers)} broker{'s' if len(brokers) > 1 else ''}"


async def _topics(kafka: Kafka) -> str:
    async with _asked(kafka) as admin:
        missing = sorted({kafka.topic(card.name) for card in topic_cards()} - set(await admin.list_topics()))
        if missing:
            raise Unwell(f"topics are missing: {', '.join(missing)}; `gongdan topics apply` makes them")
        if differences := await find_differences(admin, kafka):
            raise Unwell("; ".join(differences))
    return "as their cards say"


async def _rights(kafka: Kafka) -> str:
    """Rights on groups and transactional ids cannot be asked without using them: `… ready` says when they lack."""
    async with _asked(kafka) as admin:
        rights = await read_topic_rights(admin, [kafka.topic(card.name) for card in topic_cards()])
    lacking = {kafka.topic(card.name): sorted(needed(card) - rights[kafka.topic(card.name)]) for card in topic_cards()}
    if lines := [f"{topic} lacks {', '.join(which)}" for topic, which in lacking.items() if which]:
        raise Unwell(f"{'; '.join(lines)}: grant it to this user")
    return "this user may read and write what its services read and write"


def needed(card: TopicCard) -> frozenset[str]:
    """What the services together do with a topic."""
    rights = {"DESCRIBE", "DESCRIBE_CONFIGS"}
    return frozenset(rights | ({"WRITE"} if card.writers else set()) | ({"READ"} if card.readers else set()))


async def _disk(kafka: Kafka) -> str:
    try:
        async with _asked(kafka) as admin:
            disks = await read_disks(admin)
    except (ClusterAuthorizationFailedError, IncompatibleBrokerVersion):
        return "not known: it takes DESCRIBE on the cluster, and Kafka 3.3 or newer"
    known = [disk for disk in disks if disk.total_bytes >= 0]
    if not known:
        return "not known: the brokers do not tell"
    fullest = min(known, key=lambda disk: disk.free_bytes)
    return room(fullest.free_bytes, fullest.total_bytes, f"broker {fullest.broker}, {fullest.folder}")
