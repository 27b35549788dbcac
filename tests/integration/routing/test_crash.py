"""A routing process that is killed for real, at each boundary: what was answered stands once, the rest is repeated."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.routing.main import build
from services.routing.settings import Settings
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from shared.ids import uuid7
from shared.log.kafka import Kafka
from tests.integration.routing.desk import Desk, a_desk, an_opened_event, check_everything
from tests.integration.routing.logs import read_log, topics_stand, write_events
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.servers import TestServers, temporary_home

PLACES = [
    "reader.before_commit",
    "routing.dispatch_before_commit",
    "routing.dispatch_after_commit",
    "routing.command_before_commit",
    "routing.command_after_commit",
    "relay.after_produce",
]


@dataclass
class House:
    """Where a routing process finds its servers, keys and rules."""

    desk: Desk
    kafka: Kafka
    home: Path

    def settings(self) -> Settings:
        """For the process that comes after, which lives in this one."""
        return Settings(
            home=self.home,
            kafka_bootstrap_servers=self.kafka.bootstrap_servers,
            topic_prefix=self.kafka.topic_prefix,
            routing_database_url=self.desk.url,
        )

    def set_environment(self, patch: pytest.MonkeyPatch, failpoints: str) -> None:
        """What a process that is started now inherits."""
        patch.setenv("GONGDAN_HOME", str(self.home))
        patch.setenv("GONGDAN_KAFKA_BOOTSTRAP_SERVERS", self.kafka.bootstrap_servers)
        patch.setenv("GONGDAN_TOPIC_PREFIX", self.kafka.topic_prefix)
        patch.setenv("GONGDAN_ROUTING_DATABASE_URL", self.desk.url)
        patch.setenv("GONGDAN_PORT", "0")
        patch.setenv("GONGDAN_FAILPOINTS", failpoints)
        patch.setenv("PYTHONUNBUFFERED", "1")


@dataclass
class Process:
    """A running `gongdan serve --target routing`."""

    process: asyncio.subprocess.Process
    url: str

    async def accept(self, house: House, ticket_id: UUID) -> None:
        """Give the command; it may die over it."""
        with suppress(httpx.TransportError):
            async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
                await accept(client, house, ticket_id)


async def accept(client: httpx.AsyncClient, house: House, ticket_id: UUID) -> httpx.Response:
    """The same command each time."""
    token = issue_token(load_key(home=house.home), role="agent", name="li")
    headers = {"authorization": f"Bearer {token}", "idempotency-key": f"accept-{ticket_id}"}
    return await client.post(f"/routing/tickets/{ticket_id}/commands", json={"command": "accept"}, headers=headers)


@asynccontextmanager
async def a_process(house: House, failpoints: str) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "services", "serve", "--target", "routing")
    with pytest.MonkeyPatch.context() as patch:
        house.set_environment(patch, failpoints)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    assert process.stderr is not None
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    listening = asyncio.create_task(listen_to(process.stderr, address))
    try:
        yield Process(process, await asyncio.wait_for(address, 40))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)
        await listening


async def listen_to(output: asyncio.StreamReader, address: asyncio.Future[str]) -> None:
    """Take what it says, to the end; `address` is where it listens, empty when it died before it said so."""
    while line := (await output.readline()).decode():
        if " at http://" in line and not address.done():
            address.set_result(line.split(" at ")[1].strip())
    if not address.done():
        address.set_result("")


@pytest.fixture
async def house(servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str) -> AsyncIterator[House]:
    kafka = Kafka(servers.kafka, topic_prefix)
    await eventually(lambda: topics_stand(kafka), within_s=15)
    desk = await a_desk(fresh_databases.new("routing"))
    await desk.dispatch()
    await desk.pool.execute("DELETE FROM outbox")  # the rules' own events, which no place below is about
    with temporary_home() as home:
        home.mkdir(parents=True)
        yield House(desk, kafka, home)
    await desk.pool.close()


@pytest.mark.timeout(150)
async def test_law_1_a_kill_before_an_expiry_is_committed_is_harmless(house: House) -> None:
    ticket_id = uuid7()
    async with a_process(house, "routing.deadlines_before_commit=kill") as process:
        await write_events(house.kafka, [an_opened_event(ticket_id)])

        async def is_offered() -> bool:
            return (await house.desk.state(ticket_id)).status == "offered"

        await eventually(is_offered, within_s=30)
        await house.desk.make_due()
        assert await asyncio.wait_for(process.process.wait(), 20) == -9
    assert await house.desk.types(ticket_id) == ["ticket.routed", "ticket.assigned"]

    async with build(house.settings()).lifetime():

        async def is_on_the_log() -> bool:
            types = [one.type for one in await read_log(house.kafka) if one.source == "/routing"]
            return types == ["ticket.routed", "ticket.assigned", "ticket.offer_expired", "ticket.assigned"]

        await eventually(is_on_the_log, within_s=20)
    await check_everything(house.desk)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("place", PLACES)
async def test_law_1_a_kill_at_any_boundary_is_harmless(house: House, place: str) -> None:
    ticket_id = uuid7()
    async with a_process(house, f"{place}=kill") as process:
        await write_events(house.kafka, [an_opened_event(ticket_id)])

        async def has_died() -> bool:
            await process.accept(house, ticket_id)
            return process.process.returncode is not None

        await eventually(has_died, within_s=30)
        assert process.process.returncode == -9

    app = build(house.settings())
    async with app.lifetime(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://next") as client:

        async def is_accepted() -> bool:
            return (await accept(client, house, ticket_id)).status_code == 200

        await eventually(is_accepted, within_s=30)
        answers = {(await accept(client, house, ticket_id)).content for _ in range(2)}
        assert len(answers) == 1

        async def is_on_the_log() -> bool:
            types = [one.type for one in await read_log(house.kafka) if one.source == "/routing"]
            return types == ["ticket.routed", "ticket.assigned", "ticket.accepted"]

        await eventually(is_on_the_log, within_s=20)
    await check_everything(house.desk)
