"""One owner per home, and who it is."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil

from shared.embedded.lock import Owner, current_owner, held_by, try_lock, write_owner

ME = psutil.Process()
OWNER = Owner(
    pid=ME.pid,
    created=ME.create_time(),
    command="gongdan run",
    command_pid=4711,
    since="2026-11-22T08:00:00+00:00",
    attached=True,
    phase="ready",
    pids={"kafka": 1, "postgres": 2},
)


def test_a_lock_is_given_once(tmp_path: Path) -> None:
    first = try_lock(tmp_path / "lock")
    assert first is not None
    assert try_lock(tmp_path / "lock") is None
    os.close(first)
    again = try_lock(tmp_path / "lock")
    assert again is not None
    os.close(again)


def test_whoever_asks_is_told_who_holds_it(tmp_path: Path) -> None:
    lock = try_lock(tmp_path / "lock")
    assert lock is not None
    write_owner(lock, OWNER)
    assert current_owner(tmp_path / "lock") == (True, OWNER)
    os.close(lock)
    assert current_owner(tmp_path / "lock") == (False, None)


def test_a_holder_that_has_not_written_yet_is_held_by_nobody_known(tmp_path: Path) -> None:
    lock = try_lock(tmp_path / "lock")
    assert lock is not None
    assert current_owner(tmp_path / "lock") == (True, None)
    os.close(lock)


def test_where_no_lock_ever_was_nobody_holds_it(tmp_path: Path) -> None:
    assert current_owner(tmp_path / "lock") == (False, None)


def test_a_server_keeps_the_lock_that_its_killed_keeper_had(tmp_path: Path) -> None:
    lock = try_lock(tmp_path / "lock")
    assert lock is not None
    server = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock])
    os.close(lock)
    assert try_lock(tmp_path / "lock") is None
    server.communicate()
    free = try_lock(tmp_path / "lock")
    assert free is not None
    os.close(free)


def test_a_later_process_with_the_same_pid_is_not_the_owner() -> None:
    assert OWNER.process is not None
    assert replace(OWNER, created=OWNER.created - 60).process is None


def test_a_refusal_names_command_pid_and_since() -> None:
    text = str(held_by(Path("/data/home"), OWNER))
    assert "`gongdan run` (pid 4711, since 2026-11-22T08:00:00+00:00)" in text
    assert "Stop that one" in text


def test_a_refusal_for_servers_that_live_on_says_how_to_stop_them() -> None:
    assert "`gongdan servers stop --home /data/home`" in str(
        held_by(Path("/data/home"), replace(OWNER, attached=False))
    )


def test_a_holder_that_cannot_be_seen_is_said() -> None:
    assert "cannot be seen from here" in str(held_by(Path("/data/home"), replace(OWNER, created=0.0)))
