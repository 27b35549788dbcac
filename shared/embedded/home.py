"""What lies in a home folder, and what it remembers between starts: its id, ports, password and cluster id.

```
<home>/lock            who runs servers here (see lock.py)
<home>/servers.json    where they listen, while they run
<home>/embedded.json   what the home remembers
<home>/postgres/       PostgreSQL's data, owned by the user that runs it
<home>/kafka/          Kafka's data and its settings
<home>/logs/           what the servers said
```
"""

import base64
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shared.embedded.errors import CannotServe

PATH_BYTES_MAX = 200
"""Kafka adds up to 255 bytes for a topic's folder and 40 for a file; 4,096 is the usual limit, 1,024 that of macOS."""

FREE_BYTES_MIN = 300 * 1024 * 1024
"""A fresh PostgreSQL takes 40 MB and its log 64, Kafka's first segments a few."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a home keeps; `home_id` marks its processes, so that nobody else's is ever taken for ours."""

    home_id: str
    password: str
    cluster_id: str
    postgres_port: int = 0
    kafka_port: int = 0
    controller_port: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """The folders and files of one home."""

    root: Path

    @property
    def lock_file(self) -> Path:
        """Held by whoever runs servers here."""
        return self.root / "lock"

    @property
    def servers_file(self) -> Path:
        """Where the servers listen."""
        return self.root / "servers.json"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def kafka(self) -> Path:
        """Kafka's folder; its log lies in `data` within."""
        return self.root / "kafka"

    @property
    def logs(self) -> Path:
        """What the servers said."""
        return self.root / "logs"

    def remembered(self) -> Remembered:
        """What this home keeps, made at the first call."""
        file = self.root / "embedded.json"
        try:
            return Remembered(**json.loads(file.read_text("utf-8")))
        except FileNotFoundError:
            return self.remember(
                Remembered(home_id=secrets.token_hex(8), password=secrets.token_urlsafe(24), cluster_id=_kafka_uuid())
            )
        except (ValueError, TypeError) as error:
            raise CannotServe(
                f"{file} cannot be read: {error}.",
                remedy="It holds the password of this home's databases. Put it back from a copy; or, when the data"
                f" may go, remove {self.root}.",
            ) from error

    def remember(self, what: Remembered) -> Remembered:
        """Keep `what` for the next start; only this user may read it."""
        write_private(self.root / "embedded.json", json.dumps(asdict(what), indent=1))
        return what

    def remember_ports(self, ports: Mapping[str, int]) -> Remembered:
        """Keep the ports that were taken this time, by `postgres`, `kafka` and `controller`."""
        known = self.remembered()
        changed = replace(
            known,
            postgres_port=ports["postgres"],
            kafka_port=ports["kafka"],
            controller_port=ports["controller"],
        )
        return known if changed == known else self.remember(changed)


def open_home(root: Path) -> Home:
    """The home at `root`, made when missing, after checking that servers can live there. Errors: CannotServe."""
    root = Path(os.path.realpath(root.expanduser()))
    if len(os.fsencode(root)) > PATH_BYTES_MAX:
        raise CannotServe(
            f"The path of the home folder is {len(os.fsencode(root))} bytes long; at most {PATH_BYTES_MAX} leave room"
            f" for the servers' own files: {root}",
            remedy="Choose a shorter one with --home or GONGDAN_HOME.",
        )
    home = Home(root)
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True, mode=0o755)
        for folder in (home.logs, home.kafka):
            folder.mkdir(exist_ok=True, mode=0o700)
        _check_writable(root)
    free = shutil.disk_usage(root).free
    if free < FREE_BYTES_MIN:
        raise _disk_full(root, f"{free // 1024 // 1024} MB are free")
    return home


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into words that say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _disk_full(folder, "the disk is full") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT}:
            raise CannotServe(
                f"{error.filename or folder} cannot be written: {error.strerror}.",
                remedy="Choose a folder of this user's own with --home or GONGDAN_HOME, or change who owns this one.",
            ) from error
        if error.errno in {errno.ENOTDIR, errno.EEXIST}:
            raise CannotServe(
                f"{error.filename or folder} is in the way: {error.strerror}.",
                remedy="The home must be a folder: choose another one with --home or GONGDAN_HOME.",
            ) from error
        raise


def write_private(file: Path, text: str) -> None:
    """Replace `file` in one step; readable by this user only, safe against a power cut."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def _check_writable(root: Path) -> None:
    probe = root / f".writable.{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()


def _disk_full(folder: Path, how: str) -> CannotServe:
    return CannotServe(
        f"There is no room in {folder}: {how}, a home needs {FREE_BYTES_MIN // 1024 // 1024} MB to begin with.",
        remedy="Free some, or choose a folder on another disk with --home or GONGDAN_HOME.",
    )


def _kafka_uuid() -> str:
    """A random id as Kafka writes it: 16 bytes, base64 without padding, not beginning with a dash (an option)."""
    while True:
        text = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text
