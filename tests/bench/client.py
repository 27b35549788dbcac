"""HTTP load from a process of its own: `python -m tests.bench.client`, a plan goes in, figures come out.

Keep-alive connections, each with one request on its way; written on the bare protocol, so that it costs the machine
little beside what it measures.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post: `body` with `{n}` replaced by a rising number and `{phone}` by one of `phones`."""

    url: str
    token: str
    body: str
    label: str
    phones: tuple[str, ...]
    connections: int
    warm_up_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """What was reached: answers per second, and their latency in milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    answers: int
    refused: int


def measure(plan: Plan) -> Rate:
    """Run the plan in a new process."""
    command = [sys.executable, "-m", "tests.bench.client"]
    timeout_s = plan.warm_up_s + plan.seconds + 30
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
    return Rate(**json.loads(done.stdout))


@dataclass(slots=True)
class Tally:
    """What came so far; counted only between `begins_at` and `ends_at`."""

    begins_at: float
    ends_at: float
    latencies_s: list[float]
    refused: int = 0

    def add(self, sent_at: float, *, good: bool) -> None:
        now = time.perf_counter()
        if self.begins_at <= now < self.ends_at:
            self.latencies_s.append(now - sent_at)
            self.refused += not good


class Connection(asyncio.Protocol):
    """One caller: sends, waits for the whole answer, sends the next, until the time is over."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, over: "asyncio.Future[None]") -> None:
        self._requests = requests
        self._tally = tally
        self._over = over
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not one by its class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) < head_end + 4 + length:
            return
        self._tally.add(self._sent_at, good=head[9:10] == b"2")
        self._buffer = b""
        if time.perf_counter() < self._tally.ends_at:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))


def requests(plan: Plan) -> Iterator[bytes]:
    """The bytes of one request after the other."""
    parts = urlsplit(plan.url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {plan.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    for n in count():
        text = plan.body.replace("{n}", f"{plan.label}-{n:08}")
        body = text.replace("{phone}", plan.phones[n % len(plan.phones)] if plan.phones else "").encode()
        yield f"{head}{len(body)}\r\n\r\n".encode() + body


async def run(plan: Plan) -> Rate:
    """Hold the connections for the planned time."""
    loop = asyncio.get_running_loop()
    host, port = urlsplit(plan.url).netloc.split(":")
    begins_at = time.perf_counter() + plan.warm_up_s
    tally = Tally(begins_at, begins_at + plan.seconds, [])
    work = requests(plan)
    ended = [loop.create_future() for _ in range(plan.connections)]
    for over in ended:
        await loop.create_connection(partial(Connection, work, tally, over), host, int(port))
    await asyncio.gather(*ended)
    return rate_of(tally, plan.seconds)


def rate_of(tally: Tally, seconds: float) -> Rate:
    """The figures of what came within the time."""
    answers = len(tally.latencies_s)
    return Rate(
        per_s=(answers - tally.refused) / seconds,
        p50_ms=percentile(tally.latencies_s, 0.50) * 1000,
        p99_ms=percentile(tally.latencies_s, 0.99) * 1000,
        answers=answers,
        refused=tally.refused,
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


if __name__ == "__main__":
    document = json.loads(sys.stdin.read())
    reached = uvloop.run(run(Plan(**{**document, "phones": tuple(document["phones"])})))
    sys.stdout.write(json.dumps(asdict(reached)))
