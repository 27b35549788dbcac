"""Twenty minutes of a shop's load on the one process with all services: its memory must be flat."""

import asyncio
import random
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from shared.clock import monotonic
from tests.outage.load import Load
from tests.support.program import run_program

LOOK_EVERY_S = 5.0
MIB = 1 << 20
GROWN_MAX_MIB = 10.0
"""From the second quarter to the last one; in the first, caches fill."""


async def under_a_shops_load(home: Path, *, seconds: float, per_s: float) -> dict[str, Any]:
    """The load for so long, and the memory meanwhile; `wrong` says by how much it grew if it did."""
    with run_program(home, "--no-story") as program:
        over = asyncio.Event()
        load = Load(program.url, program.document["tokens"]["integration"], random.Random(7))
        offering = asyncio.create_task(load.offer(per_s, over))
        memory = await watch(psutil.Process(program.process.pid), seconds)
        over.set()
        await offering
    quarters = [statistics.median(part) for part in quartered(memory)]
    grown = quarters[3] - quarters[1]
    return {
        "seconds": seconds,
        "answered": sum(map(len, load.order.values())),
        "statuses": {str(status): count for status, count in sorted(load.statuses.items())},
        "answer_p50_ms": round(statistics.median(load.waits_s) * 1e3, 1),
        "memory_mib_by_quarter": [round(quarter, 1) for quarter in quarters],
        "memory_mib_highest": round(max(memory), 1),
        "wrong": [f"memory grew by {grown:.1f} MiB"] if grown > GROWN_MAX_MIB else [],
    }


async def watch(process: psutil.Process, seconds: float) -> list[float]:
    """The resident memory in MiB, looked at every few seconds."""
    until, memory = monotonic() + seconds, []
    while monotonic() < until:
        memory.append(process.memory_info().rss / MIB)
        await asyncio.sleep(LOOK_EVERY_S)
    return memory


def quartered(values: Sequence[float]) -> list[Sequence[float]]:
    """Four parts of the same length; what is left over belongs to none."""
    size = len(values) // 4
    return [values[at * size : (at + 1) * size] for at in range(4)]
