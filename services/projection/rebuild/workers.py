"""Folding a long log with every core: partitions are dealt out to processes, each with sessions of its own.

A ticket lies in one partition, so processes never meet on a row. A short log is folded where we are.
"""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import asyncpg
import uvloop

from services.projection.rebuild.build import Builder, Offsets, SetAside
from services.projection.settings import Settings
from services.projection.store import speak
from shared.database.pool import connect
from shared.log.kafka import Kafka
from shared.log.replay import Settled

ALONE_RECORDS_MAX = 50_000
"""Up to here starting processes costs more than it saves."""
START = "fork" if sys.platform == "linux" else "spawn"
"""A spawned process imports everything again, 2 s of a core each; elsewhere than on Linux a fork is not safe."""
GARBAGE_EVERY = 1_000_000
"""Objects between two looks of the garbage collector: what is folded makes no cycles, and looking costs more."""

UNHURRIED = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""A rebuild's statements run over everything, and it holds the positions while it reads the rest."""
LOADING = UNHURRIED | {"synchronous_commit": "off", "maintenance_work_mem": "256MB", "work_mem": "64MB"}
"""What is being built is worth nothing until it is switched to, so its commits need not wait for the disk."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process folds."""

    settings: Settings
    generation: int
    to: Offsets
    settled: Settled


@dataclass(frozen=True, slots=True)
class Folded:
    """What one process did."""

    reached: Offsets
    events: int
    aside: SetAside


async def fold_with_all(settings: Settings, builder: Builder, to: Offsets, settled: Settled) -> None:
    """`builder.advance` for a builder that has read nothing yet, shared among processes where the log is long."""
    shares = deal(to, os.cpu_count() or 1)
    if len(shares) < 2 or sum(to.values()) <= ALONE_RECORDS_MAX:  # noqa: PLR2004 - one share is no sharing
        await builder.advance(to, settled)
        return
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(shares), mp_context=get_context(START)) as pool:
        given = [Share(settings, builder.generation, share, settled) for share in shares]
        for folded in await asyncio.gather(*(loop.run_in_executor(pool, fold_apart, share) for share in given)):
            builder.take_over(folded.reached, folded.events, folded.aside)


def deal(to: Offsets, hands: int) -> list[Offsets]:
    """The partitions in so many shares of about the same size; empty shares are left out."""
    shares: list[Offsets] = [{} for _ in range(hands)]
    for place, end in sorted(to.items(), key=lambda item: -item[1]):
        min(shares, key=lambda share: sum(share.values()))[place] = end
    return [share for share in shares if share]


def fold_apart(share: Share) -> Folded:
    """Fold one share in this process."""
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY, 50, 1_000)
    return uvloop.run(fold_share(share))


async def fold_share(share: Share) -> Folded:
    """Fold one share with sessions of its own."""
    kafka = Kafka(share.settings.kafka, share.settings.topic_prefix)
    async with sessions(share.settings, "load", "copy") as (load, copy):
        builder = Builder((load, copy), kafka, share.generation)
        await builder.advance(share.to, share.settled)
        return Folded(builder.reached, builder.events, builder.aside)


@asynccontextmanager
async def sessions(settings: Settings, *names: str) -> AsyncIterator[list[asyncpg.Connection]]:
    """One session for each name; they wait for nobody and load without haste."""
    url = settings.database_url("projection")
    opened: list[asyncpg.Connection] = []
    try:
        for name in names:
            options = UNHURRIED if name == "control" else LOADING
            connection = await connect(url, application=f"projection-rebuild-{name}", settings=options)
            opened.append(connection)
            await speak(connection)
        yield opened
    finally:
        for connection in reversed(opened):
            await connection.close()
