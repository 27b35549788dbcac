"""What Kafka consists of, and that nothing else is ever run."""

import hashlib
import re
from pathlib import Path

import pytest

from shared.embedded.errors import CannotServe
from shared.embedded.jars import (
    KAFKA_VERSION,
    LOCK_FILE,
    Jar,
    cache_folder,
    locked_jars,
    missing_jars,
    verified_class_path,
)

BYTES = b"a jar"
JAR = Jar("some.group:thing:1.0", len(BYTES), hashlib.sha256(BYTES).hexdigest())


def test_every_line_of_the_lock_names_a_version_a_size_and_a_digest() -> None:
    jars = locked_jars()
    assert len(jars) > 40
    assert all(re.fullmatch(r"[\w.-]+:[\w.-]+:\d[\w.-]*", jar.coordinate) for jar in jars)
    assert all(jar.size_bytes > 0 and re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars)


def test_the_lock_holds_no_address() -> None:
    assert "://" not in LOCK_FILE.read_text("utf-8")


def test_the_lock_holds_no_unfinished_version() -> None:
    assert not [jar for jar in locked_jars() if re.search("alpha|beta|-rc|SNAPSHOT", jar.coordinate, re.IGNORECASE)]


def test_the_lock_has_each_file_once_and_one_version_of_kafka() -> None:
    names = [jar.file_name for jar in locked_jars()]
    assert len(names) == len(set(names))
    kafka = {
        jar.coordinate.rpartition(":")[2] for jar in locked_jars() if jar.coordinate.startswith("org.apache.kafka:")
    }
    assert kafka == {KAFKA_VERSION}


def test_a_jar_that_is_not_there_or_not_whole_is_missing(tmp_path: Path) -> None:
    assert missing_jars(tmp_path, [JAR]) == [JAR]
    (tmp_path / JAR.file_name).write_bytes(BYTES[:-1])
    assert missing_jars(tmp_path, [JAR]) == [JAR]
    (tmp_path / JAR.file_name).write_bytes(BYTES)
    assert missing_jars(tmp_path, [JAR]) == []


def test_intact_jars_make_the_class_path(tmp_path: Path) -> None:
    (tmp_path / JAR.file_name).write_bytes(BYTES)
    assert verified_class_path(tmp_path, [JAR]) == str(tmp_path / "thing-1.0.jar")


def test_one_changed_byte_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / JAR.file_name).write_bytes(b"A jar")
    with pytest.raises(CannotServe, match=r"thing-1\.0\.jar is not the some\.group:thing:1\.0"):
        verified_class_path(tmp_path, [JAR])


def test_the_cache_lies_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "gongdan" / "jars"


@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_a_cache_setting_that_means_nothing_is_ignored(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cache_folder() == Path.home() / ".cache" / "gongdan" / "jars"
