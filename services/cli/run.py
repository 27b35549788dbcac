"""`gongdan run`: everything for one machine in one command, from the servers to the story."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.cli.answer import fail
from services.cli.door import Entrance, open_door
from services.cli.prepare import prepare
from services.cli.runfile import issue_tokens, run_document, run_file
from services.cli.sample import load_sample
from services.cli.serve import HOST, Front, serving, stop_on_signals
from services.cli.settings import Home, Port, given
from services.cli.story import tell_story
from services.cli.welcome import welcome
from shared.embedded import EmbeddedServers
from shared.embedded.console import console_progress
from shared.http.server import listen
from shared.http.server import run as run_to_the_end
from shared.settings import SERVICES, CommonSettings, with_servers
from shared.telemetry.logs import configure_logging

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
    with log_file(settings.home):
        run_to_the_end(_until_signal(settings, Plan(with_sample=not empty, with_story=not (empty or no_story))))


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
    listen(HOST, settings.port).close()  # a taken port is said before anything is started
    async with servers(settings) as found:
        await prepare(found)
        async with serving(SERVICES, port=settings.port, home=settings.home) as front:
            tokens = issue_tokens(found)
            async with open_door(Entrance(front.url, tokens)) as door:
                if plan.with_sample:
                    await load_sample(door)
                with run_file(found, run_document(found, front.url, tokens)):
                    welcome(console, found, front.url)
                    await _until_ended(front, tell_story(door, console) if plan.with_story else None)


async def _until_ended(front: Front, story: Coroutine[Any, Any, None] | None) -> None:
    """Wait for the services, which end only when something is wrong; what ends the story ends nothing else."""
    telling = asyncio.create_task(story, name="story") if story else None
    try:
        await asyncio.wait([front.task])
        fail("the services ended by themselves; the log says why")
    finally:
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


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


@contextlib.contextmanager
def log_file(home: Path) -> Iterator[None]:
    """Log lines go to the home folder, so that the console stays readable; one earlier file is kept."""
    file = home / "logs" / LOG_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    with file.open("a", encoding="utf-8") as stream:
        configure_logging(stream=stream, as_json=True)
        yield
