"""An overloaded intake: its database is made slow, so that one machine can offer ten times what it bears.

What is offered comes at its own pace, whatever the answers are (an open loop), as a crowd of callers does.
"""

import asyncio
import statistics
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psutil

from shared.clock import monotonic
from shared.ids import random_id
from tests.support.program import Served, served, servers, token
from tests.support.proxy import Weather, a_proxy, behind

SLOW = Weather(delay_s=0.01)
BATCH_MAX = 10
"""Contacts of one transaction, so that what is bearable is a hundred or two a second."""
FACTOR = 10
CROWD_MAX = 2_000
"""Callers that wait at the same time; nobody more can be sent by one machine, and what was really sent is counted."""
CALLERS = 64
"""Callers one after the other, when what is bearable is measured."""
TICK_S = 0.01
ANSWER_S_MAX = 60
MEASURE_S = 2.0
FULL_SPEED = 0.8
"""Of the rate from before: then it counts as back at full speed."""


@dataclass(slots=True)
class Tally:
    """What was answered, and how long that took."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits_s: dict[int, list[float]] = field(default_factory=dict)
    without_retry_after: int = 0

    def note(self, status: int, wait_s: float, *, says_when: bool) -> None:
        self.statuses[status] += 1
        self.waits_s.setdefault(status, []).append(wait_s)
        self.without_retry_after += status in {429, 503} and not says_when

    @property
    def answers(self) -> int:
        """How many there were."""
        return self.statuses.total()

    def slowest_s(self, status: int) -> float:
        return max(self.waits_s.get(status, [0.0]))

    def median_s(self, status: int) -> float:
        return statistics.median(self.waits_s.get(status, [0.0]))


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one run; rates are recorded contacts per second, memory is in MiB."""

    bearable_per_s: float
    offered_per_s: float
    tally: Tally
    rejected_metric: float
    recovered_after_s: float
    memory_before: float
    memory_highest: float
    memory_after: float

    def document(self) -> dict[str, Any]:
        """For people and scripts."""
        statuses = {str(status): count for status, count in sorted(self.tally.statuses.items())}
        return {
            "bearable_per_s": round(self.bearable_per_s, 1),
            "offered_per_s": round(self.offered_per_s, 1),
            "statuses": statuses,
            "recorded_p50_s": round(self.tally.median_s(201), 3),
            "recorded_slowest_s": round(self.tally.slowest_s(201), 3),
            "refused_p50_s": round(self.tally.median_s(503), 4),
            "without_retry_after": self.tally.without_retry_after,
            "rejected_metric": self.rejected_metric,
            "full_speed_after_s": round(self.recovered_after_s, 1),
            "memory_mib": [round(self.memory_before), round(self.memory_highest), round(self.memory_after)],
        }


async def overload(home: Path, seconds: float) -> Report:
    """`overloaded` with servers of its own in `home`."""
    with servers(home) as document:
        return await overloaded(home, document["kafka"], document["databases"]["intake"], seconds)


async def overloaded(home: Path, kafka: str, database: str, seconds: float, **settings: str) -> Report:
    """Measure what is bearable, offer ten times that for `seconds`, and see how soon all is as before."""
    async with a_proxy(urlsplit(database).netloc.rpartition("@")[2]) as link:
        environment = settings | {
            "GONGDAN_KAFKA_BOOTSTRAP_SERVERS": kafka,
            "GONGDAN_INTAKE_DATABASE_URL": behind(database, link),
            "GONGDAN_CONTACTS_BATCH_MAX": str(BATCH_MAX),
        }
        running = served(home, "intake", environment=environment)
        intake = await asyncio.to_thread(running.__enter__)  # in a thread: the link must work meanwhile
        try:
            link.set(SLOW)
            return await offered(intake, token(home, "integration"), seconds)
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


async def offered(intake: Served, shown: str, seconds: float) -> Report:
    """The run itself, against an intake that is up."""
    process = psutil.Process(intake.process.pid)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=ANSWER_S_MAX)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        post = poster(session, intake.url, shown)
        bearable = await closed_loop(post, MEASURE_S)
        before = memory(process)
        tally, offered_per_s, highest = await open_loop(post, bearable * FACTOR, seconds, lambda: memory(process))
        recovered = await until_full_speed(post, bearable)
        rejected = await metric(session, intake.url, "gongdan_http_rejected_total")
        return Report(bearable, offered_per_s, tally, rejected, recovered, before, highest, memory(process))


Post = Callable[[Tally], Coroutine[Any, Any, None]]


def poster(session: aiohttp.ClientSession, url: str, shown: str) -> Post:
    """Posts one new contact and notes its answer."""
    headers = {"authorization": f"Bearer {shown}"}

    async def post(tally: Tally) -> None:
        began = monotonic()
        body = {
            "visit_id": str(random_id()),
            "store_id": "hz-wulin",
            "clerk": "小陈",
            "customer": {"name": "王芳"},
            "description": "杯子漏水",
        }
        async with session.post(f"{url}/intake/store/contacts", json=body, headers=headers) as answer:
            await answer.read()
            tally.note(answer.status, monotonic() - began, says_when="retry-after" in answer.headers)

    return post


async def closed_loop(post: Post, seconds: float) -> float:
    """Recorded contacts per second of some callers, each of whom waits for the answer."""
    tally = Tally()
    until = monotonic() + seconds

    async def caller() -> None:
        while monotonic() < until:
            await post(tally)

    began = monotonic()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return tally.statuses[201] / (monotonic() - began)


async def open_loop(post: Post, per_s: float, seconds: float, look: Callable[[], float]) -> tuple[Tally, float, float]:
    """What came of offering `per_s`, what was really offered, and the most memory that was seen meanwhile."""
    tally, highest, due, sent = Tally(), 0.0, 0, 0
    began = monotonic()
    async with asyncio.TaskGroup() as callers:
        while (passed := monotonic() - began) < seconds:
            for _ in range(int(passed * per_s) - due):
                due += 1
                if sent - tally.answers < CROWD_MAX:
                    callers.create_task(post(tally))
                    sent += 1
            highest = max(highest, look())
            await asyncio.sleep(TICK_S)
    return tally, sent / seconds, highest


async def until_full_speed(post: Post, bearable: float) -> float:
    """Seconds from the last answer until a second of closed loop goes as it did before."""
    began = monotonic()
    while await closed_loop(post, 1.0) < bearable * FULL_SPEED:
        assert monotonic() - began < ANSWER_S_MAX, "it never came back to full speed"
    return monotonic() - began


async def metric(session: aiohttp.ClientSession, url: str, name: str) -> float:
    """The sum of a counter over its labels."""
    async with session.get(f"{url}/intake/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + "{"))


def memory(process: psutil.Process) -> float:
    """Resident MiB."""
    return float(process.memory_info().rss) / 2**20
