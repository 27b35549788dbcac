"""Which jars Kafka consists of, where they lie, and whether their bytes are the ones that were committed.

`jars.lock` names every jar by Maven coordinate, size and SHA-256, in the order of the class path. The cache is one
folder per user, shared by all homes; a jar is in it whole or not at all, because it is renamed into place after its
check.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.errors import CannotServe

LOCK_FILE = Path(__file__).with_name("jars.lock")
KAFKA_VERSION = "4.4.0"


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: `coordinate` is `group:artifact:version`."""

    coordinate: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        """The name that Maven gives the file."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def locked_jars(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """Every jar of the lock, in the order of the class path."""
    lines = (line.partition("#")[0].split() for line in lock_file.read_text("utf-8").splitlines())
    return [
        Jar(coordinate, int(size), digest.removeprefix("sha256:")) for coordinate, size, digest in filter(None, lines)
    ]


def cache_folder() -> Path:
    """The folder of the jars, shared by all homes of this user (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME") or ""  # noqa: TID251 - the system's variable, not a setting of ours
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "gongdan" / "jars"


def missing_jars(folder: Path, jars: list[Jar]) -> list[Jar]:
    """Those that are not there, or not whole; bytes are compared later, by `verified_class_path`."""
    return [jar for jar in jars if not _has_size(folder / jar.file_name, jar.size_bytes)]


def is_intact(path: Path, jar: Jar) -> bool:
    """Whether the file's bytes are those of the lock."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


def verified_class_path(folder: Path, jars: list[Jar]) -> str:
    """The class path, after every byte was compared with the lock (about 0.1 s)."""
    for jar in jars:
        path = folder / jar.file_name
        if not path.is_file() or not is_intact(path, jar):
            raise CannotServe(
                f"{path} is not the {jar.coordinate} that jars.lock names (sha256 {jar.sha256}).",
                remedy="Delete that file and run `python -m shared.embedded.fetch`.",
            )
    return class_path(folder, jars)


def class_path(folder: Path, jars: list[Jar]) -> str:
    """The class path, unchecked."""
    return os.pathsep.join(str(folder / jar.file_name) for jar in jars)


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except OSError:
        return False
