"""The real program as processes of a test's own: started as a person starts it, stopped by its process id.

`run_program` is `gongdan run`; `servers` and `served` are `gongdan servers start` and `gongdan serve --target …`. They
work in a home that the test names, on free ports, and leave no process behind, also after `kill_9`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
READY_S_MAX = 150
STOP_S_MAX = 40
PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Program:
    """A `gongdan run` that is up: its process, what it wrote into run.json, its home."""

    process: subprocess.Popen[bytes]
    document: dict[str, Any]
    home: Path

    @property
    def url(self) -> str:
        """Of the front door."""
        return str(self.document["http"])

    def stop(self) -> int:
        """End it as Ctrl-C does; answer the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_S_MAX)

    def kill_9(self, *, with_servers: bool = False) -> None:
        """Kill its process group without a word, and Kafka and PostgreSQL in the same moment if asked."""
        pids = self.server_pids() if with_servers else []
        os.killpg(self.process.pid, signal.SIGKILL)
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        self.process.wait(STOP_S_MAX)

    def server_pids(self) -> list[int]:
        """The processes of the embedded servers, and of the keeper that holds them."""
        servers = json.loads((self.home / "servers.json").read_bytes())["pids"]
        keepers = {psutil.Process(pid).ppid() for pid in servers.values()} - {1, os.getpid()}
        return [*keepers, *servers.values()]


@contextmanager
def run_program(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Program]:
    """`gongdan run` on a free port, from the moment at which run.json says that all is there."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "run.json").unlink(missing_ok=True)  # of one that was killed
    with started("run", "--home", str(home), "--port", "0", *arguments, home=home, environment=environment) as process:
        yield Program(process, until_written(process, home, "run.json"), home)


@contextmanager
def servers(home: Path) -> Iterator[dict[str, Any]]:
    """`gongdan servers start`: what servers.json says, until the block ends."""
    command("servers", "start", "--home", str(home))
    try:
        document: dict[str, Any] = json.loads((home / "servers.json").read_bytes())
        yield document
    finally:
        command("servers", "stop", "--home", str(home))


@dataclass(frozen=True, slots=True)
class Served:
    """A `gongdan serve`: its process and its address."""

    process: subprocess.Popen[bytes]
    url: str


@contextmanager
def served(home: Path, target: str, *, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """`gongdan serve --target …` on the servers of a home, from the moment at which it says where it is."""
    arguments = ("serve", "--target", target, "--home", str(home), "--port", "0")
    printed = f"{target}.txt"
    with started(*arguments, home=home, printed=printed, environment=environment) as process:
        yield Served(process, _said_address(process, home / printed))


def token(home: Path, role: str, *, name: str = "bench", **bond: str) -> str:
    """A token from the home's key."""
    options = [word for option, value in bond.items() for word in (f"--{option}", value)]
    said = command("token", "issue", "--role", role, "--name", name, *options, "--home", str(home), "--json")
    return str(json.loads(said)["token"])


def command(*arguments: str) -> str:
    """What a `gongdan` command printed. Errors: AssertionError with its words when it failed."""
    done = subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"gongdan {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def started(
    *arguments: str, home: Path, printed: str = "printed.txt", environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A `gongdan` command in a process group of its own; what is left of it ends with the block."""
    with (home / printed).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *arguments],
            cwd=ROOT,
            env=clean_environment() | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def clean_environment() -> dict[str, str]:
    """The test's environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GONGDAN_")}


def until_written(process: subprocess.Popen[bytes], home: Path, name: str) -> dict[str, Any]:
    """The JSON document in `name`, once it is there. Errors: AssertionError with what was printed instead."""
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline and process.poll() is None:
        if (home / name).exists():
            document: dict[str, Any] = json.loads((home / name).read_bytes())
            return document
        time.sleep(PAUSE_S)
    said = (home / "printed.txt").read_text("utf-8")
    raise AssertionError(f"`gongdan run` was not ready (exit code {process.poll()}):\n{said}")


def _said_address(process: subprocess.Popen[bytes], printed: Path) -> str:
    """The address in "intake at http://…"."""
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline and process.poll() is None:
        words = printed.read_text("utf-8").split()
        for word in words:
            if word.startswith("http://"):
                return word
        time.sleep(PAUSE_S)
    raise AssertionError(f"{printed.name} was not ready (exit code {process.poll()}):\n{printed.read_text('utf-8')}")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
