"""Faults of the program's own processes: killed, asked to end, frozen, replaced, with a wrong clock."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.chaos.faults.fault import Fault
from tests.chaos.machine import SERVICES, Machine
from tests.chaos.processes import Process
from tests.support.eventually import eventually
from tests.support.processes import is_stopped

ONE = tuple(f"{service}-{number}" for service in SERVICES for number in (1, 2))
BOTH = tuple(f"{service}, both" for service in SERVICES)
FAILPOINTS = {
    "intake": (
        *("intake.before_commit", "intake.after_commit"),
        *("relay.after_term", "relay.after_produce", "relay.before_acknowledgement"),
    ),
    "routing": (
        *("routing.command_before_commit", "routing.command_after_commit", "routing.dispatch_before_commit"),
        *("routing.dispatch_after_commit", "routing.deadlines_before_commit", "reader.before_commit"),
        *("relay.after_term", "relay.after_produce", "relay.after_fence"),
    ),
    "notify": ("notify.after_claim", "notify.after_send", "notify.after_record", "relay.after_produce"),
    "projection": ("reader.after_position", "reader.after_effect", "reader.before_commit", "reader.after_commit"),
}
AT_FAILPOINTS = tuple(f"{service}-1 at {place}" for service, places in FAILPOINTS.items() for place in places)
FROZEN_AT = tuple(name for name in AT_FAILPOINTS if "relay." in name or "reader." in name)
HIT_WITHIN_S = 15.0
CLOCKS_S = (3600, -3600)
CLOCKS = tuple(f"{name} {offset:+d} s" for name in ONE for offset in CLOCKS_S)
EVERYTHING = "everything"
IN_TURN = "one process of each service, then the other"


def chosen(machine: Machine, target: str) -> list[Process]:
    """The processes that a target names."""
    if target.endswith(", both"):
        return machine.of_service(target.removesuffix(", both"))
    return [machine.processes[target]]


@asynccontextmanager
async def killed(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Kill -9; the supervisor starts them again."""
    for process in chosen(machine, target):
        process.signal(signal.SIGKILL)
    yield
    await machine.until_ready()


@asynccontextmanager
async def terminated(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """SIGTERM; the supervisor starts them again."""
    for process in chosen(machine, target):
        process.signal(signal.SIGTERM)
    yield
    await machine.until_ready()


@asynccontextmanager
async def frozen(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """SIGSTOP for longer than a reader's session (3 s) and a leader's (1.5 s); then it wakes up and finds out."""
    processes = chosen(machine, target)
    for process in processes:
        process.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.signal(signal.SIGCONT)


@asynccontextmanager
async def killed_at(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """The process started anew with a failpoint that kills it at a chosen place, once it gets there."""
    name, _, place = target.partition(" at ")
    process = machine.processes[name]
    ends = len(process.exits) + 1
    async with alone(machine, process, f"{place}=kill:{chance.randint(1, 4)}"):
        if not await happens(lambda: len(process.exits) > ends):
            process.signal(signal.SIGKILL)  # it did not get there: it dies where it stands
    yield
    await machine.until_ready()


@asynccontextmanager
async def frozen_at(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """The process started anew with a failpoint that stops it at a chosen place; it wakes up after its takeover."""
    name, _, place = target.partition(" at ")
    process = machine.processes[name]
    async with alone(machine, process, f"{place}=stop:{chance.randint(1, 4)}"):
        is_frozen = await happens(lambda: has_stopped(process))
    try:
        yield
    finally:
        process.signal(signal.SIGCONT)
    if not is_frozen:
        await machine.restart(process, ask=signal.SIGKILL)  # it may still get there: without the failpoint from now on


@asynccontextmanager
async def alone(machine: Machine, process: Process, failpoints: str) -> AsyncIterator[None]:
    """The process ended and started anew with failpoints, its twin frozen: it leads, and has the partitions."""
    twins = [one for one in machine.of_service(process.target) if one is not process]
    for twin in twins:
        twin.signal(signal.SIGSTOP)
    try:
        process.once = {"GONGDAN_FAILPOINTS": failpoints}
        process.signal(signal.SIGKILL)
        yield
    finally:
        for twin in twins:
            twin.signal(signal.SIGCONT)


def has_stopped(process: Process) -> bool:
    """Whether it is frozen; not one that is just ending."""
    with suppress(OSError):
        return process.pid is not None and is_stopped(process.pid)
    return False


async def happens(check: Callable[[], bool]) -> bool:
    """Whether something becomes so within some seconds, the start of a process among them."""
    try:
        return await eventually(check, HIT_WITHIN_S)
    except AssertionError:
        return False


@asynccontextmanager
async def replaced_in_turn(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """A deploy: one process of each service ends and its successor is ready before the other one's turn."""
    for number in chance.sample((1, 2), 2):
        turn = [process for name, process in machine.processes.items() if name.endswith(f"-{number}")]
        await asyncio.gather(*(machine.restart(process) for process in turn))
    yield


@asynccontextmanager
async def all_killed(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """Kill -9 of every process and of both servers in one moment, as a machine that loses its power."""
    servers = machine.own_servers
    await servers.calm()
    for process in machine.processes.values():
        process.signal(signal.SIGKILL)
    await servers.kill("kafka")
    await servers.kill("postgres")
    yield
    await servers.up()
    await machine.until_ready()


@asynccontextmanager
async def with_another_clock(machine: Machine, target: str, chance: random.Random) -> AsyncIterator[None]:
    """One process whose clock, and whose database sessions' clock, is an hour ahead or back."""
    name, offset, _ = target.split(" ")
    process = machine.processes[name]
    process.environment["GONGDAN_CLOCK_OFFSET_S"] = offset.removeprefix("+")
    await machine.restart(process)
    try:
        yield
    finally:
        del process.environment["GONGDAN_CLOCK_OFFSET_S"]
        await machine.restart(process)


FAULTS = (
    Fault(
        "kill", "kill -9 of a process, or of both of a service", "started again", "it", (*ONE, *BOTH), (1, 3), killed
    ),
    Fault(
        "end", "SIGTERM of a process, or of both of a service", "started again", "it", (*ONE, *BOTH), (1, 3), terminated
    ),
    Fault("freeze", "SIGSTOP for longer than its sessions", "SIGCONT", "nobody", (*ONE, *BOTH), (4, 6), frozen),
    Fault(
        "kill-at",
        "kill -9 at a failpoint",
        "started again",
        "it",
        AT_FAILPOINTS,
        (2, 3),
        killed_at,
        frozenset({"postgres", "kafka"}),
    ),
    Fault(
        "freeze-at",
        "SIGSTOP at a failpoint, for longer than its sessions",
        "SIGCONT",
        "it",
        FROZEN_AT,
        (6, 8),
        frozen_at,
        frozenset({"postgres", "kafka"}),
    ),
    Fault(
        "kill-all",
        "kill -9 of every process and of both servers at once",
        "started again",
        "all",
        (EVERYTHING,),
        (1, 2),
        all_killed,
        frozenset({"postgres", "kafka", "processes"}),
    ),
    Fault(
        "deploy",
        "every process replaced in turn, under load",
        "nothing to undo",
        "all, in turn",
        (IN_TURN,),
        (0, 1),
        replaced_in_turn,
        frozenset({"postgres", "kafka", "processes"}),
    ),
    Fault(
        "clock",
        "one process an hour ahead or back",
        "started again with the right one",
        "it",
        CLOCKS,
        (2, 4),
        with_another_clock,
        frozenset({"postgres", "kafka"}),
    ),
)
