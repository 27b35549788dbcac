"""Processes: out of the terminal's reach, stopped for sure, found again by their marks only."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from shared.embedded import process
from shared.embedded.errors import CannotServe
from shared.embedded.process import (
    Cancelled,
    Launch,
    clean_environment,
    find_processes,
    log_since,
    run_tool,
    spawn,
    stop_all,
    wait_until,
)


def launch(tmp_path: Path, code: str, *, patience_s: float = 5.0) -> Launch:
    return Launch(
        name="thing",
        command=[sys.executable, "-c", code],
        log=tmp_path / "thing.log",
        folder=tmp_path,
        environment=clean_environment(drop_prefixes=("GONGDAN_",)),
        stop_signals=((signal.SIGTERM, patience_s),),
    )


def test_a_server_is_in_a_session_of_its_own(tmp_path: Path) -> None:
    server = spawn(launch(tmp_path, "import time; time.sleep(60)"))
    try:
        assert os.getsid(server.process.pid) != os.getsid(0)
    finally:
        server.stop()
    assert server.exit_code == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    server = spawn(launch(tmp_path, deaf, patience_s=0.1))
    wait_until(lambda: "deaf" in log_since(tmp_path / "thing.log", 0), server, threading.Event(), timeout_s=10)
    server.stop()
    assert server.exit_code == -signal.SIGKILL


def test_waiting_ends_when_the_server_does(tmp_path: Path) -> None:
    server = spawn(launch(tmp_path, "raise SystemExit(3)"))
    assert not wait_until(lambda: False, server, threading.Event(), timeout_s=10)
    assert server.exit_code == 3


def test_waiting_ends_when_a_stop_is_asked_for(tmp_path: Path) -> None:
    server = spawn(launch(tmp_path, "import time; time.sleep(60)"))
    stop = threading.Event()
    stop.set()
    try:
        with pytest.raises(Cancelled):
            wait_until(lambda: False, server, stop, timeout_s=10)
    finally:
        server.stop()


def test_waiting_too_long_says_where_to_look(tmp_path: Path) -> None:
    server = spawn(launch(tmp_path, "import time; time.sleep(60)"))
    try:
        with pytest.raises(CannotServe, match=r"did not answer within 0 s"):
            wait_until(lambda: False, server, threading.Event(), timeout_s=0.05)
    finally:
        server.stop()


def test_a_tool_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "thing.log").write_text("of an earlier day\n", "utf-8")
    with pytest.raises(CannotServe, match="ended with 2:\nthe disk is made of cheese") as raised:
        run_tool(launch(tmp_path, "print('the disk is made of cheese'); raise SystemExit(2)"))
    assert "earlier day" not in str(raised.value)


def test_a_program_that_cannot_be_run_is_said(tmp_path: Path) -> None:
    program = tmp_path / "java"
    program.write_text("", "utf-8")
    with pytest.raises(CannotServe, match="java cannot be run"):
        spawn(Launch(name="x", command=[str(program)], log=tmp_path / "x.log", folder=tmp_path, environment={}))


def test_processes_are_found_by_their_mark(tmp_path: Path) -> None:
    mine = spawn(launch(tmp_path, "import time; time.sleep(60)  # mark-of-this-test"))
    try:
        found = find_processes(lambda command: "mark-of-this-test" in command[-1] and command[0] == sys.executable)
        assert [each.pid for each in found] == [mine.process.pid]
    finally:
        mine.stop()


def test_stopping_what_is_gone_is_no_error() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    seen = psutil.Process(ended.pid)
    ended.communicate()
    stop_all([seen], ((signal.SIGTERM, 1.0),))


def test_a_long_log_makes_room_and_is_kept_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "LOG_BYTES_MAX", 10)
    log = tmp_path / "thing.log"
    log.write_text("more than ten bytes", "utf-8")
    run_tool(launch(tmp_path, "print('new')"))
    assert log.read_text("utf-8") == "new\n"
    assert (tmp_path / "thing.log.1").read_text("utf-8") == "more than ten bytes"


def test_variables_that_would_change_a_server_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("OTHER", "2")
    environment = clean_environment(drop_prefixes=("PG",))
    assert "PGPORT" not in environment
    assert environment["OTHER"] == "2"
