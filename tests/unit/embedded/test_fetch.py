"""Fetching: checked, safe to interrupt, safe for two at once, offline the second time."""

import errno
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.embedded import fetch as module
from shared.embedded.errors import CannotServe
from shared.embedded.fetch import fetch
from shared.embedded.jars import Jar
from shared.embedded.progress import Step, silent

JARS = [Jar(f"group:thing{number}:1", 5, hashlib.sha256(b"jar-%d" % number).hexdigest()) for number in range(3)]


class Repository:
    """Stands for jgo: answers each coordinate with its bytes, or with what `spoil` makes of them."""

    def __init__(self, spoil: Callable[[str, bytes], bytes] = lambda _name, right: right) -> None:
        self.asked: list[str] = []
        self._spoil = spoil

    def context(self, staging: Path, counter: Any) -> Any:
        def create_dependency(coordinate: str) -> Any:
            path = staging / f"{coordinate.split(':')[1]}-1.jar"
            return SimpleNamespace(
                artifact=SimpleNamespace(cached_path=path, resolve=lambda: self._load(path, counter))
            )

        return SimpleNamespace(create_dependency=create_dependency)

    def _load(self, path: Path, counter: Any) -> Path:
        self.asked.append(path.name)
        with counter.file(path.name, 5) as add:
            path.write_bytes(self._spoil(path.name, b"jar-%d" % int(path.name[5])))
            add(5)
        return path


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Callable[[Repository], Repository]:
    def use(which: Repository) -> Repository:
        monkeypatch.setattr(module, "_context", which.context)
        monkeypatch.setattr(module, "PAUSE_S", 0.0)
        return which

    return use


def test_all_jars_are_fetched_once_and_nothing_is_asked_the_second_time(repository: Any, tmp_path: Path) -> None:
    asked = repository(Repository()).asked
    assert fetch(silent, folder=tmp_path, jars=JARS) == 3
    assert fetch(silent, folder=tmp_path, jars=JARS) == 0
    assert sorted(asked) == [jar.file_name for jar in JARS]


def test_progress_ends_at_the_size_that_the_lock_names(repository: Any, tmp_path: Path) -> None:
    repository(Repository())
    steps: list[Step] = []
    fetch(steps.append, folder=tmp_path, jars=JARS)
    assert steps[-1] == Step("Fetching Kafka", 15, 15)


def test_bytes_that_are_not_those_of_the_lock_never_reach_the_cache(repository: Any, tmp_path: Path) -> None:
    repository(Repository(lambda name, right: b"WRONG" if name.startswith("thing1") else right))
    with pytest.raises(CannotServe, match=r"group:thing1:1 could not be fetched.*jars\.lock"):
        fetch(silent, folder=tmp_path, jars=JARS)
    assert not (tmp_path / "thing1-1.jar").exists()


def test_a_download_that_broke_off_is_tried_again(repository: Any, tmp_path: Path) -> None:
    spoilt = set()

    def once(name: str, right: bytes) -> bytes:
        if name in spoilt:
            return right
        spoilt.add(name)
        return right[:-2]

    repository(Repository(once))
    assert fetch(silent, folder=tmp_path, jars=JARS) == 3


def test_an_interrupted_fetch_leaves_whole_jars_only_and_is_continued(repository: Any, tmp_path: Path) -> None:
    def interrupt(name: str, right: bytes) -> bytes:
        if name.startswith("thing2"):
            raise KeyboardInterrupt
        return right

    repository(Repository(interrupt))
    with pytest.raises(KeyboardInterrupt):
        fetch(silent, folder=tmp_path, jars=JARS)
    (tmp_path / ".fetching-left-by-a-kill").mkdir()
    asked = repository(Repository()).asked
    fetch(silent, folder=tmp_path, jars=JARS)
    assert "thing2-1.jar" in asked
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", *(jar.file_name for jar in JARS)]


def test_of_two_at_once_the_second_waits_and_finds_all_there(repository: Any, tmp_path: Path) -> None:
    asked = repository(Repository()).asked
    fetched: list[int] = []
    threads = [
        threading.Thread(target=lambda: fetched.append(fetch(silent, folder=tmp_path, jars=JARS))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fetched)[1] == 3
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no room"),
        (errno.EDQUOT, "no room"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "cannot be"),
    ],
)
def test_a_disk_that_refuses_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, words: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(module, "_fetch_all", refuse)
    with pytest.raises(CannotServe, match=words) as raised:
        fetch(silent, folder=tmp_path, jars=JARS)
    assert "XDG_CACHE_HOME" in raised.value.remedy
