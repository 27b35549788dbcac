"""When something fails: how long a restart and a takeover take, what callers notice of a deploy, backlogs caught up."""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import asyncpg
import orjson

from tests.bench.client import measure
from tests.bench.figures import Figure, at_most
from tests.bench.intake import import_customers, plan, sample_phones
from tests.bench.path import settle
from tests.e2e.stores import a_visit
from tests.support.balancer import balancing
from tests.support.door import SERVICES
from tests.support.eventually import eventually
from tests.support.program import Served, run_program, served, servers, token

TIMES = 3
"""Each takeover; the slowest counts."""
TAKEOVER_S_MAX = 5
RESTART_S_MAX = 15
WITHIN_S = 30.0
LOOK_EVERY_S = 0.02
TICKETS = 12
"""Posted after a reader is lost: some for each partition."""
FILL_S = 20.0
SHOP_PER_S = 5
SETTLED_WITHIN_S = 600
ANSWER_S_MAX = 5
OK = 200
LEADS = "gongdan_relay_leader 1"


def bench_failure(home: Path) -> list[Figure]:
    """Each part in the same home, one after the other."""
    after_kill = restart(home)  # the first start brings the sample chain: stores, crews, customers
    with servers(home):
        return [after_kill, *takeovers(home), *replacement(home), *backlog(home)]


# ── A restart ─────────────────────────────────────────────────────────────────────────────────────────────────────


def restart(home: Path) -> Figure:
    """From the command until all four services are ready, after everything was killed at once, servers too."""
    with run_program(home, "--no-story") as program:
        tokens = program.document["tokens"]
        load = plan(f"{program.url}/intake/store/contacts", tokens["integration"], "killed", sample_phones())
        recorded = measure(load).answers
        program.kill_9(with_servers=True)
    began_at = time.monotonic()
    with run_program(home, "--no-story") as program:
        again = Served(program.process, program.url)
        until(lambda: all(status(again, f"/{service}/health/ready") == OK for service in SERVICES))
        seconds = time.monotonic() - began_at
        asyncio.run(settle(program, within_s=SETTLED_WITHIN_S))
    name = f"restart of everything, killed after {recorded:,} contacts, until all is ready"
    return at_most(Figure(name, seconds, "s"), RESTART_S_MAX)


# ── Takeover ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Way:
    """How a process is lost: what is done to it, and what lets a frozen one end."""

    name: str
    by: signal.Signals


WAYS = (Way("killed", signal.SIGKILL), Way("frozen", signal.SIGSTOP))


def takeovers(home: Path) -> Iterator[Figure]:
    """From the loss of the one that led or read, until the other has done what came after it."""
    shown = {role: token(home, role) for role in ("integration", "operator", "auditor")}
    for way in WAYS:
        yield slowest(f"a relay that was {way.name}", [relay_takeover(home, way, shown) for _ in range(TIMES)])
    with served(home, "intake") as intake:
        for way in WAYS:
            seconds = [reader_takeover(home, way, intake, shown) for _ in range(TIMES)]
            yield slowest(f"a reader that was {way.name}", seconds)


def slowest(of: str, seconds: list[float]) -> Figure:
    """The slowest of some takeovers."""
    return at_most(Figure(f"takeover from {of}, slowest of {TIMES}", max(seconds), "s"), TAKEOVER_S_MAX)


def relay_takeover(home: Path, way: Way, shown: Mapping[str, str]) -> float:
    """Seconds until the other relay leads, with what was recorded after the loss in the log."""
    with two_of(home, "intake") as (first, second):
        until(lambda: leads(first, shown["operator"]) or leads(second, shown["operator"]))
        leader, other = (first, second) if leads(first, shown["operator"]) else (second, first)
        with lost(leader, way) as lost_at:
            post(other, shown["integration"])
            until(lambda: leads(other, shown["operator"]) and asyncio.run(is_told(home)))
            return time.monotonic() - lost_at


def reader_takeover(home: Path, way: Way, intake: Served, shown: Mapping[str, str]) -> float:
    """Seconds until the other projection shows every ticket that was opened after the loss."""
    with two_of(home, "projection") as (first, second):
        ticket = post(intake, shown["integration"])
        until(lambda: is_shown(first, ticket, shown["auditor"]))
        with lost(first, way) as lost_at:
            tickets = [post(intake, shown["integration"]) for _ in range(TICKETS)]
            until(lambda: all(is_shown(second, ticket, shown["auditor"]) for ticket in tickets))
            return time.monotonic() - lost_at


@contextmanager
def two_of(home: Path, target: str) -> Iterator[tuple[Served, Served]]:
    """Two processes of one service, both ready."""
    with served(home, target) as first, served(home, target) as second:
        for one in (first, second):
            until(lambda one=one: status(one, f"/{target}/health/ready") == OK)  # type: ignore[misc]
        yield first, second


