"""Server processes: started out of the terminal's reach, waited for, stopped, and found again after a kill -9."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from shared.clock import monotonic
from shared.embedded.errors import CannotServe
from shared.embedded.home import disk_errors
from shared.embedded.user import RunAs

POLL_S = 0.02
LOG_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Launch:
    """How a server is started and stopped."""

    name: str
    command: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    user: RunAs | None = None
    stop_signals: Sequence[tuple[signal.Signals, float]] = ()
    """What it is asked with, one after the other, and how many seconds each may take; SIGKILL comes last."""


@dataclass(slots=True)
class Running:
    """A server that was started."""

    launch: Launch
    process: psutil.Popen
    ports: Mapping[str, int]

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        code: int | None = self.process.poll()
        return code

    def stop(self) -> None:
        """Ask, then insist; ends with the process gone."""
        stop_all([self.process], self.launch.stop_signals)
        with contextlib.suppress(psutil.TimeoutExpired):
            self.process.wait(1)


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked to stop
    """A start was given up because a stop was asked for."""


def spawn(launch: Launch, *, ports: Mapping[str, int] | None = None, keep_open: Iterable[int] = ()) -> Running:
    """Start a server in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it.

    `keep_open` are descriptors that it inherits (the home's lock). What it says is added to its log.
    """
    with disk_errors(launch.log.parent):
        _rotate(launch.log)
        log = launch.log.open("ab")
    with log, _not_executable(launch):
        process = psutil.Popen(
            list(launch.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=launch.folder,
            env=dict(launch.environment),
            start_new_session=True,
            pass_fds=tuple(keep_open),
            user=launch.user.uid if launch.user else None,
            group=launch.user.gid if launch.user else None,
            extra_groups=[] if launch.user else None,
        )
    return Running(launch, process, ports or {})


@contextlib.contextmanager
def _not_executable(launch: Launch) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotServe(
            f"{launch.command[0]} cannot be run: {error.strerror}.",
            remedy="The folder may be mounted without the right to execute, or the wheel be meant for another machine:"
            " run `make setup` again, on a disk that allows programs.",
        ) from error


def run_tool(launch: Launch, *, timeout_s: float = 120) -> None:
    """Run a tool to its end. Errors: CannotServe with the last lines of what it said."""
    start = size_of(launch.log)
    tool = spawn(launch)
    try:
        tool.process.wait(timeout_s)
    except psutil.TimeoutExpired:
        pass
    finally:
        code = tool.exit_code
        tool.stop()
    if code != 0:
        how = f"did not end within {timeout_s:.0f} s" if code is None else f"ended with {code}"
        raise CannotServe(
            f"{launch.name} {how}:\n{log_since(launch.log, start)}",
            remedy=f"All that it said is in {launch.log}.",
        )


def wait_until(ready: Callable[[], bool], server: Running, cancel: threading.Event, *, timeout_s: float) -> bool:
    """Wait for `ready`; False when the server ended before. Errors: Cancelled, CannotServe after `timeout_s`."""
    deadline = monotonic() + timeout_s
    while not ready():
        if server.exit_code is not None:
            return False
        if monotonic() > deadline:
            raise CannotServe(
                f"{server.launch.name} did not answer within {timeout_s:.0f} s.",
                remedy=f"{server.launch.log} may say why; a very busy machine may just need another try.",
            )
        if cancel.wait(POLL_S):
            raise Cancelled
    return True


def stop_all(processes: Sequence[psutil.Process], stop_signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Ask all of them with each signal in turn, and kill those that do not listen. Gone ones are no error."""
    alive = list(processes)
    for number, patience_s in (*stop_signals, (signal.SIGKILL, 10.0)):
        for process in alive:
            with contextlib.suppress(psutil.Error):  # psutil compares the start time: a reused pid is never signalled
                process.send_signal(number)
        _, alive = psutil.wait_procs(alive, timeout=patience_s)
        if not alive:
            return


def find_processes(belongs: Callable[[list[str]], bool]) -> list[psutil.Process]:
    """The processes whose command line `belongs`, our own left out."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and process.info["cmdline"] and belongs(process.info["cmdline"])
    ]


def log_since(log: Path, start: int, *, lines_max: int = 12) -> str:
    """The last lines that were added to a log after `start` bytes."""
    try:
        with log.open("rb") as stream:
            stream.seek(start if start <= size_of(log) else 0)
            text = stream.read()[-16_384:].decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(line for line in text.splitlines()[-lines_max:] if line.strip())


def clean_environment(*, drop_prefixes: Sequence[str]) -> dict[str, str]:
    """The environment without the variables that would change what a server does."""
    environment = os.environ.items()  # noqa: TID251 - handed on to a child, not read as a setting
    return {name: value for name, value in environment if not name.startswith(tuple(drop_prefixes))}


def _rotate(log: Path) -> None:
    """Keep a log and the one before it."""
    if size_of(log) > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
