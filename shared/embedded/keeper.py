"""The process that keeps a home's servers: `python -m shared.embedded.keeper`, started by `shared.embedded.servers`.

It holds the home's lock, starts PostgreSQL and Kafka side by side, starts again what dies, and stops both on SIGTERM
or SIGINT, and also, when attached, as soon as the command that wanted them is gone: its standard input is a pipe
that the kernel closes even after kill -9. Only a kill of the keeper itself leaves servers behind; the next start
finds those by their marks and stops them first.

It tells on standard output, as JSON lines, what it does, and then `ready` or `error`; after that nobody listens.
"""

import argparse
import contextlib
import json
import os
import select
import signal
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import psutil

from shared.clock import monotonic, now
from shared.embedded.class_data import ArchiveMaker
from shared.embedded.errors import CannotServe
from shared.embedded.home import Home, open_home
from shared.embedded.kafka import Kafka
from shared.embedded.left_over import stop_left_overs
from shared.embedded.listening import Server, start
from shared.embedded.lock import Owner, current_owner, held_by, try_lock, write_owner
from shared.embedded.postgres import Postgres
from shared.embedded.process import Cancelled, Running, stop_all
from shared.embedded.state import update_servers_file

LOCK_WAIT_S_MAX = 30.0
"""How long another keeper's stop may take."""

RESTARTS_MAX = 20
RESTARTS_WINDOW_S = 60.0
"""More deaths than that within the window are no accident: then all is stopped, and the log says why."""


