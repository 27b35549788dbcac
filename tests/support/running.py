"""A `gongdan run` of a test's own: started as a person starts it, found by its run.json, stopped by a signal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READY_S_MAX = 120
STOP_S_MAX = 30
PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """One that is up: its process, what it wrote into run.json, and where its words go."""

    process: subprocess.Popen[bytes]
    document: dict[str, Any]
    home: Path
    printed_to: Path

    @property
    def printed(self) -> str:
        """What a person has seen so far."""
        return self.printed_to.read_text("utf-8")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S_MAX)


@contextmanager
def gongdan_run(home: Path, *arguments: str) -> Iterator[Running]:
    """The command on a free port, from the moment at which it says that all is there."""
    home.mkdir(parents=True, exist_ok=True)
    printed_to = home / "printed.txt"
    command = [sys.executable, "-m", "services", "run", "--home", str(home), "--port", "0", *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GONGDAN_")}
    with printed_to.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=inherited, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Running(process, _until_ready(process, home, printed_to), home, printed_to)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_ready(process: subprocess.Popen[bytes], home: Path, printed_to: Path) -> dict[str, Any]:
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline:
        if (home / "run.json").exists():
            document: dict[str, Any] = json.loads((home / "run.json").read_bytes())
            return document
        if process.poll() is not None:
            break
        time.sleep(PAUSE_S)
    message = f"`gongdan run` was not ready (exit code {process.poll()}):\n{printed_to.read_text('utf-8')}"
    raise AssertionError(message)
