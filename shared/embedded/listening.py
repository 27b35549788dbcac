"""Start a server so that it listens: on the ports of last time, or on others when another program has taken those."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import psutil

from shared.embedded.errors import CannotServe
from shared.embedded.ports import choose_port, is_free
from shared.embedded.process import Launch, Running, log_since, size_of, spawn, wait_until

PORT_TRIES_MAX = 5
READY_TIMEOUT_S = 120.0
"""After a crash PostgreSQL replays up to max_wal_size first, and Kafka reads its last segments."""


class Server(Protocol):
    """What `postgres` and `kafka` have in common."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def log(self) -> Path:
        """What it said."""
        ...

    def prepare(self) -> None:
        """Make the data folder and the settings; nothing happens where they are. Errors: CannotServe."""
        ...

    def remembered_ports(self) -> dict[str, int]:
        """The ports of last time by name, 0 where there was none."""
        ...

    def launch_on(self, ports: Mapping[str, int]) -> Launch:
        """How it is started on these ports. Effects: writes what it reads at its start."""
        ...

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Whether it takes connections."""
        ...

    def left_over(self) -> list[psutil.Process]:
        """Its processes that run although nobody keeps them."""
        ...


def start(server: Server, *, lock: int, taken: set[int], cancel: threading.Event) -> Running:
    """Start and wait until it takes connections. Errors: CannotServe, Cancelled; then nothing of it runs any more.

    Between looking for a port and listening on it another program may take it: then others are tried.
    """
    server.prepare()
    wanted = server.remembered_ports()
    log_start = size_of(server.log)
    for _ in range(PORT_TRIES_MAX):
        ports = {name: choose_port(port, taken) for name, port in wanted.items()}
        running = spawn(server.launch_on(ports), ports=ports, keep_open=[lock])
        if _becomes_ready(server, running, cancel):
            return running
        if all(is_free(port) for port in ports.values()):
            break
        wanted = dict.fromkeys(wanted, 0)
    raise _failed(server, log_since(server.log, log_start))


def _becomes_ready(server: Server, running: Running, cancel: threading.Event) -> bool:
    try:
        return wait_until(lambda: server.is_ready(running.ports), running, cancel, timeout_s=READY_TIMEOUT_S)
    except BaseException:
        running.stop()
        raise


def _failed(server: Server, said: str) -> CannotServe:
    if "No space left on device" in said:
        return CannotServe(
            f"{server.title} found no room for its data:\n{said}",
            remedy="Free some room on that disk and start again; nothing that was acknowledged is lost.",
        )
    return CannotServe(f"{server.title} did not start:\n{said}", remedy=f"All that it said is in {server.log}.")
