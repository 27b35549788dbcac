"""Faults of the servers: Kafka and PostgreSQL ended, killed, frozen, cut off from one service, without room on disk."""

import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.chaos.faults.fault import Fault
from tests.chaos.machine import SERVICES, Machine
from tests.chaos.servers import ServerName

ALL = "all databases"
NAMES: dict[str, ServerName] = {"Kafka": "kafka", "PostgreSQL": "postgres"}
GENTLE: dict[str, signal.Signals] = {"Kafka": signal.SIGTERM, "PostgreSQL": signal.SIGINT}
"""How each is asked to end: PostgreSQL's SIGTERM would wait for its clients to leave."""
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gongdan-%' AND datname = $1"


@asynccontextmanager
async def stopped(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Ended as an operator ends it, and away for as long as the block lasts."""
    async with machine.own_servers.without(NAMES[target], GENTLE[target]):
        yield


@asynccontextmanager
async def away(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Killed, and away for as long as the block lasts."""
    async with machine.own_servers.without(NAMES[target], signal.SIGKILL):
        yield


@asynccontextmanager
async def killed(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Killed in mid-commit, and started again at once by its keeper."""
    await machine.own_servers.kill(NAMES[target])
    yield
    await machine.own_servers.up()


@asynccontextmanager
async def frozen(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """SIGSTOP: it takes connections and says nothing."""
    async with machine.own_servers.frozen(NAMES[target]):
        yield


@asynccontextmanager
async def connections_cut(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Every session of one service, or of all, ended by pg_terminate_backend."""
    services = SERVICES if target == ALL else (target,)
    connection = await asyncpg.connect(machine.own_servers.admin_url)
    try:
        for service in services:
            await connection.fetch(CUT, database(machine, service))
    finally:
        await connection.close()
    yield


@asynccontextmanager
async def closed(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """One service's database away, the others there: no session may begin, and those that run end."""
    name = database(machine, target)
    connection = await asyncpg.connect(machine.own_servers.admin_url)
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await connection.fetch(CUT, name)
    finally:
        await connection.close()
    try:
        yield
    finally:
        await machine.own_servers.up()
        connection = await asyncpg.connect(machine.own_servers.admin_url)
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await connection.close()


def database(machine: Machine, service: str) -> str:
    """The name of a service's database."""
    return machine.where.databases[service].rpartition("/")[2]


@asynccontextmanager
async def full(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Not one page of room for either server."""
    async with machine.own_servers.full_disk():
        yield


KAFKA, POSTGRES, SERVERS = frozenset({"kafka"}), frozenset({"postgres"}), frozenset({"kafka", "postgres"})

FAULTS = (
    Fault("stop-kafka", "Kafka ended and away", "started again", "Kafka", ("Kafka",), (3, 6), stopped, KAFKA),
    Fault("kill-kafka", "Kafka killed and away", "started again", "Kafka", ("Kafka",), (1, 4), away, KAFKA),
    Fault("freeze-kafka", "Kafka frozen (SIGSTOP)", "SIGCONT", "nobody", ("Kafka",), (2, 6), frozen, KAFKA),
    Fault(
        "stop-postgres", "PostgreSQL ended and away", "started again", "it", ("PostgreSQL",), (2, 4), stopped, POSTGRES
    ),
    Fault(
        "kill-postgres",
        "PostgreSQL killed in mid-commit",
        "started again",
        "it",
        ("PostgreSQL",),
        (1, 3),
        killed,
        POSTGRES,
    ),
    Fault("freeze-postgres", "PostgreSQL frozen", "SIGCONT", "nobody", ("PostgreSQL",), (1, 4), frozen, POSTGRES),
    Fault(
        "cut-sessions",
        "sessions ended by pg_terminate_backend",
        "they come back by themselves",
        "nobody",
        (*SERVICES, ALL),
        (0.5, 2),
        connections_cut,
        POSTGRES,
    ),
    Fault(
        "close-database", "one service's database away", "opened again", "nobody", SERVICES, (2, 5), closed, POSTGRES
    ),
    Fault(
        "fill-disk",
        "no room for either server",
        "room again",
        "both, by hand if need be",
        ("the disk",),
        (2, 4),
        full,
        SERVERS,
    ),
)
