"""One function for each outage; each answers its figures."""

import asyncio
import json
import os
import random
import signal
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from shared.clock import monotonic
from tests.outage.load import Load
from tests.outage.log import differences, told_in_the_log
from tests.support.eventually import eventually
from tests.support.program import served, servers, token
from tests.support.proxy import Weather, a_proxy

Figures = dict[str, Any]
BACK_WITHIN_S = 120.0
BEFORE_S = 3.0
BETWEEN_KILLS_S = 4.0


async def without_kafka(home: Path, *, seconds: float, per_s: float) -> Figures:
    """The link to Kafka is cut for so long under load; then all that was answered must come into the log."""
    with servers(home) as document:
        async with a_proxy(document["kafka"], renames=True) as link:

            async def outage() -> None:
                link.set(Weather(is_cut=True))
                await asyncio.sleep(seconds)
                link.set(Weather())

            environment = {"GONGDAN_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{link.port}"}
            return await under_load(home, document["kafka"], environment, per_s, outage)


async def with_killed_postgres(home: Path, *, times: int, per_s: float) -> Figures:
    """PostgreSQL is killed so often under load, without a word; its keeper starts it again."""
    with servers(home) as document:

        async def outage() -> None:
            for _ in range(times):
                killed = postgres_pid(home)
                os.kill(killed, signal.SIGKILL)
                await until_another(home, killed)
                await asyncio.sleep(BETWEEN_KILLS_S)

        return await under_load(home, document["kafka"], {}, per_s, outage)


async def until_another(home: Path, killed: int) -> None:
    """Wait for the server that the keeper starts instead."""
    await eventually(lambda: postgres_pid(home) != killed, within_s=60)


def postgres_pid(home: Path) -> int:
    """Of the server that runs now."""
    return int(json.loads((home / "servers.json").read_bytes())["pids"]["postgres"])


async def under_load(
    home: Path, kafka: str, environment: dict[str, str], per_s: float, outage: Callable[[], Awaitable[None]]
) -> Figures:
    """The load before, during and after an outage; then the log against what was answered."""
    running = served(home, "intake", environment=environment)
    intake = await asyncio.to_thread(running.__enter__)
    try:
        over = asyncio.Event()
        load = Load(intake.url, token(home, "integration"), random.Random(7))
        offering = asyncio.create_task(load.offer(per_s, over))
        await asyncio.sleep(BEFORE_S)
        began = monotonic()
        await outage()
        ended = monotonic()
        over.set()
        await offering
        wrong = await until_in_the_log(load, kafka)
        back = monotonic() - ended
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
    return {
        "outage_s": round(ended - began, 1),
        "answered": sum(map(len, load.order.values())),
        "tickets": len(load.order),
        "statuses": {str(status): count for status, count in sorted(load.statuses.items())},
        "connections_broken": load.broken,
        "answer_p50_ms": round(statistics.median(load.waits_s) * 1e3, 1),
        "answer_slowest_s": round(max(load.waits_s), 2),
        "all_in_the_log_after_s": round(back, 1),
        "wrong": wrong[:5],
    }


async def until_in_the_log(load: Load, kafka: str) -> list[str]:
    """What is still wrong with the log after all the time it may take; nothing is the good answer."""
    until = monotonic() + BACK_WITHIN_S
    while True:
        wrong = differences(load.order, await told_in_the_log(kafka))
        if not wrong or monotonic() > until:
            return wrong
        await asyncio.sleep(1)
