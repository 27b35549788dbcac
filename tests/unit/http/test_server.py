import asyncio
import errno
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from shared.http import CannotListen, Combined, ServiceApp, combine, serve
from shared.http.protocol import HEAD_BYTES_MAX
from shared.http.server import listen
from tests.support.eventually import eventually
from tests.unit.http.front_door import Gate, a_service, bearer


@asynccontextmanager
async def serving(app: Combined, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, "asyncio.Task[None]"]]:
    """The app on a port of its own, over a real socket."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(serve(app, port=0, started=started.set_result, stop=stop, **settings))
    port = await started
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer()) as client:
        try:
            yield client, task
        finally:
            stop.set()
            await task


def one(gate: Gate, lived: list[str] | None = None) -> Combined:
    return combine({"counter": a_service(gate, lived=lived)})


async def test_a_free_port_is_found_and_told(gate: Gate) -> None:
    async with serving(one(gate)) as (client, _):
        assert (await client.get("/counter/me")).json()["actor"] == "agent:li"


async def test_a_stop_lets_requests_end_and_then_closes_the_app(gate: Gate) -> None:
    lived: list[str] = []
    async with serving(one(gate, lived)) as (client, task):
        held = asyncio.create_task(client.get("/counter/held"))
        await eventually(lambda: gate.entered)
        os.kill(os.getpid(), signal.SIGTERM)
        port = client.base_url.port or 0
        await eventually(lambda: refuses_connections(port))
        assert lived == ["counter opened"]
        gate.is_open.set()
        assert (await held).json() == {"held": True}
        await task
    assert lived == ["counter opened", "counter closed"]


async def test_who_is_replaced_says_so_and_goes_on_for_a_while_closing_each_connection(gate: Gate) -> None:
    async with serving(one(gate), notice_s=30) as (client, task):
        before = await client.get("/counter/me")
        os.kill(os.getpid(), signal.SIGTERM)
        unready = await eventually(lambda: answers(client, "/counter/health/ready", 503))
        served = await client.get("/counter/me")
        os.kill(os.getpid(), signal.SIGTERM)  # a second one does not wait
        await task
    assert "connection" not in before.headers
    assert unready.json()["checks"] == {"draining": "this process is about to stop"}
    assert (served.status_code, served.headers["connection"]) == (200, "close")


async def answers(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response | None:
    answer = await client.get(path)
    return answer if answer.status_code == status else None


async def test_a_stop_waits_for_a_bounded_time_only(gate: Gate) -> None:
    lived: list[str] = []
    async with serving(one(gate, lived), drain_s=0.2) as (client, task):
        held = asyncio.create_task(client.get("/counter/held"))
        await eventually(lambda: gate.entered)
        os.kill(os.getpid(), signal.SIGINT)
        await task
        answer = await held
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert lived == ["counter opened", "counter closed"]


async def test_what_never_closes_is_ended_all_the_same_and_says_where_it_hung() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.unit.http.never_closes", stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        assert int(await process.stdout.readline()) > 0
        process.terminate()
        _, printed = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 1
    assert b"never_closes.py" in printed


async def test_a_stop_ends_live_views_at_once_and_whole(gate: Gate) -> None:
    async with serving(one(gate), drain_s=30) as (client, task):
        live = asyncio.create_task(client.get("/counter/live"))
        await eventually(lambda: gate.entered)
        os.kill(os.getpid(), signal.SIGTERM)
        assert (await live).text == "data: 1\n\n"
        await task


class Slow(Combined):
    """Opens only when the gate does."""

    def __init__(self, app: ServiceApp, gate: Gate) -> None:
        super().__init__({"counter": app})
        self._gate = gate

    @asynccontextmanager
    async def lifetime(self) -> AsyncIterator[None]:
        async with super().lifetime():
            await self._gate.is_open.wait()
            yield


async def test_a_stop_during_the_start_closes_what_was_opened(gate: Gate) -> None:
    lived: list[str] = []

    stop = asyncio.Event()
    task = asyncio.create_task(serve(Slow(a_service(lived=lived), gate), port=0, stop=stop))
    await eventually(lambda: lived == ["counter opened"])
    stop.set()
    await task
    assert lived == ["counter opened", "counter closed"]


async def test_whoever_comes_during_the_start_is_told_to_come_again_and_liveness_is_answered(gate: Gate) -> None:
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop, port = asyncio.Event(), a_free_port()
    task = asyncio.create_task(serve(Slow(a_service(gate), gate), port=port, started=started.set_result, stop=stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer()) as client:
        live = await eventually(lambda: answer_of(client, "/counter/health/live"))
        early = await client.get("/counter/me")
        ready = await client.get("/counter/health/ready")
        assert not started.done()
        gate.is_open.set()
        await started
        later = await client.get("/counter/me")
    stop.set()
    await task
    assert (live.status_code, early.status_code, ready.status_code, later.status_code) == (200, 503, 503, 200)
    assert early.headers["retry-after"] == "1"
    assert early.headers["content-type"] == "application/problem+json"
    assert ready.json()["ready"] is False


async def answer_of(client: httpx.AsyncClient, path: str) -> httpx.Response | None:
    try:
        return await client.get(path)
    except httpx.ConnectError:
        return None


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def test_what_fails_while_starting_comes_through_as_it_is() -> None:
    class Broken(Combined):
        @asynccontextmanager
        async def lifetime(self) -> AsyncIterator[None]:
            async with asyncio.timeout(5):
                await asyncio.open_connection("127.0.0.1", 1)
            yield

    with pytest.raises(ConnectionRefusedError):
        await serve(Broken({}), port=0)


async def test_a_taken_port_is_told_with_who_has_it_before_anything_is_opened(gate: Gate) -> None:
    lived: list[str] = []
    async with serving(one(gate)) as (client, _):
        port = client.base_url.port or 0
        with pytest.raises(CannotListen) as refusal:
            await serve(one(gate, lived), port=port)
    assert str(refusal.value).startswith(f"127.0.0.1:{port} is taken by process {os.getpid()} (")
    assert "--port or GONGDAN_PORT (0: a free one)" in str(refusal.value)
    assert lived == []


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(CannotListen, match=r"this machine has no address 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


async def test_signals_can_be_left_to_the_caller(gate: Gate) -> None:
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked.append, "caller")
    try:
        async with serving(one(gate), on_signals=False) as (client, _):
            os.kill(os.getpid(), signal.SIGTERM)
            await eventually(lambda: asked)
            assert (await client.get("/counter/me")).status_code == 200
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


@pytest.mark.parametrize("chunk_count", [0, 200])
async def test_a_client_that_writes_all_before_it_reads_still_learns_that_it_was_too_much(
    gate: Gate, chunk_count: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(chunk_count):
            yield b" " * 65_536

    content = chunks() if chunk_count else b" " * 10_000_000
    async with serving(one(gate)) as (client, _):
        assert (await client.post("/counter/visits", content=content)).status_code == 413
        assert (await client.get("/counter/me")).status_code == 200


async def test_a_stop_while_the_rest_of_a_large_body_comes_is_told_to_its_client(gate: Gate) -> None:
    app = one(gate)
    async with serving(app, drain_s=0.1) as (client, _):
        head = "POST /counter/visits HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n"
        head += f"authorization: {bearer()['authorization']}\r\n\r\nhalf"
        said = asyncio.create_task(said_to(client.base_url.port or 0, head.encode()))
        await eventually(lambda: app.apps["counter"].edge.in_flight)
        os.kill(os.getpid(), signal.SIGTERM)
        answer = await said
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"what is this?\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (2 * HEAD_BYTES_MAX), 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * HEAD_BYTES_MAX, 431),
    ],
)
async def test_what_never_reaches_a_service_is_answered_by_a_problem_too(gate: Gate, sent: bytes, status: int) -> None:
    async with serving(one(gate)) as (client, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(sent)
        head, _, body = (await reader.read(4096)).partition(b"\r\n\r\n")
        writer.close()
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def refuses_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


async def said_to(port: int, sent: bytes) -> bytes:
    """What the server says to these bytes until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


