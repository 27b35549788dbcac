"""The servers of a home, seen from the command that wants them: started, used, stopped; see the package's docstring."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from shared.clock import monotonic
from shared.database.create import create_databases
from shared.embedded.errors import CannotServe
from shared.embedded.fetch import fetch
from shared.embedded.home import Home, open_home
from shared.embedded.kafka import find_java
from shared.embedded.left_over import stop_left_overs
from shared.embedded.lock import Owner, current_owner, held_by
from shared.embedded.process import Cancelled
from shared.embedded.program import find_binaries
from shared.embedded.progress import Progress, Step, silent
from shared.embedded.state import DATABASES, Addresses, addresses_of, write_servers_file

PROJECT = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_S = 40.0
READY_TIMEOUT_S = 180.0


class EmbeddedServers:
    """PostgreSQL and Kafka of a home folder, for as long as the block runs.

    If `gongdan servers start` already keeps servers for this home, those are used, and left running at the end.
    Errors of entering: CannotServe, with what to do in its words.
    """

    def __init__(self, home: Path, *, progress: Progress = silent, detached: bool = False) -> None:
        """With `detached` the servers live on after the block, until `stop_servers`."""
        self._root = home
        self._progress = progress
        self._detached = detached
        self._keeper: subprocess.Popen[bytes] | None = None
        self._abandoned = threading.Event()
        self._addresses: Addresses | None = None
        self.were_running = False

    @property
    def addresses(self) -> Addresses:
        """Where the servers listen, while the block runs."""
        if self._addresses is None:
            raise RuntimeError("the servers were not started")
        return self._addresses

    @property
    def kafka(self) -> str:
        """Kafka's bootstrap servers, `host:port`."""
        return self.addresses.kafka

    @property
    def databases(self) -> dict[str, str]:
        """The URL of each service's database, by the service's name."""
        return self.addresses.databases

    @property
    def admin_url(self) -> str:
        """The URL of a user that may make databases."""
        return self.addresses.admin_url

    @property
    def pids(self) -> dict[str, int]:
        """`kafka` and `postgres`."""
        return self.addresses.pids

    async def __aenter__(self) -> Self:
        work = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            self._addresses = await asyncio.shield(work)
            await create_databases(self.admin_url, DATABASES)
            write_servers_file(self._home, self.addresses)
        except BaseException:
            self._abandoned.set()
            await asyncio.shield(self._abandon(work))
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._detached:
            await asyncio.shield(asyncio.to_thread(self._stop))

    async def _abandon(self, work: asyncio.Future[Addresses]) -> None:
        """Stop what was started, and what is just being started."""
        await asyncio.to_thread(self._stop)
        await asyncio.wait([work])
        await asyncio.to_thread(self._stop)
        if not work.cancelled():
            work.exception()  # told by the error that brought us here, or by nobody because a stop was asked for

    def _start(self) -> Addresses:
        self._home = open_home(self._root)
        find_java()
        find_binaries()
        fetch(self._tell)
        deadline = monotonic() + READY_TIMEOUT_S
        while True:
            held, owner = current_owner(self._home.lock_file)
            if not held or owner is None or owner.process is None or owner.attached or owner.phase == "stopping":
                return self._start_keeper()
            if owner.phase == "ready":
                self.were_running = True
                return addresses_of(self._home, owner.pids)
            if monotonic() > deadline:
                raise held_by(self._home.root, owner)
            self._tell(Step(f"Waiting for {owner}, which is starting them"))
            self._abandoned.wait(0.1)

    def _start_keeper(self) -> Addresses:
        self._keeper = _spawn_keeper(self._home, attached=not self._detached)
        stream = self._keeper.stdout
        assert stream is not None  # noqa: S101 - it was asked for as a pipe
        with stream:
            for text in stream:
                match json.loads(text):
                    case {"step": str(step)}:
                        self._tell(Step(step))
                    case {"error": str(what), "remedy": str(remedy)}:
                        raise CannotServe(what, remedy=remedy)
                    case _:
                        _, owner = current_owner(self._home.lock_file)
                        if owner is not None and owner.pids:
                            return addresses_of(self._home, owner.pids)
        raise CannotServe(
            "The keeper of the servers ended before they were ready.",
            remedy=f"{self._home.logs / 'keeper.log'} may say why.",
        )

    def _tell(self, step: Step) -> None:
        if self._abandoned.is_set():
            raise Cancelled
        self._progress(step)

    def _stop(self) -> None:
        """Stop what this object started, whatever state that is in."""
        keeper = self._keeper
        if keeper is None:
            return
        if keeper.stdin is not None:
            keeper.stdin.close()
        keeper.terminate()
        try:
            keeper.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        stop_left_overs(self._home, _silent)


def stop_servers(root: Path) -> bool:
    """Stop the servers that `servers start` left running; answer whether there were any. Errors: CannotServe."""
    if not root.exists():
        return False
    home = open_home(root)
    held, owner = current_owner(home.lock_file)
    if not held:
        return stop_left_overs(home, _silent)
    keeper = owner.process if owner else None
    if owner is None or keeper is None:
        if not stop_left_overs(home, _silent):
            raise held_by(home.root, owner)
        return True
    if owner.attached and owner.phase != "stopping":
        raise held_by(home.root, owner)
    try:
        keeper.terminate()
        keeper.wait(STOP_TIMEOUT_S)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired as error:
        raise CannotServe(
            f"The keeper (pid {owner.pid}) did not end within {STOP_TIMEOUT_S:.0f} s.",
            remedy=f"{home.logs} may say why; `kill -9 {owner.pid}` and then `gongdan servers stop` again ends them.",
        ) from error
    return True


def servers_status(root: Path) -> tuple[Owner | None, Addresses | None]:
    """Who keeps servers in this home, and where they listen if they are ready. Effects: none, makes no folder."""
    home = Home(Path(os.path.realpath(root.expanduser())))
    held, owner = current_owner(home.lock_file)
    if not held or owner is None or owner.process is None:
        return None, None
    return owner, addresses_of(home, owner.pids) if owner.phase == "ready" else None


def _spawn_keeper(home: Home, *, attached: bool) -> subprocess.Popen[bytes]:
    """Start the keeper in a session of its own; attached ones hold the other end of its standard input."""
    options = ["--home", str(home.root), "--command", _own_command(), "--command-pid", str(os.getpid())]
    environment = os.environ.copy()  # noqa: TID251 - handed on to a child, not read as a setting
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT), environment.get("PYTHONPATH")]))
    with (home.logs / "keeper.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", "shared.embedded.keeper", *options, *(["--attached"] if attached else [])],
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


def _own_command() -> str:
    """What the person typed, as far as it can be known."""
    program = Path(sys.argv[0])
    name = "gongdan" if program.name == "__main__.py" else program.name
    return shlex.join([name, *sys.argv[1:]])[:200]


def _silent(_text: str) -> None:
    """Say nothing: the caller tells what became of it."""
