"""Notify running on real servers, with the log written by the test in place of intake and routing."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from services.notify.main import build
from services.notify.settings import Settings
from shared.clock import now
from shared.events.envelope import Attributes, Event
from shared.events.fact import Fact
from shared.events.policies import PolicyPublished
from shared.events.registry import decode
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from shared.ids import derived_id
from shared.log.kafka import Kafka
from shared.log.record import headers_of, is_fence, read_attributes, value_of
from shared.log.topics import apply_topics, partitions_of
from tests.support.eventually import eventually
from tests.unit.notify.happenings import POLICY_BODIES, an_event


@dataclass(slots=True)
class House:
    """The servers of one test, and what it has written so far."""

    kafka: Kafka
    url: str
    home: Path
    sequences: dict[tuple[UUID, str], int] = field(default_factory=dict)

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {
            "home": self.home,
            "kafka_bootstrap_servers": self.kafka.bootstrap_servers,
            "topic_prefix": self.kafka.topic_prefix,
            "notify_database_url": self.url,
            "notify_webhook_private": True,
            "notify_retry_delay_s_first": 0.05,
            "notify_retry_delay_s_max": 0.2,
            "notify_lease_s": 1.5,
        }
        if "notify_smtp_url" in changes:
            changes["notify_smtp_url"] = SecretStr(changes["notify_smtp_url"])
        return Settings(**(given | changes))

    def event(self, fact: Fact, ticket_id: UUID, **more: Any) -> Event:
        """The next event of its source about a ticket, now."""
        key = (ticket_id, fact.SOURCE)
        self.sequences[key] = self.sequences.get(key, 0) + 1
        return an_event(fact, sequence=self.sequences[key], ticket_id=ticket_id, **({"at": now()} | more))

    async def write(self, *events: Event, topic: str = "tickets") -> None:
        """Put events on the log, in order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka.bootstrap_servers, acks="all")
        await producer.start()
        try:
            for event in events:
                await producer.send_and_wait(
                    self.kafka.topic(topic), value_of(event), key=event.subject.encode(), headers=headers_of(event)
                )
        finally:
            await producer.stop()

    async def publish_policies(self, **changes: Any) -> None:
        """Publish the policies of the test's store; `changes` by `kind_name`."""
        events = []
        for (kind, name), body in POLICY_BODIES.items():
            fact = PolicyPublished(kind=kind, name=name, version=1, body=changes.get(kind, body))
            event = an_event(fact, at=now(), ticket_id=derived_id(kind, name))
            events.append(Event(**{**_fields(event), "subject": f"{kind}/{name}"}))
        await self.write(*events, topic="policies")

    async def own_facts(self) -> list[tuple[Attributes, Fact]]:
        """Notify's own facts on the log, in order per ticket."""
        consumer = self.kafka.consumer()
        await consumer.start()
        places = [TopicPartition(self.kafka.topic("tickets"), number) for number in partitions_of("tickets")]
        consumer.assign(places)
        found = []
        try:
            ends = await consumer.end_offsets(places)
            for place in places:
                consumer.seek(place, 0)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [record for record in records if not is_fence(record.headers)]
        finally:
            await consumer.stop()
        read = [(read_attributes(record.headers), record.value) for record in found]
        return [(one, decode(one.type, one.version, value)) for one, value in read if one.source == "/notify"]

    async def told(self, count: int) -> bool:
        """Whether the log holds this many facts of notify."""
        return len(await self.own_facts()) == count


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in (*Attributes.__dataclass_fields__, "data")}


@dataclass(frozen=True, slots=True)
class Running:
    """Notify, running."""

    client: httpx.AsyncClient
    pool: asyncpg.Pool
    tokens: dict[str, str]

    async def get(self, path: str, role: str = "agent", **query: Any) -> Any:
        response = await self.client.get(f"/notify{path}", params=query, headers=self.bearer(role))
        assert response.status_code == 200, response.text
        return response.json()

    async def call(self, method: str, path: str, role: str = "agent", **more: Any) -> httpx.Response:
        return await self.client.request(method, f"/notify{path}", headers=self.bearer(role), **more)

    async def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/deliveries", limit=1000, **query))["items"]
        return found

    async def mails(self, **query: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(reversed((await self.get("/mailbox", limit=1000, **query))["items"]))

    async def ended(self, count: int) -> bool:
        """Whether there are this many deliveries and all of them have ended."""
        found = await self.deliveries()
        return len(found) == count and {one["status"] for one in found} <= {"sent", "failed", "suppressed"}

    async def has_one(self, status: str, *, tried: bool) -> bool:
        """Whether there is one delivery, of this status, and it was tried or not."""
        found = [(one["status"], one["attempts"] > 0) for one in await self.deliveries()]
        return found == [(status, tried)]

    async def has_more_mails_than(self, count: int) -> bool:
        return len(await self.mails()) > count

    def bearer(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[role]}"}


def tokens_of(settings: Settings, store_id: str) -> dict[str, str]:
    """A token of each role; the store's and the technician's for `store_id`; a foreign store's and integration's."""
    key = load_key(home=settings.home, token_key=settings.token_key)
    tokens = {role: issue_token(key, role=role, name=role) for role in ("integration", "agent", "boss", "auditor")}
    tokens["operator"] = issue_token(key, role="operator", name="operator")
    tokens["store"] = issue_token(key, role="store", name="clerk", store_id=store_id)
    tokens["technician"] = issue_token(key, role="technician", name="lin", store_id=store_id, technician_id="t-lin")
    tokens["stranger"] = issue_token(key, role="integration", name="stranger")
    tokens["foreign"] = issue_token(key, role="store", name="other", store_id="hz-other")
    return tokens


@asynccontextmanager
async def running(settings: Settings, *, store_id: str = "hz-wulin") -> AsyncIterator[Running]:
    """Notify with its relay, readers and workers, from start to stop."""
    app: Any = build(settings)
    async with app.lifetime():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://notify.test") as client:
            await eventually(lambda: _is_ready(client), within_s=20)
            await eventually(lambda: app.state.readers.tickets.state.partitions, within_s=20)
            yield Running(client, app.state.pool, tokens_of(settings, store_id))


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/notify/health/ready")).status_code == 200


@asynccontextmanager
async def dying(house: House, place: str, **environment: str) -> AsyncIterator[None]:
    """Notify in a process of its own that kills itself at the failpoint `place`; at the end it must have done so."""
    settings = house.settings()
    given = {
        **os.environ,  # noqa: TID251 - the child runs where the test runs
        "GONGDAN_HOME": str(settings.home),
        "GONGDAN_KAFKA_BOOTSTRAP_SERVERS": settings.kafka,
        "GONGDAN_TOPIC_PREFIX": settings.topic_prefix,
        "GONGDAN_NOTIFY_DATABASE_URL": house.url,
        "GONGDAN_NOTIFY_LEASE_S": str(settings.notify_lease_s),
        "GONGDAN_FAILPOINTS": f"{place}=kill",
        **environment,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services", "serve", "--target", "notify", "--port", "0"),
        env=given,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
        assert await asyncio.wait_for(process.wait(), 100) == -9
    finally:
        if process.returncode is None:
            process.kill()


@asynccontextmanager
async def new_house(kafka: Kafka, url: str, home: Path) -> AsyncIterator[House]:
    """Topics and policies for one test."""
    await apply_topics(kafka)
    house = House(kafka, url, home)
    await house.publish_policies()
    yield house


def statuses(deliveries: Sequence[dict[str, Any]]) -> list[str]:
    """The statuses, sorted."""
    return sorted(one["status"] for one in deliveries)
