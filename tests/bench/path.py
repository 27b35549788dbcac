"""Contact → assigned → visible at a steady rate, all four services in one process; and what that process takes."""

import asyncio
from pathlib import Path

import psutil

from tests.bench.figures import Figure, at_most
from tests.bench.intake import BODY, sample_phones
from tests.bench.viewer import Plan, Seen, watch
from tests.e2e.stores import a_store
from tests.support.door import Door, open_door
from tests.support.eventually import eventually
from tests.support.program import Program, run_program

PER_S = 300
PER_S_CALM = 30
"""A rate at which nothing waits on a slow machine either: the time that the path itself takes."""
WARM_UP_S = 3.0
SECONDS = 12.0
STORES = 20
CAPACITIES = (100,) * 5
"""Of each store: enough places for every contact of the run."""
MIB = 1024 * 1024
SETTLED_WITHIN_S = 120


def bench_path(home: Path) -> list[Figure]:
    """The sample chain with larger stores, its rules as they are: mails are written and told of meanwhile."""
    with run_program(home, "--no-story") as program:
        process = psutil.Process(program.process.pid)
        stores = asyncio.run(prepare(program))
        idle = process.memory_info().rss / MIB
        calm = watch(plan(program, stores, PER_S_CALM))
        seen = watch(plan(program, stores, PER_S))
        asyncio.run(settle(program))
        loaded = process.memory_info().rss / MIB
    assert not calm.unseen + seen.unseen, (calm, seen)
    calm_p50, calm_p99 = of_path(calm, PER_S_CALM)
    p50, p99 = of_path(seen, PER_S)
    return [
        calm_p50,
        calm_p99,
        p50,
        at_most(p99, 100),
        Figure("the one process, idle", idle, "MiB"),
        at_most(Figure(f"the one process, after {seen.contacts:,} contacts", loaded, "MiB", "idle", idle), 200),
    ]


def of_path(seen: Seen, per_s: int) -> tuple[Figure, Figure]:
    """Median and 99th percentile, beside the time until the contact itself was answered."""
    name, beside = f"contact → assigned → visible at {per_s}/s", "its contact answered"
    return (
        Figure(f"{name}, p50", seen.visible_p50_ms, "ms", beside, seen.answered_p50_ms),
        Figure(f"{name}, p99", seen.visible_p99_ms, "ms", beside, seen.answered_p99_ms),
    )


def plan(program: Program, stores: tuple[str, ...], per_s: int) -> Plan:
    """The load, spread over the stores."""
    tokens = program.document["tokens"]
    return Plan(
        url=program.url,
        poster=tokens["integration"],
        viewer=tokens["auditor"],
        body=BODY.replace("hz-wulin", "{store}"),
        phones=sample_phones(),
        stores=stores,
        label=f"at-{per_s}",
        per_s=per_s,
        warm_up_s=WARM_UP_S,
        seconds=SECONDS,
    )


async def prepare(program: Program) -> tuple[str, ...]:
    """Stores with places enough."""
    async with open_door(program) as door:
        return tuple([(await a_store(door, *CAPACITIES)).id for _ in range(STORES)])


async def settle(program: Program, *, within_s: float = SETTLED_WITHIN_S) -> None:
    """Wait until every mail was told of and read."""
    async with open_door(program) as door:
        await eventually(lambda: nothing_waits(door), within_s)


async def nothing_waits(door: Door) -> bool:
    """Whether no delivery waits and the projection has read everything."""
    waiting = [
        (await door.get("/notify/deliveries", status=status, limit=1))["items"] for status in ("waiting", "held")
    ]
    partitions = (await door.get("/projection/readiness"))["partitions"]
    return not any(waiting) and not any(partition["lag"] for partition in partitions)
