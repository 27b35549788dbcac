"""Topics: read from their cards, created with explicit settings, checked at every start."""

import asyncio
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

from shared.backoff import Backoff
from shared.log.kafka import Kafka

CARDS = Path(__file__).parents[1] / "contracts" / "topics"
KNOWN_WITHIN_S = 15.0
REPLICAS_MAX = 3
"""A topic gets as many replicas as there are brokers, up to this; with three, two must have a record before it is
acknowledged."""


class TopicsUnfit(Exception):  # noqa: N818 - for the operator: what is wrong with the cluster, and what to do
    """A topic is missing a right, or exists with other settings than its card's."""


@dataclass(frozen=True, slots=True)
class TopicCard:
    """What one topic is: who writes it, who reads it, how it is kept."""

    name: str
    holds: str
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int
    config: dict[str, str]
    types: dict[str, tuple[str, ...]]


@cache
def topic_cards() -> tuple[TopicCard, ...]:
    """All cards, by name."""
    return tuple(read_card(path) for path in sorted(CARDS.glob("*.yaml")))


def read_card(path: Path) -> TopicCard:
    """The card in one file."""
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    return TopicCard(
        name=card["name"],
        holds=card["holds"],
        key=card["key"],
        writers=tuple(card["writers"]),
        readers=tuple(card["readers"]),
        partitions=card["partitions"],
        config=card["config"],
        types={owner: tuple(types) for owner, types in card["types"].items()},
    )


def topics_written_by(service: str) -> tuple[str, ...]:
    """The topics whose card names `service` as a writer, its dead letters included: its relay fences all of them."""
    return tuple(card.name for card in topic_cards() if service in card.writers)


def partitions_of(name: str) -> range:
    """The partitions of our topic `name`."""
    return range(next(card.partitions for card in topic_cards() if card.name == name))


async def apply_topics(kafka: Kafka) -> list[str]:
    """Create the topics that are missing and check those that exist; answer the names of those made now.

    Raises TopicsUnfit with one line for each difference. Safe to call again, and from several processes at once.
    """
    admin = kafka.admin()
    try:
        await admin.start()
        made = await create_missing(admin, kafka)
        await wait_until_known(admin, kafka)
        differences = await find_differences(admin, kafka)
    finally:
        await admin.close()
    if differences:
        raise TopicsUnfit("\n".join(differences))
    return made


async def create_missing(admin: AIOKafkaAdminClient, kafka: Kafka) -> list[str]:
    """Create what is missing. aiokafka answers with error codes instead of raising: each is looked at."""
    existing = set(await admin.list_topics())
    missing = [card for card in topic_cards() if kafka.topic(card.name) not in existing]
    if not missing:
        return []
    brokers = len((await admin.describe_cluster())["brokers"])
    replicas = min(brokers, REPLICAS_MAX)
    response: Any = await admin.create_topics([new_topic(card, kafka, replicas=replicas) for card in missing])
    for error in response.topic_errors:
        raise_unless_made(error[0], error[1])
    return [card.name for card in missing]


async def wait_until_known(admin: AIOKafkaAdminClient, kafka: Kafka) -> None:
    """A broker says that a topic is made before it can say what it is like: wait for that, a bounded time."""
    names = [kafka.topic(card.name) for card in topic_cards()]
    backoff = Backoff()
    async with asyncio.timeout(KNOWN_WITHIN_S):
        while any(t["error_code"] or not t["partitions"] for t in await admin.describe_topics(names)):
            await backoff.wait()


def new_topic(card: TopicCard, kafka: Kafka, *, replicas: int) -> NewTopic:
    """What to ask the broker for."""
    in_sync = {"min.insync.replicas": "2"} if replicas == REPLICAS_MAX else {}
    return NewTopic(
        name=kafka.topic(card.name),
        num_partitions=card.partitions,
        replication_factor=replicas,
        topic_configs=card.config | in_sync,
    )


def raise_unless_made(name: str, code: int) -> None:
    """Sort one answer of the broker; another process that was faster is fine."""
    if code in {0, TopicAlreadyExistsError.errno}:
        return
    if code == TopicAuthorizationFailedError.errno:
        raise TopicsUnfit(f"topic {name}: this user may not create topics; grant CREATE, or create it from its card")
    raise TopicsUnfit(f"topic {name}: the broker refused to create it: {for_code(code).__name__}")


async def find_differences(admin: AIOKafkaAdminClient, kafka: Kafka) -> list[str]:
    """One line for each setting of an existing topic that is not its card's."""
    names = [kafka.topic(card.name) for card in topic_cards()]
    described = {topic["topic"]: topic for topic in await admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    settings: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for resource in response.resources:
            settings[resource[3]] = {entry[0]: entry[1] for entry in resource[4]}
    return [
        line
        for card in topic_cards()
        for line in differences_of(card, described[kafka.topic(card.name)], settings.get(kafka.topic(card.name), {}))
    ]


def differences_of(card: TopicCard, described: dict[str, Any], settings: dict[str, str]) -> list[str]:
    """Partition count and settings of one topic against its card."""
    lines = []
    found = len(described["partitions"])
    if found != card.partitions:
        lines.append(
            f"topic {described['topic']}: expected {card.partitions} partitions, got {found}; "
            "the count is frozen, use another topic prefix or move the log"
        )
    lines += [
        f"topic {described['topic']}: expected {key}={wanted}, got {settings.get(key)}; set it with kafka-configs"
        for key, wanted in card.config.items()
        if settings.get(key) != wanted and key != "min.insync.replicas"
    ]
    return lines
