"""`gongdan serve`: one service, or all four in one process, on one port, until a signal comes."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from services.cli.answer import say
from services.cli.settings import Home, Port, Target, given
from shared.http import Combined, ServiceApp, combine
from shared.http.server import run as run_to_the_end
from shared.http.server import serve as serve_app
from shared.settings import CommonSettings, ServiceName, with_servers
from shared.telemetry.logs import configure_logging

HOST = "127.0.0.1"
NOTICE_S = 1.5
"""Requests are taken for so long after SIGTERM: a proxy that asks every second has seen by then that we are leaving."""


def serve(
    target: Annotated[Target, typer.Option("--target", help="Which services this process runs.")] = Target.ALL,
    home: Home = None,
    port: Port = None,
) -> None:
    """Serve against the servers that the environment names, else those of the home folder, until Ctrl-C or SIGTERM."""
    configure_logging()
    settings = CommonSettings(**given(home=home, port=port))

    def started(at: int) -> None:
        say(f"{target.value} at {address(at)}")

    app = build(target.services, home=home)
    run_to_the_end(serve_app(app, HOST, settings.port, started=started, notice_s=NOTICE_S))


@dataclass(frozen=True, slots=True)
class Front:
    """A front door that is open."""

    url: str
    task: "asyncio.Task[None]"
    """Ends when the services end, with what made them."""


@asynccontextmanager
async def serving(
    services: Iterable[ServiceName], *, port: int, home: Path | None = None, **more: object
) -> AsyncIterator[Front]:
    """The services on a port of loopback, from "all answer" to "all are closed"; signals are left to the caller.

    `more` are settings; each service takes those that it knows.
    """
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = build(services, home=home, **more)
    task = asyncio.create_task(
        serve_app(app, HOST, port, started=started.set_result, stop=stop, on_signals=False), name="front door"
    )
    try:
        await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield Front(address(await started), task)
    finally:
        stop.set()
        await task


def build(services: Iterable[ServiceName], *, home: Path | None = None, **more: object) -> Combined:
    """One application of the named services, each with its own settings."""
    return combine({service: build_one(service, home=home, **more) for service in services})


def build_one(service: ServiceName, *, home: Path | None = None, **more: object) -> ServiceApp:
    """The application of one service, as its `main.py` builds it."""
    settings = importlib.import_module(f"services.{service}.settings").Settings(**given(home=home), **more)
    app: ServiceApp = importlib.import_module(f"services.{service}.main").build(with_servers(settings))
    return app


def address(port: int) -> str:
    """The front door's URL."""
    return f"http://{HOST}:{port}"
