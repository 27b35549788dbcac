"""What lets a mutant show itself: some load, and a kill or a freeze at the place where it is wrong."""

import asyncio
import random
import signal

from tests.chaos.campaign import Campaign
from tests.support.eventually import eventually
from tests.support.processes import is_stopped

LOAD_S = 3.0
LONG_LOAD_S = 6.0
FLOOD = 120
HIT_WITHIN_S = 20.0
TAKEOVER_S = 5.0
"""Longer than a reader's session (3 s) and a leader's (1.5 s)."""


async def load(campaign: Campaign, failpoints: str) -> None:
    """Nothing but load."""
    campaign.load.is_open.set()
    await asyncio.sleep(LOAD_S)


async def longer_load(campaign: Campaign, failpoints: str) -> None:
    """Nothing but load, for longer."""
    campaign.load.is_open.set()
    await asyncio.sleep(LONG_LOAD_S)


async def flood(campaign: Campaign, failpoints: str) -> None:
    """More new tickets than the crews can take, and nobody who works on them."""
    chance = random.Random(FLOOD)
    load = campaign.load
    await asyncio.gather(*(load.contact(f"flood-{n}", *load.visit(chance)) for n in range(FLOOD)))
    await asyncio.sleep(LOAD_S)


async def kill_at(campaign: Campaign, failpoints: str) -> None:
    """The first process started again with failpoints that kill it under load, and then without them."""
    (process, *_) = campaign.machine.processes.values()
    await campaign.machine.restart(process, ask=signal.SIGKILL, GONGDAN_FAILPOINTS=failpoints)
    ends = len(process.exits)
    campaign.load.is_open.set()
    await eventually(lambda: len(process.exits) > ends, HIT_WITHIN_S)
    await campaign.machine.until_ready()


async def freeze_at(campaign: Campaign, failpoints: str) -> None:
    """The first process frozen by failpoints under load, and awake again when the second one has taken over."""
    first, second = campaign.machine.processes.values()
    second.signal(signal.SIGSTOP)  # so that the first one leads, and has the partitions
    await campaign.machine.restart(first, ask=signal.SIGKILL, GONGDAN_FAILPOINTS=failpoints)
    await asyncio.sleep(TAKEOVER_S)
    campaign.load.is_open.set()
    await eventually(lambda: first.pid is not None and is_stopped(first.pid), HIT_WITHIN_S)
    second.signal(signal.SIGCONT)
    await asyncio.sleep(TAKEOVER_S)
    campaign.load.is_open.clear()  # what comes now would hide what the first one does when it wakes up
    await asyncio.sleep(LOAD_S)
    first.signal(signal.SIGCONT)
    await asyncio.sleep(LOAD_S)
