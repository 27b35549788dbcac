"""uvicorn as we run it: httptools, a port that is had before anything is opened, and a stop that drains.

`run(serve(app, port=8080))` is the whole of a command; `run` puts uvloop below it.
"""

import asyncio
import errno
import faulthandler
import gc
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Final, Protocol, TypeVar

import psutil
import structlog
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from shared.background import is_set_within
from shared.http.protocol import Protocol as HttpProtocol
from shared.http.starting import Gate

DRAIN_S: Final = 8.0
SETTLE_S: Final = 1.0
CLOSE_S: Final = 20.0
"""What the app's lifetime may take to close once requests are over; then the process ends as after a kill."""
KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 2048
FILES_WANTED: Final = 8_192
"""Twice the connections that there may be; 1,024 is what a shell gives."""
SWEEP_EVERY_TICKS: Final = 20
"""Ticks are uvicorn's, ten a second: connections that say nothing are looked for every two seconds."""
_OTHER_PORT: Final = "choose another with --port or GONGDAN_PORT"
COLLECT_AT: Final = (500_000, 20, 100)
"""The first figure is above what a full batch of a reader allocates."""
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger()

T = TypeVar("T")


class CannotListen(OSError):  # noqa: N818 - says what is so, as the other errors of the house do
    """The port cannot be had; the message says who has it and what to do."""

    def __str__(self) -> str:
        """The message alone, without the number that OSError puts before it."""
        return str(self.strerror)


class Served(Protocol):
    """What can be served: `ServiceApp` and `Combined`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

    def lifetime(self) -> AbstractAsyncContextManager[None]:
        """Open on entering what the routes need, close it on leaving."""

    def drain(self) -> None:
        """End the endless answers."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def serve(
    app: Served,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    started: Callable[[int], None] | None = None,
    stop: asyncio.Event | None = None,
    drain_s: float = DRAIN_S,
    notice_s: float = 0.0,
    close_s: float = CLOSE_S,
    on_signals: bool = True,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; then take no more, let requests end for at most `drain_s`, close, return.

    While the app's lifetime opens, liveness is answered and everything else told to come again; `started` is called
    with the port when requests are taken. After SIGTERM they are taken for `notice_s` more: readiness says no, and each
    answer closes its connection, so that who sends them goes elsewhere before the port is closed. Port 0 takes a free
    one. A second signal ends the wait. After a signal the process ends whatever hangs: what is not closed `close_s`
    after the drain is left as a kill would leave it, and the log says where it hung. Raises `CannotListen` before
    anything is opened; what the app's lifetime raises comes through.
    """
    listener = listen(host, port)
    stopping = stop or asyncio.Event()
    gate = Gate(app)
    server = _Server(_config(gate, drain_s))
    answering = asyncio.create_task(server.serve(sockets=[listener]), name="answering")
    ending = asyncio.create_task(_end_when_asked(stopping, server, app, gate, asyncio.current_task()))
    try:
        with _signals(stopping, server, notice_s=notice_s, end_s=notice_s + drain_s + close_s, is_wanted=on_signals):
            async with app.lifetime():
                collect_less_often()
                gate.is_open = True
                if started is not None:
                    started(listener.getsockname()[1])
                await answering
                await _settle(server)
    except asyncio.CancelledError:
        if not (stopping.is_set() and _forget_cancellation()):
            raise
    finally:
        ending.cancel()
        server.should_exit = server.force_exit = True
        await asyncio.wait([answering])
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that the port is ours alone. Raises `CannotListen`, saying who has it and what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(error.errno, _why_not(host, port, error)) from error
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn raises them again at its end, which kills who still has to close things."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.notice_s = 0.0
        self.hurry = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        open_more_files()
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % SWEEP_EVERY_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, HttpProtocol):
                    connection.end_if_slow(now)
        return await super().on_tick(counter)


def collect_less_often() -> None:
    """Leave what was made at the start out of garbage collection, and let batches grow before the next one.

    A batch of records is thousands of objects that live for milliseconds; with CPython's own thresholds the
    collections they set off cost up to ten times the decoding.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AT)


def open_more_files() -> None:
    """Raise this process's limit of open files as far as it may go, so that connections meet our limit and not that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _config(app: Gate, drain_s: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws="none",
        lifespan="off",  # `serve` holds the lifetime itself, so that what fails there is raised and not only logged
        access_log=False,  # the edge writes the one line of each request
        log_config=None,
        server_header=False,
        proxy_headers=False,  # `is_local` must see who really called
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=drain_s,  # type: ignore[arg-type]  # handed to asyncio.wait_for, which takes a float
    )


async def _end_when_asked(
    stopping: asyncio.Event, server: _Server, app: Served, gate: Gate, serving: asyncio.Task[Any] | None
) -> None:
    await stopping.wait()
    if gate.is_open:
        log.info("draining", seconds=server.config.timeout_graceful_shutdown, notice_s=server.notice_s)
        app.drain()
        await is_set_within(server.hurry, server.notice_s)
        server.should_exit = True
    elif serving is not None:
        serving.cancel()  # still starting: nobody was told yet that we are here


async def _settle(server: _Server) -> None:
    """Let requests that were cancelled say so to their callers before what they use is closed."""
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=SETTLE_S)


def _forget_cancellation() -> bool:
    task = asyncio.current_task()
    return task is not None and task.uncancel() == 0


@contextmanager
def _signals(
    stopping: asyncio.Event, server: _Server, *, notice_s: float, end_s: float, is_wanted: bool
) -> Generator[None, None, None]:
    """Let the first signal ask for the end, the second one not wait for it, and `end_s` after the first be the end."""
    last_resort = threading.Timer(end_s, _end_as_it_stands, [end_s])  # a thread: the loop may be what hangs
    last_resort.daemon = True

    def ask(number: int) -> None:
        if not last_resort.is_alive():
            last_resort.start()
        if stopping.is_set():
            server.force_exit = True
            server.hurry.set()
        elif number == signal.SIGTERM:  # of who replaces us; Ctrl-C is of a person who waits
            server.notice_s = notice_s
        stopping.set()

    if not is_wanted or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, ask, number)
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
        last_resort.cancel()


def _end_as_it_stands(after_s: float) -> None:
    log.error("not closed in time: the process ends as it stands", seconds=after_s)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(1)


def _why_not(host: str, port: int, error: OSError) -> str:
    place = f"{host}:{port}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"{place} is taken{_holder(port)}; stop that, or {_OTHER_PORT} (0: a free one)"
        case errno.EACCES:
            return f"no right to listen on {place}, as ports below 1024 are for root; {_OTHER_PORT}"
        case errno.EADDRNOTAVAIL:
            return f"this machine has no address {host}"
        case _:
            return f"cannot listen on {place}: {error.strerror}"


def _holder(port: int) -> str:
    """Who listens on the port, as far as we may know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                return f" by process {process.pid} ({' '.join(process.cmdline())[:80] or process.name()})"
    except psutil.Error:
        pass  # the names of other people's processes may not be ours to know
    return ""
