"""Kafka starts in half the time from an archive of its classes, read and verified once per machine (Java's own "CDS").

The first broker notes which classes it loads; some seconds after it is ready a process of lowest priority makes the
archive of them, beside the jars. Java takes an archive only with the very program and jars that it was made from, and
starts without it otherwise: it is a cache, never needed, and whatever goes wrong with it is no error.
"""

import contextlib
import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import psutil

from shared.clock import monotonic
from shared.embedded.errors import CannotServe
from shared.embedded.lock import try_lock
from shared.embedded.process import Launch, Running, spawn

SETTLED_S = 10.0
"""After being ready: by then the first clients have come, and their classes are noted too."""

FREE_BYTES_MIN = 1024 * 1024 * 1024
"""A cache is no reason to fill a disk."""

KEPT = 3
"""Archives of other versions or places (70 MB each) that stay."""


def archive_options(archive: Path) -> tuple[str, ...]:
    """Java's options to start from an archive, if there is one; silent where it does not fit."""
    if not archive.exists():
        return ()
    with contextlib.suppress(OSError):
        os.utime(archive)  # the ones used last are kept
    return (f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:aot=off")


def note_options(archive: Path, noted: Path) -> tuple[str, ...]:
    """Java's options to note the classes in a file, as long as there is no archive."""
    return () if archive.exists() else (f"-XX:DumpLoadedClassList={noted}",)


def archive_file(folder: Path, java: Path, class_path: str, options: tuple[str, ...]) -> Path:
    """Where the archive of exactly these lies."""
    release = java.parents[1] / "release"
    version = release.read_bytes() if release.exists() else b""
    digest = hashlib.sha256("\0".join((str(java), class_path, *options)).encode() + version).hexdigest()
    return folder / f"{digest[:16]}.jsa"


class ArchiveMaker:
    """Makes the archive beside a running broker; `step` is called now and then and never waits."""

    def __init__(self, *, archive: Path, noted: Path, launch: Launch) -> None:
        """`launch` is that of the broker: the archive fits only what is started with the same options."""
        self._archive = archive
        self._noted = noted
        self._launch = launch
        self._begin_at = monotonic() + SETTLED_S
        self._unfinished = archive.with_name(f".{archive.stem}.{os.getpid()}.jsa")
        self._running: Running | None = None
        self._lock: int | None = None
        self._ended = archive.exists()

    def step(self) -> None:
        """Begin when it is time; take the result when it is there."""
        if self._ended or monotonic() < self._begin_at:
            return
        if self._running is None:
            self._begin()
        elif self._running.exit_code is not None:
            self._finish(made=self._running.exit_code == 0)

    def stop(self) -> None:
        """Give up, if it is under way."""
        if self._running is not None:
            self._running.stop()
            self._finish(made=False)

    def _begin(self) -> None:
        try:
            self._lock = try_lock(self._archive.with_suffix(".lock"))
            busy = self._lock is None or self._archive.exists()  # another home's keeper is at it, or has done it
            if busy or shutil.disk_usage(self._archive.parent).free < FREE_BYTES_MIN:
                self._finish(made=False)
                return
            classes = self._noted.with_suffix(".whole")
            text = self._noted.read_bytes()
            classes.write_bytes(text[: text.rfind(b"\n") + 1])
            self._running = spawn(self._making(classes))
            self._running.process.nice(19)
        except (OSError, psutil.Error, CannotServe):
            self._finish(made=False)

    def _making(self, classes: Path) -> Launch:
        """The broker's own command with another purpose: up to its class path, then nothing to run."""
        command = [word for word in self._launch.command if not word.startswith("-XX:DumpLoadedClassList")]
        until_class_path = command[: command.index("-cp") + 2]
        options = (f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={self._unfinished}")
        program, *others = until_class_path
        return replace(
            self._launch,
            name="class data",
            command=[program, "-Xshare:dump", "-Xlog:cds=off", "-Xlog:aot=off", *options, *others],
            log=self._launch.log.with_name("class-data.log"),
            stop_signals=(),
        )

    def _finish(self, *, made: bool) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            if made:
                self._unfinished.replace(self._archive)
                _keep_the_newest(self._archive.parent)
            self._unfinished.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _keep_the_newest(folder: Path) -> None:
    archives = sorted(folder.glob("[!.]*.jsa"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in archives[KEPT:]:
        path.unlink(missing_ok=True)
