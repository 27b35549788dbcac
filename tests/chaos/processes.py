"""One `gongdan serve` as a process: started, killed, frozen, and started again by a supervisor when it ends."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.support.program import ROOT, clean_environment

READY_WITHIN_S = 120.0
STOP_WITHIN_S = 40.0
RESTART_PAUSE_S = 0.5
"""What a supervisor waits before it starts again what ended."""
POLL_S = 0.1
PROGRAM = ("-m", "services")


@dataclass(slots=True)
class Process:
    """A process of the program under a supervisor. `environment` holds for every start, `once` for the next one."""

    name: str
    target: str
    home: Path
    environment: dict[str, str]
    starter: Sequence[str] = PROGRAM
    port: int = 0
    link_port: int = 0
    """Of the link over which clients reach it; 0: they reach it directly."""
    once: dict[str, str] = field(default_factory=dict)
    is_wanted: bool = False
    exits: list[int] = field(default_factory=list)
    """The exit codes so far, of those that were asked to end too."""
    why_not: str = ""
    """What it said when it was last found not ready."""
    _running: asyncio.subprocess.Process | None = None
    _supervisor: "asyncio.Task[None] | None" = None

    @property
    def url(self) -> str:
        """Where it answers, when it does; the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client_url(self) -> str:
        """Where clients ask it."""
        return f"http://127.0.0.1:{self.link_port}" if self.link_port else self.url

    @property
    def pid(self) -> int | None:
        """None while none runs."""
        return self._running.pid if self._running is not None and self._running.returncode is None else None

    def start(self) -> None:
        """Start it, and again whenever it ends, until `stop`."""
        self.port = self.port or free_port()
        self.is_wanted = True
        if self._supervisor is None or self._supervisor.done():
            self._supervisor = asyncio.create_task(self._supervise(), name=f"supervisor of {self.name}")

    async def stop(self) -> None:
        """End it as SIGTERM does and leave it ended; kill it when it does not listen."""
        self.is_wanted = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self._supervisor is not None:
            done, _ = await asyncio.wait([self._supervisor], timeout=STOP_WITHIN_S)
            if not done:
                self.signal(signal.SIGKILL)
                await asyncio.wait([self._supervisor], timeout=STOP_WITHIN_S)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that runs now, if one does."""
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def is_ready(self, session: aiohttp.ClientSession) -> bool:
        """Whether it says that it is."""
        services = ("intake", "routing", "notify", "projection") if self.target == "all" else (self.target,)
        try:
            for service in services:
                async with session.get(f"{self.url}/{service}/health/ready") as answer:
                    if answer.status != 200:
                        self.why_not = await answer.text()
                        return False
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.why_not = repr(error)
            return False
        return True

    async def until_ready(self, session: aiohttp.ClientSession, within_s: float = READY_WITHIN_S) -> None:
        """Return when it is. Errors: AssertionError after `within_s` seconds, with the end of what it said."""
        deadline = time.monotonic() + within_s
        while not await self.is_ready(session):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} was not ready within {within_s:.0f} s: {self.why_not}")
            await asyncio.sleep(POLL_S)

    def said(self) -> Path:
        """All that it said, over all its starts."""
        return self.home.parent / f"{self.name}.log"

    async def _supervise(self) -> None:
        while self.is_wanted:
            with self.said().open("ab") as output:
                arguments = ("serve", "--target", self.target, "--home", str(self.home), "--port", str(self.port))
                environment = clean_environment() | self.environment | self.once
                self.once = {}
                self._running = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *self.starter,
                    *arguments,
                    cwd=ROOT,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            self.exits.append(await self._running.wait())
            if self.is_wanted:
                await asyncio.sleep(RESTART_PAUSE_S)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def addresses(kafka: str, databases: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """The environment that names the servers."""
    urls = {f"GONGDAN_{service.upper()}_DATABASE_URL": url for service, url in databases.items()}
    return {"GONGDAN_KAFKA_BOOTSTRAP_SERVERS": kafka, "GONGDAN_TOPIC_PREFIX": prefix, **urls}
