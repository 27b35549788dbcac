"""Bring Kafka's jars into the cache: `python -m shared.embedded.fetch`.

Asks jgo for each jar of the lock by its exact coordinate, so nothing is resolved and no metadata is asked for; a mirror
is named in jgo's own settings file (`[repositories]`). Offline when all are there. Interruption-safe: downloads go to a
folder of their own beside the cache, and are renamed into it after their check. Two at once: the second waits for the
first.
"""

import contextlib
import errno
import fcntl
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.embedded.errors import CannotServe
from shared.embedded.jars import Jar, cache_folder, is_intact, locked_jars, missing_jars
from shared.embedded.progress import Progress, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from jgo.maven import MavenContext

ATTEMPTS_MAX = 4
PAUSE_S = 0.5
PARALLEL_DOWNLOADS = 6
ANSWER_TIMEOUT_S = 30


def fetch(progress: Progress, *, folder: Path | None = None, jars: list[Jar] | None = None) -> int:
    """Make every jar of the lock present; answer how many had to be fetched. Errors: CannotServe."""
    folder, jars = folder or cache_folder(), jars or locked_jars()
    if not missing_jars(folder, jars):
        return 0
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(folder, progress):
            missing = missing_jars(folder, jars)  # the one before us may have brought them
            _remove_left_overs(folder)
            with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as staging:
                _fetch_all(missing, Path(staging), folder, _Counter(progress, missing))
    return len(missing)


def _fetch_all(jars: list[Jar], staging: Path, folder: Path, counter: "_Counter") -> None:
    context = _context(staging, counter)
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="fetch") as pool:
        futures = [pool.submit(_fetch_one, context, jar, folder) for jar in jars]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(context: "MavenContext", jar: Jar, folder: Path) -> None:
    """One jar into the cache, checked; a few attempts, because a download that broke off is an ordinary thing."""
    import requests  # noqa: PLC0415 - what jgo downloads with; only a first start needs it

    reason = ""
    for attempt in range(ATTEMPTS_MAX):
        threading.Event().wait(attempt * attempt * PAUSE_S)
        try:
            path = context.create_dependency(jar.coordinate).artifact.resolve()
        except (requests.RequestException, RuntimeError) as error:
            reason = str(error)
            _forget(context, jar)
            continue
        if is_intact(path, jar):
            path.replace(folder / jar.file_name)
            return
        reason = f"its bytes are not those of jars.lock (sha256 {jar.sha256})"
        path.unlink()
    raise CannotServe(
        f"{jar.coordinate} could not be fetched: {reason}",
        remedy="Check that this machine reaches a Maven repository (a mirror is named in jgo's settings file, section"
        " [repositories]; a proxy in HTTPS_PROXY), then try again: what was fetched already stays."
        " Or set GONGDAN_KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own.",
    )


def _forget(context: "MavenContext", jar: Jar) -> None:
    """A half of a file would be taken for the whole at the next attempt."""
    path = context.create_dependency(jar.coordinate).artifact.cached_path
    if path is not None:
        path.unlink(missing_ok=True)


def _context(staging: Path, counter: "_Counter") -> "MavenContext":
    from jgo.config import GlobalSettings  # noqa: PLC0415 - 0.3 s of imports that only a first start needs
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415 - as above
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - as above

    return MavenContext(
        resolver=PythonResolver(progress_callback=counter.file),
        repo_cache=staging,
        local_repos=[],
        remote_repos={**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL},
        timeout=ANSWER_TIMEOUT_S,
    )


class _Counter:
    """Adds up what all downloads have received so far; bytes of a broken attempt count no longer."""

    def __init__(self, progress: Progress, jars: list[Jar]) -> None:
        self._progress = progress
        self._total = sum(jar.size_bytes for jar in jars)
        self._done = 0
        self._lock = threading.Lock()

    def file(self, _name: str, _size: int) -> "AbstractContextManager[Callable[[int], None]]":
        """What jgo opens for each file, and calls with the size of every piece."""
        return self._file()

    @contextmanager
    def _file(self) -> "Iterator[Callable[[int], None]]":
        received = 0

        def add(size: int) -> None:
            nonlocal received
            received += size
            self._add(size)

        try:
            yield add
        except BaseException:
            self._add(-received)
            raise

    def _add(self, size: int) -> None:
        with self._lock:
            self._done += size
            self._progress(Step("Fetching Kafka", min(self._done, self._total), self._total))


@contextmanager
def _one_at_a_time(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the cache's lock; it goes with the process, however that ends."""
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(Step("Waiting for another process that fetches Kafka"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_left_overs(folder: Path) -> None:
    for path in folder.glob(".fetching-*"):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Say what a failing disk means here."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CannotServe(
                f"There is no room for Kafka's jars in {folder} (45 MB).",
                remedy="Free some, or set XDG_CACHE_HOME to a folder on another disk.",
            ) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}:
            raise CannotServe(
                f"Kafka's jars cannot be written to {folder}: {error.strerror}.",
                remedy="Set XDG_CACHE_HOME to a folder that this user may write to.",
            ) from error
        raise


def main() -> int:
    """Fetch with a bar; the exit code says whether all jars are there."""
    from shared.embedded.console import console_progress  # noqa: PLC0415 - rich is only for people

    try:
        with console_progress() as progress:
            fetched = fetch(progress)
    except CannotServe as error:
        sys.stderr.write(f"{error}\n")
        return 1
    jars = locked_jars()
    sys.stdout.write(f"{len(jars)} jars in {cache_folder()}, {fetched} fetched now\n")
    return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
