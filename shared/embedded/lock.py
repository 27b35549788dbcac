"""One owner per home: a file lock that the kernel drops with its holder, and a line in it that says who that is.

The servers inherit the open lock. So it stays held while one of them lives, even when their keeper was killed, and a
home whose keeper is gone but whose lock is held has servers left over.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from shared.embedded.errors import CannotServe

Phase = Literal["starting", "ready", "stopping"]

CREATED_TOLERANCE_S = 2.0
"""Some systems tell a process's start in whole seconds, or move it when their clock is set."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who runs servers in a home. `attached` ones end with the command that started them."""

    pid: int
    """Of the keeper, which holds the lock."""
    created: float
    """When that process started, as the system tells it: with the pid it names one process for ever."""
    command: str
    """What the person typed."""
    command_pid: int
    since: str
    """RFC 3339, UTC."""
    attached: bool
    phase: Phase
    pids: dict[str, int]
    """Of the servers, `kafka` and `postgres`, once they run."""

    @property
    def process(self) -> psutil.Process | None:
        """The keeper, None when it is gone (a later process with its pid is not it)."""
        try:
            process = psutil.Process(self.pid)
            alive = abs(process.create_time() - self.created) < CREATED_TOLERANCE_S
            return process if alive and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def document(self) -> dict[str, object]:
        """What `servers status --json` tells of it."""
        return {"pid": self.pid, "since": self.since, "command": self.command, "attached": self.attached}

    def __str__(self) -> str:
        return f"`{self.command}` (pid {self.command_pid if self.attached else self.pid}, since {self.since})"


def try_lock(file: Path) -> int | None:
    """Take the lock if it is free; answer its open descriptor, to be kept (closing it gives the lock back)."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_owner(descriptor: int, owner: Owner) -> None:
    """Say who holds the lock; called by the holder only."""
    text = json.dumps(asdict(owner)).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text, 0)


def current_owner(file: Path) -> tuple[bool, Owner | None]:
    """Whether the lock is held, and by whom as far as the file says (None while a new holder is writing it)."""
    with _lock_probe(file) as held:
        if not held:
            return False, None
        try:
            return True, Owner(**json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return True, None


def held_by(root: Path, owner: Owner | None) -> CannotServe:
    """The refusal that names who has the home at `root`."""
    if owner is None or owner.process is None:
        return CannotServe(
            f"The home {root} is locked by a process that cannot be seen from here.",
            remedy="It may run in another container or under another user: stop it there, or choose another home.",
        )
    how = "Stop that one" if owner.attached else f"Run `gongdan servers stop --home {root}`"
    return CannotServe(
        f"The home {root} is in use by {owner}.",
        remedy=f"{how}, or choose another home with --home or GONGDAN_HOME.",
    )


@contextmanager
def _lock_probe(file: Path) -> Iterator[bool]:
    """Whether somebody holds the lock; a shared lock for a moment, so that two probes do not see each other."""
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        held = False
    except BlockingIOError:
        held = True
    try:
        yield held
    finally:
        os.close(descriptor)
