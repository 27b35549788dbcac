"""`gongdan serve`: one service, or all four in one process, on one port, until a signal comes."""

import asyncio
import contextlib
import importlib
import signal
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn

from services.cli.answer import fail, say
from services.cli.settings import Home, Port, given
from shared.settings import SERVICES, CommonSettings, ServiceName, with_servers
from shared.telemetry.logs import configure_logging

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST = "127.0.0.1"
SHUTDOWN_S_MAX = 5
"""Seconds that requests under way have to end in; live views never end by themselves."""


class Target(StrEnum):
    """What one process serves."""

    ALL = "all"
    INTAKE = "intake"
    ROUTING = "routing"
    NOTIFY = "notify"
    PROJECTION = "projection"

    @property
    def services(self) -> tuple[ServiceName, ...]:
        """The services behind the word."""
        return tuple(service for service in SERVICES if self.value in {"all", service})


def serve(
    target: Annotated[Target, typer.Option("--target", help="Which services this process runs.")] = Target.ALL,
    home: Home = None,
    port: Port = None,
) -> None:
    """Serve against the servers that the environment names, else those of the home folder, until Ctrl-C or SIGTERM."""
    configure_logging()
    run_loop(_serve(target, home, port))


async def _serve(target: Target, home: Path | None, port: int | None) -> None:
    settings = CommonSettings(**given(home=home, port=port))
    stop = stop_on_signals()
    with listening(settings.port) as listener:
        async with serving(target.services, listener, home=home) as front:
            say(f"{target.value} at {address(listener)}")
            await either(stop.wait(), front.ended.wait())


class FrontDoor(uvicorn.Server):
    """Uvicorn without its own signal handlers: the command decides when to stop, and what to stop first."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave signals to the command."""
        yield


@asynccontextmanager
async def serving(
    services: Iterable[ServiceName], listener: socket.socket, *, home: Path | None = None
) -> AsyncIterator[FrontDoor]:
    """The services behind one listening socket, from "all have started" to "all have stopped"."""
    front = FrontDoor(
        uvicorn.Config(
            build(services, home=home),
            log_config=None,  # structlog has been set up; one canonical line per request comes from shared/http
            access_log=False,
            lifespan="on",
            http="httptools",
            timeout_graceful_shutdown=SHUTDOWN_S_MAX,
            server_header=False,
        )
    )
    task = asyncio.create_task(_run(front, listener), name="front door")
    try:
        await _until_started(front, task)
        yield front
    finally:
        front.should_exit = True
        await task


async def _run(front: FrontDoor, listener: socket.socket) -> None:
    try:
        await front.serve(sockets=[listener])
    finally:
        front.ended.set()


async def _until_started(front: FrontDoor, task: "asyncio.Task[None]") -> None:
    while not front.started:
        if task.done():
            await task
            fail("the services did not start; the log says why")
        await asyncio.sleep(0.01)


def build(services: Iterable[ServiceName], *, home: Path | None = None) -> Any:
    """One ASGI application of the named services, each with its own settings."""
    from shared.http import combine

    return combine({service: build_one(service, home=home) for service in services})


def build_one(service: ServiceName, *, home: Path | None = None) -> "FastAPI":
    """The application of one service, as its `main.py` builds it."""
    settings_of = importlib.import_module(f"services.{service}.settings").Settings
    app: FastAPI = importlib.import_module(f"services.{service}.main").build(
        with_servers(settings_of(**given(home=home)))
    )
    return app


@contextlib.contextmanager
def listening(port: int) -> Any:
    """A socket bound to the port before anything else is started, so that a taken port is said at once."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.closing(listener):
        try:
            listener.bind((HOST, port))
        except OSError as error:
            remedy = "choose another with --port or GONGDAN_PORT, 0 for a free one"
            fail(f"port {port} cannot be taken ({error.strerror}): {remedy}")
        listener.set_inheritable(False)
        yield listener


def address(listener: socket.socket) -> str:
    """The front door's URL."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. The second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopping(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping, number)
    return stop


async def either(*waits: Any) -> None:
    """Return when the first of these has come; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def run_loop(main: Any) -> None:
    """Run on uvloop, which costs nothing and saves a little."""
    import uvloop

    uvloop.run(main)
