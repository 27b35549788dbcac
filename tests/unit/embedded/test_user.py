"""Root's PostgreSQL runs as somebody else, who must get there."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from shared.embedded import user as module
from shared.embedded.errors import CannotServe
from shared.embedded.program import MAJOR_VERSION, copied, find_binaries
from shared.embedded.user import RunAs, can_reach, check_reach, postgres_user

STRANGER = RunAs("stranger", 54_321, 54_321)


def test_an_ordinary_user_runs_it_as_oneself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert postgres_user() is None


def test_root_runs_it_as_somebody_without_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(module, "_make", lambda _: None)
    user = postgres_user()
    assert user is not None
    assert user.uid != 0


def test_a_user_is_made_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(module, "_find", lambda _: None)
    monkeypatch.setattr(module, "_make", lambda _: pwd.getpwuid(0))
    assert postgres_user() is not None


def test_a_machine_without_any_such_user_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(module, "_find", lambda _: None)
    monkeypatch.setattr(module, "_make", lambda _: None)
    with pytest.raises(CannotServe, match="PostgreSQL refuses to run as root"):
        postgres_user()


def test_a_closed_folder_on_the_way_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "home" / "postgres").mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    with pytest.raises(CannotServe, match=r"cannot enter /\S+ \(mode 700\)") as raised:
        check_reach(STRANGER, closed / "home" / "postgres", "the data")
    assert "chmod o+x" in raised.value.remedy


def test_an_open_way_is_fine() -> None:
    check_reach(STRANGER, Path("/usr/bin/env"), "a program")


def test_a_user_enters_what_is_his_or_his_groups(tmp_path: Path) -> None:
    tmp_path.chmod(0o710)
    status = tmp_path.stat()
    assert module._may_enter(RunAs("owner", status.st_uid, 54_321), status)
    assert module._may_enter(RunAs("member", 54_321, status.st_gid), status)
    assert not module._may_enter(STRANGER, status)


def test_a_program_that_cannot_be_reached_is_copied_whole_and_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not can_reach(STRANGER, tmp_path / "copies")
    folder = copied(find_binaries(), tmp_path / "copies")
    version = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True)
    assert f" {MAJOR_VERSION}" in version.stdout
    made_at = folder.stat().st_mtime_ns
    assert copied(find_binaries(), tmp_path / "copies").stat().st_mtime_ns == made_at
    assert [entry.name for entry in (tmp_path / "copies").iterdir()] == [folder.parents[2].name]