class Keeper:
    """Keeps the servers of one home until it is told to stop."""

    def __init__(self, home: Home, owner: Owner) -> None:
        self._home = home
        self._owner = owner
        self._cancel = threading.Event()
        self._servers: dict[str, Running] = {}
        self._taken: set[int] = set()
        self._deaths: list[float] = []
        self._lock = -1
        self._archive_maker: ArchiveMaker | None = None
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> int:
        """Take the home, start, keep, stop; answer the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: os.write(self._wake_write, b"s"))
        try:
            self._lock = self._take_lock()
            self._note(phase="starting", pids={})
            self._start(("postgres", "kafka"))
            _tell(ready=True)
            _hang_up()
            self._keep()
        except Cancelled:
            return 0
        except CannotServe as error:
            _tell(error=error.what, remedy=error.remedy)
            sys.stderr.write(f"{now().isoformat()} {error}\n")
            return 1
        finally:
            self._stop()

    def _take_lock(self) -> int:
        """The home's lock, after waiting for one that is being given up. Errors: CannotServe naming who holds it.

        Left-over servers hold it too, so whoever has it has the home for itself.
        """
        deadline = monotonic() + LOCK_WAIT_S_MAX
        while (descriptor := try_lock(self._home.lock_file)) is None:
            _, owner = current_owner(self._home.lock_file)
            if owner is not None and owner.process is None:
                stop_left_overs(self._home, _tell_step)
            elif owner is not None and not _is_leaving(owner):
                raise held_by(self._home.root, owner)
            if monotonic() > deadline:
                raise held_by(self._home.root, owner)
            self._listen(0.05)
        return descriptor

    def _start(self, names: tuple[str, ...]) -> None:
        """Start these side by side. Errors: CannotServe of the first that failed, Cancelled."""
        _tell(step=f"Starting {' and '.join(TITLES[name] for name in names)}")
        remembered = self._home.remembered()
        servers: dict[str, Server] = {
            "postgres": Postgres(self._home, remembered),
            "kafka": Kafka(self._home, remembered),
        }
        with ThreadPoolExecutor(len(names)) as pool:
            futures = {name: pool.submit(self._start_one, name, servers[name]) for name in names}
            for future in futures.values():
                future.add_done_callback(lambda _: os.write(self._wake_write, b"f"))
            try:
                while not all(future.done() for future in futures.values()):
                    self._listen(1.0)
                    _raise_first(futures)
            except BaseException:
                self._cancel.set()
                raise
            _raise_first(futures)
        self._home.remember_ports(
            {name: port for server in self._servers.values() for name, port in server.ports.items()}
        )
        self._note(phase="ready", pids={name: server.process.pid for name, server in self._servers.items()})

    def _start_one(self, name: str, server: Server) -> None:
        begun = monotonic()
        running = start(server, lock=self._lock, taken=self._taken, cancel=self._cancel)
        self._servers[name] = running
        for port_name, port in server.remembered_ports().items():
            if port not in {0, running.ports[port_name]}:
                _tell(step=f"Port {port} is taken by another program: {running.ports[port_name]} from now on")
        _tell(step=f"{server.title} is ready after {monotonic() - begun:.1f} s")

    def _keep(self) -> NoReturn:
        """Start again what dies, until a stop is asked for."""
        kafka = Kafka(self._home, self._home.remembered())
        self._archive_maker = kafka.archive_maker(self._servers["kafka"].launch)
        while True:
            self._listen(0.5)
            self._archive_maker.step()
            dead = tuple(name for name, server in self._servers.items() if server.exit_code is not None)
            if dead:
                self._revive(dead)

    def _revive(self, dead: tuple[str, ...]) -> None:
        codes = {name: self._servers[name].exit_code for name in dead}
        sys.stderr.write(f"{now().isoformat()} ended by themselves, with: {codes}; starting again\n")
        moment = monotonic()
        self._deaths = [death for death in self._deaths if death > moment - RESTARTS_WINDOW_S] + [moment]
        if len(self._deaths) > RESTARTS_MAX:
            raise CannotServe(
                f"{', '.join(TITLES[name] for name in dead)} ended {len(self._deaths)} times within a minute.",
                remedy=f"{self._home.logs} holds what they said.",
            )
        for name in dead:
            self._taken -= set(self._servers.pop(name).ports.values())
        if "postgres" in dead:
            # a killed postmaster's children take a moment to notice, and a new one refuses to start beside them
            stop_all(Postgres(self._home, self._home.remembered()).left_over(), ((signal.SIGQUIT, 5.0),))
        self._start(dead)
        update_servers_file(self._home, self._owner.pids)

    def _listen(self, timeout_s: float) -> None:
        """Wait for a signal, the end of an attached command, or `timeout_s`. Errors: Cancelled when told to stop."""
        sources = [self._wake_read, *([sys.stdin.fileno()] if self._owner.attached else [])]
        ready, _, _ = select.select(sources, [], [], timeout_s)
        asked = self._wake_read in ready and b"s" in os.read(self._wake_read, 1024)
        alone = sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 1024)
        if asked or alone:
            raise Cancelled

    def _stop(self) -> None:
        """Stop both side by side; the lock goes with this process."""
        if self._lock < 0:
            return
        self._note(phase="stopping", pids=self._owner.pids)
        self._home.servers_file.unlink(missing_ok=True)
        stops = [server.stop for server in (self._archive_maker, *self._servers.values()) if server is not None]
        threads = [threading.Thread(target=stop) for stop in stops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.close(self._lock)

    def _note(self, **changes: Any) -> None:
        self._owner = replace(self._owner, **changes)
        write_owner(self._lock, self._owner)


TITLES = {"postgres": "PostgreSQL", "kafka": "Kafka"}


def _is_leaving(owner: Owner) -> bool:
    return owner.phase == "stopping" or (owner.attached and not psutil.pid_exists(owner.command_pid))


def _raise_first(futures: dict[str, Future[None]]) -> None:
    for future in futures.values():
        if future.done() and (error := future.exception()) is not None:
            raise error


def _tell(**line: object) -> None:
    """One JSON line to whoever started us; nobody may be there any more."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")


def _tell_step(text: str) -> None:
    _tell(step=text)


def _hang_up() -> None:
    """Let the pipe go, so that its reader sees the end; what is told from now on goes to the log."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def main() -> int:
    """Read the command line, open the home, keep."""
    parser = argparse.ArgumentParser(prog="shared.embedded.keeper")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--command-pid", type=int, required=True)
    parser.add_argument("--attached", action="store_true")
    options = parser.parse_args()
    owner = Owner(
        pid=os.getpid(),
        created=psutil.Process().create_time(),
        command=options.command,
        command_pid=options.command_pid,
        since=now().isoformat(timespec="seconds"),
        attached=options.attached,
        phase="starting",
        pids={},
    )
    try:
        home = open_home(options.home)
    except CannotServe as error:
        _tell(error=error.what, remedy=error.remedy)
        return 1
    return Keeper(home, owner).run()


if __name__ == "__main__":
    sys.exit(main())
