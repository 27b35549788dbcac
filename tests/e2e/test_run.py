"""Claims about `gongdan run`, as the person who starts it meets it."""

import asyncio
import json
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.program import ROOT, STOP_S_MAX, Program, command, run_program
from tests.support.servers import temporary_home

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def running() -> Iterator[Program]:
    """One with the sample chain and its story, in a folder with a space in its name."""
    with temporary_home() as home, run_program(home / "of one") as program:
        yield program


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


def gongdan(running: Program, *arguments: str) -> Any:
    """What a command answers as JSON."""
    return json.loads(command(*arguments, "--home", str(running.home), "--json"))


def printed(running: Program) -> str:
    """What a person has seen so far."""
    return (running.home / "printed.txt").read_text("utf-8")


def curl_lines(running: Program) -> list[str]:
    return re.findall(r"^curl .*$", printed(running), re.MULTILINE)


def test_run_json_holds_all_that_a_client_needs_and_only_its_user_reads_it(running: Program) -> None:
    document = running.document
    assert set(document) == {"http", "smtp", "kafka", "databases", "tokens", "principals", "mailbox", "pid"}
    assert set(document["databases"]) == {"intake", "routing", "notify", "projection"}
    assert set(document["tokens"]) == {"integration", "agent", "store", "technician", "boss", "auditor", "operator"}
    assert document["pid"] == running.process.pid
    assert stat.S_IMODE((running.home / "run.json").stat().st_mode) == 0o600


async def test_three_curl_lines_work_when_pasted(running: Program) -> None:
    await eventually(lambda: len(curl_lines(running)) == 3)
    for line in curl_lines(running):
        done = await asyncio.to_thread(subprocess.run, shlex.split(line), capture_output=True, text=True, check=True)
        assert not {"errors", "title"} & set(json.loads(done.stdout)), done.stdout


def test_no_token_is_printed(running: Program) -> None:
    assert not [role for role, token in running.document["tokens"].items() if token in printed(running)]


async def test_the_story_is_told_to_its_end(running: Program) -> None:
    await eventually(lambda: "a new cup" in printed(running), within_s=60)
    assert "stopped" not in printed(running)
    found = re.search(r"GD-\d{6}-\d+", printed(running))
    assert found
    shown = gongdan(running, "show", found[0])
    types = [item["type"] for item in shown["history"]]
    assert shown["ticket"]["status"] == "resolved"
    assert shown["ticket"]["priority"] == "urgent"
    expected = ["ticket.opened", "ticket.routed", "ticket.assigned", "ticket.accepted", "ticket.followed_up"]
    assert set(expected) <= set(types)
    assert types.index("ticket.opened") < types.index("ticket.routed") < types.index("ticket.assigned")


async def test_replay_shows_the_ticket_as_it_was(running: Program) -> None:
    await eventually(lambda: "a new cup" in printed(running), within_s=60)
    number = re.findall(r"GD-\d{6}-\d+", printed(running))[0]
    history = gongdan(running, "show", number)["history"]
    assigned = next(item for item in history if item["type"] == "ticket.assigned")
    then = gongdan(running, "replay", number, "--event", assigned["event_id"])
    assert then["status"] == "offered"
    assert then["technician_id"] == assigned["data"]["technician_id"]
    again = gongdan(running, "replay", number, "--at", then["as_of"])
    assert again | {"position": None} == then | {"position": None}


def test_loading_the_sample_again_makes_no_doubles(running: Program) -> None:
    loaded = gongdan(running, "sample", "load")
    for counts in loaded["directory"].values():
        assert counts["created"] == counts["updated"] == counts["refused"] == 0


def test_the_doctor_finds_everything_well(running: Program) -> None:
    assert all(finding["is_well"] for finding in gongdan(running, "doctor"))


def test_tail_prints_what_happened(running: Program) -> None:
    # More than the stream can have added since the story: its tickets' first events are among them.
    lines = command("tail", "--no-follow", "--last", "5000", "--json", "--home", str(running.home)).splitlines()
    assert "ticket.opened" in {json.loads(line)["type"] for line in lines}


def test_what_is_shown_equals_what_is_rebuilt_from_offset_zero(running: Program) -> None:
    report = gongdan(running, "rebuild", "--check")
    assert report["tickets"] > 0
    assert report["differences"] == 0


def test_a_signal_stops_all_of_it_and_the_data_stays(home: Path) -> None:
    with run_program(home, "--empty") as first:
        port = int(first.document["kafka"].rpartition(":")[2])
        assert first.stop() == 0
    assert not (home / "run.json").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    with run_program(home, "--empty") as second:
        assert second.document["databases"] == first.document["databases"]
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(STOP_S_MAX) == 0
    assert not (home / "run.json").exists()


def test_a_taken_port_is_said_at_once(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = [sys.executable, "-m", "services", "run", "--home", str(home), "--port", port]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert f"{port} is taken" in done.stderr
    assert not (home / "postgres").exists()
