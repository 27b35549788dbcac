"""Faults of one link, to a server or from the clients: slow, lossy, half open, cut. The other links stay fair."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.fault import Fault
from tests.chaos.faults.processes import ONE
from tests.chaos.machine import CLIENTS, Machine
from tests.support.proxy import Weather

SERVERS = ("kafka", "postgres")
EVERYBODY = "everybody"
TARGETS = (
    *(f"{name} to {server}" for name in (*ONE, EVERYBODY) for server in SERVERS),
    *(f"{CLIENTS} to {name}" for name in ONE),
)
DELAY_S = 0.12
LOSS = 0.02


@asynccontextmanager
async def bad(machine: Machine, target: str, weather: Weather) -> AsyncIterator[None]:
    """The links that a target names, like this while the block lasts."""
    name, _, server = target.partition(" to ")
    links = [link for (one, other), link in machine.links.items() if other == server and name in {one, EVERYBODY}]
    for link in links:
        link.set(weather)
    try:
        yield
    finally:
        for link in links:
            link.set(Weather())


@asynccontextmanager
async def slow(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Every piece takes its time, both ways."""
    async with bad(machine, target, Weather(delay_s=DELAY_S)):
        yield


@asynccontextmanager
async def lossy(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Connections break at any piece."""
    async with bad(machine, target, Weather(loss=LOSS)):
        yield


@asynccontextmanager
async def half_open(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """What is asked arrives, what is answered does not; afterwards those connections are dead."""
    async with bad(machine, target, Weather(is_silent=True)):
        yield


@asynccontextmanager
async def cut(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Nobody gets through."""
    async with bad(machine, target, Weather(is_cut=True)):
        yield


FAULTS = (
    Fault(
        "slow-link",
        f"each piece {DELAY_S * 1000:.0f} ms late, both ways",
        "fair again",
        "nobody",
        TARGETS,
        (3, 5),
        slow,
    ),
    Fault("lossy-link", f"each piece the last one with {LOSS:.0%}", "fair again", "nobody", TARGETS, (3, 5), lossy),
    Fault("half-open-link", "answers do not arrive", "such connections end", "nobody", TARGETS, (3, 6), half_open),
    Fault("cut-link", "nobody gets through", "fair again", "nobody", TARGETS, (2, 5), cut),
)
