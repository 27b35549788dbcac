"""Contacts at a steady rate and somebody who watches: `python -m tests.bench.viewer`, a plan goes in, figures come out.

Each contact is posted at its planned instant, whether or not the answers before it came (what waits is counted as
waiting). It is visible when the projection's live view shows that somebody was chosen. Both ends are in this process,
so one clock measures.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
import uvloop

from tests.bench.client import percentile

ROOT = Path(__file__).parents[2]
CONNECTIONS = 32
VISIBLE_WITHIN_S = 60
CHOSEN = b'"type":"ticket.assigned"'
TICKET_ID = b'data: {"ticket_id":"'


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post, where to look. `body` has `{n}`, `{phone}` and `{store}` to be filled in."""

    url: str
    poster: str
    viewer: str
    body: str
    label: str
    phones: tuple[str, ...]
    stores: tuple[str, ...]
    per_s: int
    warm_up_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds from a contact's planned instant to its answer, and to its being seen with a name on it."""

    contacts: int
    unseen: int
    answered_p50_ms: float
    answered_p99_ms: float
    visible_p50_ms: float
    visible_p99_ms: float


def watch(plan: Plan) -> Seen:
    """Run the plan in a new process."""
    command = [sys.executable, "-m", "tests.bench.viewer"]
    timeout_s = plan.warm_up_s + plan.seconds + VISIBLE_WITHIN_S + 120
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stderr
    return Seen(**json.loads(done.stdout))


@dataclass(slots=True)
class Times:
    """Instants by ticket id, on this process's clock."""

    planned: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    visible: dict[str, float] = field(default_factory=dict)


async def run(plan: Plan) -> Seen:
    """Watch first, then post, then wait for what is not seen yet."""
    times = Times()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS + 1)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        watching = asyncio.Event()
        viewer = asyncio.create_task(follow(session, plan, times, watching))
        await watching.wait()
        await post_all(session, plan, times)
        await until_seen(times, viewer)
        viewer.cancel()
        await asyncio.gather(viewer, return_exceptions=True)
    return seen(times)


async def post_all(session: aiohttp.ClientSession, plan: Plan, times: Times) -> None:
    """One contact after the other at its instant; those of the warm-up are not counted."""
    begins_at = time.perf_counter() + 0.1
    warm = int(plan.warm_up_s * plan.per_s)
    async with asyncio.TaskGroup() as posts:
        for n in range(warm + int(plan.seconds * plan.per_s)):
            at = begins_at + n / plan.per_s
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            posts.create_task(post(session, plan, n, times if n >= warm else Times(), at))


async def post(session: aiohttp.ClientSession, plan: Plan, n: int, times: Times, at: float) -> None:
    """One contact."""
    body = plan.body.replace("{n}", f"{plan.label}-{n:08}").replace("{phone}", plan.phones[n % len(plan.phones)])
    body = body.replace("{store}", plan.stores[n % len(plan.stores)])
    headers = {"Authorization": f"Bearer {plan.poster}", "Content-Type": "application/json"}
    async with session.post(f"{plan.url}/intake/store/contacts", data=body.encode(), headers=headers) as answer:
        text = await answer.read()
        assert answer.status == 201, text
    ticket_id = json.loads(text)["ticket_id"]
    times.planned[ticket_id] = at
    times.answered[ticket_id] = time.perf_counter()


async def follow(session: aiohttp.ClientSession, plan: Plan, times: Times, watching: asyncio.Event) -> None:
    """Note when each ticket is first shown with somebody chosen."""
    headers = {"Authorization": f"Bearer {plan.viewer}"}
    async with session.get(f"{plan.url}/projection/live", headers=headers, read_bufsize=2**20) as answer:
        assert answer.status == 200, await answer.text()
        async for line in answer.content:
            watching.set()
            if CHOSEN in line and line.startswith(TICKET_ID):
                ticket_id = line[len(TICKET_ID) : len(TICKET_ID) + 36].decode()
                times.visible.setdefault(ticket_id, time.perf_counter())


async def until_seen(times: Times, viewer: "asyncio.Task[None]") -> None:
    """Wait a while for what is not visible yet."""
    deadline = time.perf_counter() + VISIBLE_WITHIN_S
    while not times.planned.keys() <= times.visible.keys() and time.perf_counter() < deadline:
        await asyncio.wait([viewer], timeout=0.05)


def seen(times: Times) -> Seen:
    """The figures; what was never seen counts as the whole wait."""
    never_at = time.perf_counter()
    answered = [(times.answered[one] - at) * 1000 for one, at in times.planned.items()]
    visible = [(times.visible.get(one, never_at) - at) * 1000 for one, at in times.planned.items()]
    return Seen(
        contacts=len(times.planned),
        unseen=len(times.planned.keys() - times.visible.keys()),
        answered_p50_ms=percentile(answered, 0.50),
        answered_p99_ms=percentile(answered, 0.99),
        visible_p50_ms=percentile(visible, 0.50),
        visible_p99_ms=percentile(visible, 0.99),
    )


if __name__ == "__main__":
    given = json.loads(sys.stdin.read())
    named = given | {"phones": tuple(given["phones"]), "stores": tuple(given["stores"])}
    sys.stdout.write(json.dumps(asdict(uvloop.run(run(Plan(**named))))))
