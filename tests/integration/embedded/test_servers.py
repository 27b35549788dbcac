"""The embedded servers, really started, stopped and killed. One home for all of these tests, one after the other."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.embedded import servers_status
from shared.embedded.home import open_home
from shared.embedded.ports import HOST
from tests.support.databases import execute
from tests.support.eventually import eventually
from tests.support.servers import temporary_home

pytestmark = [pytest.mark.timeout(300), pytest.mark.servers]

ROOT = Path(__file__).parents[3]
START_S_MAX = 120.0
"""A bound for very busy machines; a quiet one needs two to four seconds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A command that uses a home's servers."""

    process: "subprocess.Popen[str]"
    told: list[str]
    where: dict[str, Any]

    @property
    def pids(self) -> dict[str, int]:
        return {str(name): int(pid) for name, pid in self.where["pids"].items()}

    def end(self) -> None:
        self.process.terminate()
        assert self.process.wait(60) == 0


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder
        end_all(folder)


@contextmanager
def holding(home: Path) -> Iterator[Holder]:
    """A command that has entered; killed at the end if it still runs."""
    process = started(home)
    try:
        told, where = read_start(process)
        assert where is not None, told
        yield Holder(process, told, where)
    finally:
        process.kill()
        process.communicate()


def started(home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.integration.embedded.hold", str(home)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0)


def read_start(process: "subprocess.Popen[str]") -> tuple[list[str], dict[str, Any] | None]:
    assert process.stdout is not None
    told: list[str] = []
    for line in process.stdout:
        if line.startswith("{"):
            return told, json.loads(line)
        told.append(line.rstrip())
    return told, None


def gongdan(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "services", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def processes_of(home: Path) -> list[psutil.Process]:
    """The keeper and the servers of this home, found by what stands in their command lines."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(home) in word for word in process.info["cmdline"] or [])
        and any("keeper" in word or "postgres" in word or "kafka" in word for word in process.info["cmdline"])
    ]


def end_all(home: Path) -> None:
    for process in processes_of(home):
        process.kill()


def keeper_of(home: Path) -> int:
    owner, _ = servers_status(home)
    assert owner is not None
    return owner.pid


async def append(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def values_of(bootstrap: str, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while len(values) < end:
            batch = await consumer.getmany(timeout_ms=500)
            values += [record.value for records in batch.values() for record in records]
        return values
    finally:
        await consumer.stop()


async def make_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def test_what_was_acknowledged_survives_a_kill_of_everything(home: Path) -> None:
    with holding(home) as first:
        execute(first.where["admin_url"], "CREATE TABLE kept (line text)")
        execute(first.where["admin_url"], "INSERT INTO kept VALUES ('before')")
        await make_topic(first.where["kafka"], "kept")
        await append(first.where["kafka"], "kept", b"before")
        for pid in (first.process.pid, keeper_of(home), *first.pids.values()):
            os.kill(pid, signal.SIGKILL)
        first.process.wait()
        with holding(home) as second:
            assert [row["line"] for row in execute(second.where["admin_url"], "SELECT line FROM kept")] == ["before"]
            assert await values_of(second.where["kafka"], "kept") == [b"before"]
            assert second.where["kafka"] == first.where["kafka"]  # the ports are remembered
            assert second.where["admin_url"] == first.where["admin_url"]
            second.end()


async def test_servers_stop_by_themselves_when_their_command_is_killed(home: Path) -> None:
    with holding(home) as holder:
        os.killpg(holder.process.pid, signal.SIGKILL)
        holder.process.wait()
        assert await eventually(lambda: not processes_of(home), within_s=60)
        assert not (home / "servers.json").exists()


async def test_servers_that_outlive_their_keeper_are_stopped_by_the_next_start(home: Path) -> None:
    with holding(home) as first:
        os.kill(keeper_of(home), signal.SIGKILL)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        assert all(psutil.pid_exists(pid) for pid in first.pids.values())
        with holding(home) as second:
            assert [line for line in second.told if "Stopping a Kafka that was left over" in line]
            assert [line for line in second.told if "Stopping a PostgreSQL that was left over" in line]
            assert set(second.pids.values()).isdisjoint(first.pids.values())
            second.end()


async def test_a_second_command_is_told_who_holds_the_home_and_harms_nothing(home: Path) -> None:
    with holding(home) as holder:
        process = started(home)
        told, where = read_start(process)
        assert (process.wait(60), where) == (1, None)
        process.communicate()
        assert f"is in use by `hold.py {home}` (pid {holder.process.pid}, since 20" in "\n".join(told)
        stop = gongdan("servers", "stop", "--home", str(home))
        assert stop.returncode == 1
        assert f"pid {holder.process.pid}" in stop.stderr
        assert servers_status(home)[1] is not None
        execute(holder.where["admin_url"], "SELECT 1")
        assert all(psutil.pid_exists(pid) for pid in holder.pids.values())
        holder.end()


async def test_a_server_that_dies_is_started_again_and_the_file_says_so(home: Path) -> None:
    with holding(home) as holder:
        os.kill(holder.pids["postgres"], signal.SIGKILL)

        def revived() -> bool:
            document = json.loads((home / "servers.json").read_text("utf-8"))
            return bool(document["pids"]["postgres"] != holder.pids["postgres"])

        await eventually(revived, within_s=60)
        execute(holder.where["admin_url"], "SELECT 1")
        holder.end()


async def test_a_remembered_port_that_another_program_took_is_replaced(home: Path) -> None:
    remembered = open_home(home).remembered()
    with closing(socket.create_server((HOST, remembered.kafka_port))), holding(home) as holder:
        assert holder.where["kafka"] != f"{HOST}:{remembered.kafka_port}"
        assert [line for line in holder.told if f"Port {remembered.kafka_port} is taken by another program" in line]
        assert await values_of(holder.where["kafka"], "kept") == [b"before"]
        holder.end()


async def test_the_terminal_reaches_the_command_only(home: Path) -> None:
    with holding(home) as holder:
        mine = os.getsid(holder.process.pid)
        assert all(os.getsid(pid) != mine for pid in (keeper_of(home), *holder.pids.values()))
        holder.end()
        assert processes_of(home) == []


async def test_stopping_before_the_servers_are_ready_leaves_nothing(home: Path) -> None:
    process = started(home)
    assert process.stdout is not None
    assert "Starting" in process.stdout.readline()
    process.terminate()
    process.communicate()
    assert await eventually(lambda: not processes_of(home), within_s=60)


async def test_servers_start_stop_and_status_speak_to_people_and_programs(home: Path) -> None:
    assert gongdan("servers", "status", "--home", str(home)).returncode == 1
    start = gongdan("servers", "start", "--home", str(home), "--json")
    assert start.returncode == 0, start.stderr
    document = json.loads(start.stdout)
    assert document == json.loads((home / "servers.json").read_text("utf-8"))
    assert set(document["databases"]) == {"intake", "routing", "notify", "projection"}
    status = gongdan("servers", "status", "--home", str(home), "--json")
    assert (status.returncode, json.loads(status.stdout)["pids"]) == (0, document["pids"])
    with holding(home) as holder:  # a command uses them and leaves them running
        assert holder.pids == document["pids"]
        holder.end()
    again = gongdan("servers", "start", "--home", str(home), "--json")
    assert json.loads(again.stdout)["pids"] == document["pids"]
    stop = gongdan("servers", "stop", "--home", str(home), "--json")
    assert (stop.returncode, json.loads(stop.stdout)) == (0, {"stopped": True})
    assert processes_of(home) == []
    assert json.loads(gongdan("servers", "stop", "--home", str(home), "--json").stdout) == {"stopped": False}


async def test_two_homes_run_side_by_side(home: Path) -> None:
    with temporary_home() as other, holding(home) as one, holding(other) as two:
        assert one.where["kafka"] != two.where["kafka"]
        execute(two.where["admin_url"], "SELECT 1")
        two.end()
        execute(one.where["admin_url"], "SELECT 1")
        one.end()


def test_a_misspelt_command_is_misuse() -> None:
    assert gongdan("servers", "begin").returncode == 2