@contextmanager
def lost(process: Served, way: Way) -> Iterator[float]:
    """The instant at which a process was lost; a frozen one goes on afterwards, so that it can end."""
    os.kill(process.process.pid, way.by)
    try:
        yield time.monotonic()
    finally:
        if way.by is signal.SIGSTOP:
            os.kill(process.process.pid, signal.SIGCONT)


# ── A deploy ──────────────────────────────────────────────────────────────────────────────────────────────────────


def replacement(home: Path) -> list[Figure]:
    """Contacts while one intake is replaced by another under load, beside those before it."""
    before, meanwhile = asyncio.run(replaced(home))
    name = "a contact while intake is replaced, 8 callers"
    return [
        Figure(f"{name}, p50", percentile(meanwhile, 50), "ms", "before", percentile(before, 50)),
        Figure(f"{name}, p99", percentile(meanwhile, 99), "ms", "before", percentile(before, 99)),
        Figure(f"{name}, slowest", max(meanwhile) * 1000, "ms", "before", max(before) * 1000),
    ]


async def replaced(home: Path) -> tuple[list[float], list[float]]:
    """Seconds of each contact before a deploy, and from its beginning until the old process has ended."""
    with served(home, "intake") as old:
        async with balancing(token(home, "integration")) as balancer:
            balancer.urls.append(old.url)
            await balancer.some_more()
            await balancer.some_more()
            before = len(balancer.waits_s)
            new = served(home, "intake")
            balancer.urls.append((await asyncio.to_thread(new.__enter__)).url)
            try:
                await eventually(lambda: len(balancer.ready) > 1, within_s=WITHIN_S)
                old.process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(old.process.wait, WITHIN_S)
                await balancer.some_more()
            finally:
                await balancer.stop()
                await asyncio.to_thread(new.__exit__, None, None, None)
    assert not balancer.lost
    return balancer.waits_s[:before], balancer.waits_s[before:]


def percentile(seconds: list[float], share: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100)[share - 1] * 1000


# ── A backlog ─────────────────────────────────────────────────────────────────────────────────────────────────────


def backlog(home: Path) -> list[Figure]:
    """Intake alone records for a while; then all services start and catch up: dispatch, mails, views."""
    with served(home, "intake") as intake:
        shown = token(home, "integration")
        phones = import_customers(intake.url, shown)
        load = plan(f"{intake.url}/intake/store/contacts", shown, "backlog", phones)
        recorded = measure(replace(load, seconds=FILL_S)).answers
    with run_program(home, "--no-story") as program:
        began_at = time.monotonic()
        asyncio.run(settle(program, within_s=SETTLED_WITHIN_S))
        seconds = time.monotonic() - began_at
    name = f"a backlog of {recorded:,} contacts caught up"
    return [
        Figure(name, seconds, "s"),
        Figure(f"an hour's backlog at {SHOP_PER_S}/s, by that rate", SHOP_PER_S * 3600 * seconds / recorded, "s"),
    ]


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def post(intake: Served, shown: str) -> str:
    """A new ticket's id."""
    body = orjson.dumps(a_visit("hz-wulin"))
    headers = {"Authorization": f"Bearer {shown}", "Content-Type": "application/json"}
    with urlopen(Request(f"{intake.url}/intake/store/contacts", body, headers)) as answer:  # noqa: S310 - our own address
        return str(orjson.loads(answer.read())["ticket_id"])


def status(process: Served, path: str, shown: str | None = None) -> int:
    """What a process answers to a GET; 0 when it does not."""
    headers = {} if shown is None else {"Authorization": f"Bearer {shown}"}
    try:
        with urlopen(Request(process.url + path, headers=headers), timeout=ANSWER_S_MAX) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, TimeoutError):
        return 0


def leads(process: Served, shown: str) -> bool:
    """Whether the relay of this intake leads."""
    request = Request(f"{process.url}/intake/metrics", headers={"Authorization": f"Bearer {shown}"})  # noqa: S310 - as above
    with urlopen(request, timeout=ANSWER_S_MAX) as answer:  # noqa: S310 - as above
        return LEADS in answer.read().decode()


async def is_told(home: Path) -> bool:
    """Whether intake's outbox is empty."""
    url = orjson.loads((home / "servers.json").read_bytes())["databases"]["intake"]
    connection = await asyncpg.connect(url)
    try:
        return not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)")
    finally:
        await connection.close()


def is_shown(projection: Served, ticket: str, shown: str) -> bool:
    """Whether this projection knows the ticket."""
    return status(projection, f"/projection/tickets/{ticket}", shown) == OK


def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so. Errors: AssertionError after `WITHIN_S`."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, f"not within {WITHIN_S:.0f} s"
        time.sleep(LOOK_EVERY_S)
