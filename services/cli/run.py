"""`gongdan run`: everything for one machine in one command, from the servers to the story.

The servers start on one core while Python loads what runs on them on the other: `everything.py`, and all it needs.
"""

import asyncio
import contextlib
import importlib
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from services.cli.settings import Home, Port, given
from shared.embedded import EmbeddedServers
from shared.embedded.console import console_progress
from shared.embedded.ports import is_free
from shared.settings import SERVICES, CommonSettings, with_servers

LOG_FILE = "gongdan.log"
LOG_BYTES_MAX = 20_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is to happen once everything runs."""

    with_sample: bool
    with_story: bool


def run(
    home: Home = None,
    port: Port = None,
    no_story: Annotated[
        bool, typer.Option("--no-story", help="Load the sample chain, but let nothing happen.")
    ] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Neither sample chain nor story.")] = False,
) -> None:
    """Start PostgreSQL, Kafka and the four services, load the sample chain, play its story; stop all on Ctrl-C.

    The data stays in the home folder. Servers that the environment names are used instead of embedded ones.
    """
    settings = CommonSettings(**given(home=home, port=port))
    refuse_taken_port(settings.port)
    plan = Plan(with_sample=not empty, with_story=not (empty or no_story))
    with log_file(settings.home), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signal(settings, plan))


async def _until_signal(settings: CommonSettings, plan: Plan) -> None:
    """Run until a signal comes, however far the start has come by then."""
    stop = stop_on_signals()
    console = Console(soft_wrap=True, highlight=False)
    running = asyncio.create_task(_run(settings, plan, console), name="run")
    signalled = asyncio.create_task(stop.wait(), name="signal")
    await asyncio.wait([running, signalled], return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        console.print("\n[dim]Stopping … 正在停止 …[/]")
        running.cancel()
    signalled.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _run(settings: CommonSettings, plan: Plan, console: Console) -> None:
    loading = asyncio.create_task(asyncio.to_thread(load_everything), name="loading")
    async with servers(settings) as found:
        everything = await loading
        await everything.live(found, plan, console)


def load_everything() -> Any:
    """The module that runs everything, with all that it will import later."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.main")
    return importlib.import_module("services.cli.everything")


@contextlib.asynccontextmanager
async def servers(settings: CommonSettings) -> AsyncIterator[CommonSettings]:
    """The settings with every server's address; embedded servers run while any of them is not named elsewhere."""
    named = (settings.kafka_bootstrap_servers, *(getattr(settings, f"{service}_database_url") for service in SERVICES))
    if None not in named:
        yield settings
        return
    async with contextlib.AsyncExitStack() as stack:
        with console_progress() as progress:
            await stack.enter_async_context(EmbeddedServers(settings.home, progress=progress))
        yield with_servers(settings)


def refuse_taken_port(port: int) -> None:
    """Say that a port is taken before anything is started. Errors: CannotListen, which says by whom."""
    if port and not is_free(port):
        from shared.http.server import listen

        listen("127.0.0.1", port).close()


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. A second signal of the same kind ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopping(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping, number)
    return stop


@contextlib.contextmanager
def log_file(home: Path) -> Iterator[None]:
    """Log lines go to the home folder, so that the console stays readable; one earlier file is kept."""
    from shared.telemetry.logs import configure_logging

    file = home / "logs" / LOG_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    with file.open("a", encoding="utf-8") as stream:
        configure_logging(stream=stream, as_json=True)
        yield