@pytest.mark.parametrize("sent", [b"", b"GET /counter/me HT"])
async def test_a_connection_that_never_says_what_it_wants_is_ended(
    gate: Gate, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.protocol.HEAD_S_MAX", 0.1)
    monkeypatch.setattr("shared.http.server.SWEEP_EVERY_TICKS", 1)
    async with serving(one(gate)) as (client, _):
        assert (await said_to(client.base_url.port or 0, sent)).startswith(b"HTTP/1.1 408 Request Timeout")


async def test_one_connection_more_than_there_may_be_is_told_to_come_again(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.protocol.CONNECTIONS_MAX", 1)
    async with serving(one(gate)) as (client, _):
        assert (await client.get("/counter/me")).status_code == 200
        answer = await said_to(client.base_url.port or 0, b"")
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b"retry-after: 1" in answer


async def test_a_client_that_does_not_read_is_cut_off_and_holds_nothing(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.protocol.WRITE_S_MAX", 0.1)
    app = one(gate)
    edge = app.apps["counter"].edge
    async with serving(app) as (client, _):
        head = f"GET /counter/flood HTTP/1.1\r\nhost: x\r\nauthorization: {bearer()['authorization']}\r\n\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port or 0, limit=1024)
        writer.write(head.encode())
        await eventually(lambda: edge.streams)
        await eventually(lambda: not edge.streams)
        writer.close()


async def test_an_import_that_stalls_is_ended(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.edge.BODY_IDLE_S_MAX", 0.1)
    async with serving(one(gate)) as (client, _):
        head = "POST /counter/imports HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nconnection: close\r\n"
        head += f"authorization: {bearer()['authorization']}\r\n\r\nhalf"
        assert (await said_to(client.base_url.port or 0, head.encode())).startswith(b"HTTP/1.1 408 Request Timeout")
