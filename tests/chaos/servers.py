"""The embedded servers of a run, apart from the services: stopped, killed, frozen, without room on their disk.

Their keeper starts again what dies. So "stopped for a while" is: the keeper frozen, the server ended, and the keeper
let go again. A keeper gives up when a server dies too often, as it should when a disk is full; then somebody starts
the servers again by hand, as `up` does.
"""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from tests.support.program import command

ServerName = Literal["kafka", "postgres"]

UP_WITHIN_S = 60.0
POLL_S = 0.1
DEATHS_MAX = 4
DEATHS_WINDOW_S = 60.0
"""A keeper gives up at six deaths within a minute."""
DISK_BYTES = 3 * 1024 * 1024 * 1024
FULL_BYTES_MIN = 4096


@dataclass(slots=True)
class Servers:
    """Kafka and PostgreSQL of a home."""

    home: Path
    kafka: str
    databases: dict[str, str]
    """By service, the real address, which the checkers use."""
    disk: Path | None = None
    """Where a file system of their own is mounted, if it could be."""
    _deaths: list[float] = field(default_factory=list)

    @property
    def postgres(self) -> str:
        """`host:port`."""
        return urlsplit(self.databases["intake"]).netloc.rpartition("@")[2]

    @property
    def admin_url(self) -> str:
        """Of the user that owns all of it."""
        return urlunsplit(urlsplit(self.databases["intake"])._replace(path="/postgres"))

    def document(self) -> dict[str, Any]:
        """servers.json, as it is now; without pids when they are not up."""
        try:
            document: dict[str, Any] = json.loads((self.home / "servers.json").read_bytes())
        except (OSError, ValueError):
            return {"pids": {}}
        return document

    def process(self, name: ServerName) -> psutil.Process | None:
        """The server's own process."""
        with suppress(psutil.Error, KeyError):
            return psutil.Process(self.document()["pids"][name])
        return None

    def keeper(self) -> psutil.Process | None:
        """The process that keeps the servers."""
        for name in ("kafka", "postgres"):
            server = self.process(name)
            with suppress(psutil.Error):
                parent = server.parent() if server else None
                if parent is not None and "shared.embedded.keeper" in parent.cmdline():
                    return parent
        return None

    async def calm(self) -> None:
        """Wait until one more death will not make the keeper give up."""
        while True:
            self._deaths = [death for death in self._deaths if death > time.monotonic() - DEATHS_WINDOW_S]
            if len(self._deaths) < DEATHS_MAX:
                return
            await asyncio.sleep(POLL_S)

    @asynccontextmanager
    async def without(self, name: ServerName, number: signal.Signals) -> AsyncIterator[None]:
        """The server ended by this signal, and not started again before the block ends."""
        await self.calm()
        self._deaths.append(time.monotonic())
        keeper, server = self.keeper(), self.process(name)
        tell(keeper, signal.SIGSTOP)
        try:
            tell(server, number)
            yield
        finally:
            tell(keeper, signal.SIGCONT)
            await self.up()

    async def kill(self, name: ServerName) -> None:
        """Kill -9; its keeper starts it again at once."""
        await self.calm()
        self._deaths.append(time.monotonic())
        tell(self.process(name), signal.SIGKILL)

    @asynccontextmanager
    async def frozen(self, name: ServerName) -> AsyncIterator[None]:
        """The server and its children stopped (SIGSTOP) until the block ends."""
        server = self.process(name)
        everyone = [server, *server.children(recursive=True)] if server else []
        for process in everyone:
            tell(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in everyone:
                tell(process, signal.SIGCONT)

    @asynccontextmanager
    async def full_disk(self) -> AsyncIterator[None]:
        """No room for one more page, until the block ends."""
        assert self.disk is not None
        used = psutil.disk_usage(str(self.disk)).used
        resize(self.disk, max(FULL_BYTES_MIN, used))
        try:
            yield
        finally:
            resize(self.disk, DISK_BYTES)
            await self.up()

    async def up(self) -> None:
        """Return when both answer; starts them when their keeper has given up. Errors: AssertionError."""
        deadline = time.monotonic() + UP_WITHIN_S
        while not await self.answer():
            if self.keeper() is None and not self._keeper_starts():
                await asyncio.to_thread(command, "servers", "start", "--home", str(self.home))
            if time.monotonic() > deadline:
                raise AssertionError(f"the servers of {self.home} are not up within {UP_WITHIN_S:.0f} s")
            await asyncio.sleep(POLL_S)

    def _keeper_starts(self) -> bool:
        """Whether a keeper of this home is alive; while it starts a server again, its pids are of the dead."""
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "shared.embedded.keeper" in words and str(self.home) in words:
                return True
        return False

    async def answer(self) -> bool:
        """Whether both take connections."""
        host, _, port = self.kafka.rpartition(":")
        try:
            async with asyncio.timeout(3):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                connection = await asyncpg.connect(self.admin_url, timeout=3)
                await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        return True


def tell(process: psutil.Process | None, number: signal.Signals) -> None:
    """Send a signal to whoever may be gone already."""
    if process is not None:
        with suppress(psutil.Error, ProcessLookupError):
            process.send_signal(number)


def resize(disk: Path, size: int) -> None:
    """Give a tmpfs another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def mounted(home: Path) -> Path | None:
    """A file system of its own at `home`, in memory; None where that is not allowed."""
    home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return None
    arguments = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(home)]
    done = subprocess.run(arguments, check=False, capture_output=True)
    return home if done.returncode == 0 else None


@asynccontextmanager
async def some_servers(home: Path, *, own_disk: bool) -> AsyncIterator[Servers]:
    """Servers in a new home, with tables and topics; all of it goes at the end, what they said excepted."""
    disk = mounted(home) if own_disk else None
    try:
        await asyncio.to_thread(command, "servers", "start", "--home", str(home))
        document = json.loads((home / "servers.json").read_bytes())
        yield Servers(home, document["kafka"], document["databases"], disk)
    finally:
        await asyncio.to_thread(command, "servers", "stop", "--home", str(home))
        if disk is not None:
            await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(disk)], check=False)
