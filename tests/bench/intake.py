"""Contacts per second at intake's front door, beside a route that does nothing and beside bare commits."""

import asyncio
import csv
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import asyncpg

from tests.bench.client import Plan, Rate, measure
from tests.bench.figures import Figure, at_least, ratio_at_least
from tests.support.program import ROOT, served, servers, token

CONNECTIONS = 32
ROUNDS = 3
WARM_UP_S = 1.0
SECONDS = 5.0
CUSTOMERS = ROOT / "deploy" / "sample" / "customers.csv"
BODY = (
    '{"visit_id":"{n}","store_id":"hz-wulin","clerk":"小陈","customer":{"name":"王芳","phone":"{phone}"},'
    '"order_id":"DD-261016-1961","product_sku":"CUP-002","description":"杯子漏水，盖子拧紧了还是漏，要求更换"}'
)
COMMIT = "INSERT INTO bare (contact_id, body) VALUES ($1, $2)"


def bench_intake(home: Path) -> list[Figure]:
    """Three rounds, each with all three measured one after the other; the median of each."""
    with servers(home) as document, served(home, "intake") as intake, noop_server() as noop_url:
        shown = token(home, "integration")
        phones = import_customers(intake.url, shown)
        ours, nothing, commits = [], [], []
        for number in range(ROUNDS):
            nothing.append(measure(plan(f"{noop_url}/noop", shown, f"n{number}", phones)))
            ours.append(measure(plan(f"{intake.url}/intake/store/contacts", shown, f"c{number}", phones)))
            commits.append(asyncio.run(bare_commits(document["databases"]["intake"])))
    assert not sum(rate.refused for rate in ours), ours
    return figures(middle(ours), middle(nothing), statistics.median(commits))


def figures(ours: Rate, nothing: Rate, commits: float) -> list[Figure]:
    """What is told of it."""
    name = f"intake, {CONNECTIONS} connections"
    beside = Figure(name, ours.per_s, "contacts/s", "no-op FastAPI route", nothing.per_s)
    return [
        ratio_at_least(beside, 0.4),
        at_least(Figure(name, ours.per_s, "contacts/s", "bare PostgreSQL commits", commits), 2_500),
        Figure(f"{name}, p50", ours.p50_ms, "ms", "no-op FastAPI route", nothing.p50_ms),
        Figure(f"{name}, p99", ours.p99_ms, "ms", "no-op FastAPI route", nothing.p99_ms),
    ]


def plan(url: str, shown: str, label: str, phones: tuple[str, ...]) -> Plan:
    """The same load for what is measured and for its baseline."""
    return Plan(url, shown, BODY, label, phones, CONNECTIONS, WARM_UP_S, SECONDS)


def middle(rates: list[Rate]) -> Rate:
    """The round whose rate is the median."""
    return sorted(rates, key=lambda rate: rate.per_s)[len(rates) // 2]


def import_customers(url: str, shown: str) -> tuple[str, ...]:
    """The sample's customers, so that each contact finds its own; answers their numbers."""
    request = Request(  # noqa: S310 - our own address
        f"{url}/intake/customers:import",
        CUSTOMERS.read_bytes(),
        {"Authorization": f"Bearer {shown}", "Content-Type": "text/csv"},
    )
    with urlopen(request) as answer:  # noqa: S310 - as above
        assert answer.status == 200
    return sample_phones()


def sample_phones() -> tuple[str, ...]:
    """The first number of each customer of the sample."""
    with CUSTOMERS.open(encoding="utf-8", newline="") as lines:
        return tuple(row["phones"].split(";")[0] for row in csv.DictReader(lines))


async def bare_commits(url: str) -> float:
    """Rows per second that as many connections commit one by one, with nothing around it."""
    pool = await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    try:
        await pool.execute("CREATE TABLE IF NOT EXISTS bare (contact_id text PRIMARY KEY, body text NOT NULL)")
        begins_at = time.perf_counter() + WARM_UP_S
        counts = await asyncio.gather(
            *(commit(pool, f"{begins_at}-{n}", begins_at, begins_at + SECONDS) for n in range(CONNECTIONS))
        )
        await pool.execute("DROP TABLE bare")
    finally:
        await pool.close()
    return sum(counts) / SECONDS


async def commit(pool: asyncpg.Pool, label: str, begins_at: float, ends_at: float) -> int:
    """One connection's commits between the two instants."""
    done = number = 0
    async with pool.acquire() as connection:
        while (now := time.perf_counter()) < ends_at:
            await connection.execute(COMMIT, f"{label}-{number}", BODY)
            number += 1
            done += now >= begins_at
    return done


@contextmanager
def noop_server() -> Iterator[str]:
    """The address of a route that does nothing, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.noop", str(port)], cwd=ROOT)
    try:
        until_open(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def until_open(port: int, within_s: float = 30) -> None:
    """Wait until something listens."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
