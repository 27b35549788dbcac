"""A crowd in a reader's group: twenty consumers that join, take partitions, do nothing with them, and leave."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from tests.chaos.faults.fault import Fault
from tests.chaos.machine import SERVICES, Machine

CROWD = 20
STAY_S = (0.3, 2.0)
LEAVE_S_MAX = 10


@asynccontextmanager
async def crowded(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """They come one after the other, and the last has left when the block has ended."""
    group = await group_of(machine, target)
    topic = machine.where.topic("tickets")
    stays = [(chance.uniform(0, 1.5), chance.uniform(*STAY_S)) for _ in range(CROWD)]
    guests = [asyncio.create_task(visit(machine.where.kafka, topic, group, *stay)) for stay in stays]
    try:
        yield
    finally:
        await asyncio.gather(*guests)


async def visit(kafka: str, topic: str, group: str, comes_after_s: float, stays_s: float) -> None:
    """One member of the group, for a while."""
    await asyncio.sleep(comes_after_s)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="latest",
        session_timeout_ms=3000,
        heartbeat_interval_ms=500,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stop, consumer)
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(stays_s + 5):
                await consumer.start()
                await asyncio.sleep(stays_s)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Leave, also out of the middle of joining."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(LEAVE_S_MAX):
            await consumer.stop()


async def group_of(machine: Machine, service: str) -> str:
    """The group in which the processes of a service share `tickets`."""
    connection = await asyncpg.connect(machine.where.databases[service])
    try:
        database_id = await connection.fetchval("SELECT database_id FROM log_database")
    finally:
        await connection.close()
    return f"{machine.where.prefix}gongdan-{service}-tickets-{database_id}"


FAULTS = (
    Fault(
        "crowd",
        f"{CROWD} consumers join a reader's group and leave",
        "they have left",
        "nobody",
        SERVICES,
        (2, 4),
        crowded,
        frozenset({"kafka", "postgres"}),
    ),
)
