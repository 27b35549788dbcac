"""The machine that is broken: the real program in separate processes, its servers apart, a link between any two.

Each process has its own link to Kafka, to PostgreSQL and from its clients (`tests/support/proxy.py`), so that one link
can be bad while all others are fair. The harness itself talks to the servers, and asks who is ready, directly.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp

from shared import clock
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from tests.chaos.processes import PROGRAM, Process, addresses, free_port
from tests.chaos.servers import Servers, some_servers
from tests.support.eventually import eventually
from tests.support.proxy import Proxy, Weather, a_proxy, behind

SERVICES = ("intake", "routing", "notify", "projection")
CLIENTS = "clients"
ROLES = ("integration", "agent", "boss", "auditor", "operator")
EACH = 2
"""So many processes of each service."""
ANSWER_S_MAX = 8.0
"""What a client waits for an answer before it thinks the worst."""
CONNECTIONS = 64
ENDS_WITHIN_S = 60.0
"""A process that was asked to end has ended; it drains for eight seconds."""
TOKEN_AGE = timedelta(hours=2)
"""Tokens are that old, so that they are good for a process whose clock is an hour back, too."""


@dataclass(frozen=True, slots=True)
class Where:
    """The servers that a machine stands on, as the harness reaches them."""

    kafka: str
    databases: Mapping[str, str]
    prefix: str = ""

    def topic(self, name: str) -> str:
        """The name on the broker."""
        return self.prefix + name


@dataclass(slots=True)
class Machine:
    """Everything that runs. `servers` is None when they belong to somebody else and are left alone."""

    where: Where
    home: Path
    session: aiohttp.ClientSession
    tokens: dict[str, str]
    processes: dict[str, Process] = field(default_factory=dict)
    links: dict[tuple[str, str], Proxy] = field(default_factory=dict)
    """By (process, server), and (`CLIENTS`, process)."""
    servers: Servers | None = None

    @property
    def own_servers(self) -> Servers:
        """The servers, for faults that break them."""
        assert self.servers is not None, "these servers are not ours to break"
        return self.servers

    def of_service(self, service: str) -> list[Process]:
        """The processes that serve it."""
        return [process for process in self.processes.values() if process.target in {service, "all"}]

    def urls(self, path: str) -> list[str]:
        """Where a call to this path may go: its first part names the service."""
        return [process.client_url + path for process in self.of_service(path.split("/", 2)[1]) if process.is_wanted]

    async def start(self) -> None:
        """Start every process and return when all are ready."""
        for process in self.processes.values():
            process.start()
        await self.until_ready()

    async def until_ready(self) -> None:
        """Return when all processes are."""
        await asyncio.gather(*(process.until_ready(self.session) for process in self.processes.values()))

    async def stop(self) -> None:
        """Stop every process."""
        await asyncio.gather(*(process.stop() for process in self.processes.values()))

    async def restart(self, process: Process, *, ask: signal.Signals = signal.SIGTERM, **once: str) -> None:
        """End one process and return when its successor is ready; `once` is added to its environment."""
        process.once = once
        before = len(process.exits)
        process.signal(ask)
        await eventually(lambda: len(process.exits) > before, ENDS_WITHIN_S)
        await process.until_ready(self.session)

    def fair_weather(self) -> None:
        """Every link as it should be."""
        for link in self.links.values():
            link.set(Weather())


@asynccontextmanager
async def a_machine(folder: Path) -> AsyncIterator[Machine]:
    """A machine with servers of its own: two processes of each service, on links. Nothing is started but servers."""
    home = folder / "home"
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(some_servers(home, own_disk=True))
        where = Where(servers.kafka, servers.databases)
        machine = await stack.enter_async_context(_standing_on(where, home))
        machine.servers = servers
        for service in SERVICES:
            for number in range(1, EACH + 1):
                name = f"{service}-{number}"
                machine.links[name, "kafka"] = kafka = await stack.enter_async_context(
                    a_proxy(servers.kafka, renames=True)
                )
                machine.links[name, "postgres"] = postgres = await stack.enter_async_context(a_proxy(servers.postgres))
                urls = {one: behind(url, postgres) for one, url in servers.databases.items()}
                environment = addresses(f"127.0.0.1:{kafka.port}", urls)
                process = machine.processes[name] = Process(name, service, home, environment, port=free_port())
                machine.links[CLIENTS, name] = clients = await stack.enter_async_context(
                    a_proxy(f"127.0.0.1:{process.port}")
                )
                process.link_port = clients.port
        stack.push_async_callback(machine.stop)
        yield machine


@asynccontextmanager
async def a_small_machine(
    folder: Path, where: Where, *, count: int = 1, starter: Sequence[str] = PROGRAM, **environment: str
) -> AsyncIterator[Machine]:
    """All services in one process, `count` times, on servers of somebody else; started and ready."""
    home = folder / "home"
    home.mkdir()
    async with _standing_on(where, home) as machine:
        known = addresses(where.kafka, where.databases, where.prefix) | environment
        for number in range(1, count + 1):
            machine.processes[f"all-{number}"] = Process(f"all-{number}", "all", home, dict(known), starter)
        try:
            await machine.start()
            yield machine
        finally:
            await machine.stop()


@asynccontextmanager
async def _standing_on(where: Where, home: Path) -> AsyncIterator[Machine]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_S_MAX)
    key = load_key(home=home, token_key=None)
    then = clock.now() - TOKEN_AGE
    tokens = {role: issue_token(key, role=role, name=f"chaos-{role}", clock=lambda: then) for role in ROLES}
    # a connection for each request: which of a service's processes answers is chosen each time, and none is kept dead
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        yield Machine(where, home, session, tokens)
