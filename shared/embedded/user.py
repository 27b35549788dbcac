"""Who runs PostgreSQL: this user; or, because it refuses root, an unprivileged one that can reach the data.

The user is called `pgserver`, as in the wheel that brings PostgreSQL. Unlike the wheel we never widen the rights of
folders on the way: we say which one is closed.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.errors import CannotServe

USER = "pgserver"
FALLBACK_USER = "nobody"


@dataclass(frozen=True, slots=True)
class RunAs:
    """Another user, by number, so that nothing has to be looked up in a child process."""

    name: str
    uid: int
    gid: int


def postgres_user() -> RunAs | None:
    """The user to run PostgreSQL as, None for the one we are; made when we are root and there is none."""
    if os.geteuid() != 0:
        return None
    entry = _find(USER) or _make(USER) or _find(FALLBACK_USER)
    if entry is None:
        raise CannotServe(
            f"PostgreSQL refuses to run as root, and there is neither a user {USER} nor {FALLBACK_USER}.",
            remedy=f"Make one (`useradd --system {USER}`), or run as an ordinary user.",
        )
    return RunAs(entry.pw_name, entry.pw_uid, entry.pw_gid)


def check_reach(user: RunAs, path: Path, what: str) -> None:
    """Make sure that `user` can get to `path`. Errors: CannotServe naming the first folder that is closed."""
    for folder in reversed(path.resolve().parents):
        if not _may_enter(user, folder.stat()):
            raise CannotServe(
                f"PostgreSQL refuses to run as root and runs as {user.name}, who cannot enter {folder} (mode"
                f" {stat.S_IMODE(folder.stat().st_mode):o}) and so not reach {what} in {path}.",
                remedy=f"Use a folder that others may enter (/var/lib/gongdan, say; --home or GONGDAN_HOME moves the"
                f" data), open this one (`chmod o+x {folder}`), or run as an ordinary user.",
            )


def can_reach(user: RunAs, path: Path) -> bool:
    """Whether `user` may enter all folders on the way to `path`."""
    return all(_may_enter(user, folder.stat()) for folder in path.resolve().parents)


def _may_enter(user: RunAs, folder: os.stat_result) -> bool:
    if folder.st_uid == user.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == user.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> pwd.struct_passwd | None:
    """A system user without a home and without a shell; None where that cannot be done."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own constant words
    return _find(name)
