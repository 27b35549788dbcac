"""`gongdan servers start|stop|status`: the embedded servers alone, for services that are run one by one."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from services.cli.answer import AsJson, answer, fail, say
from services.cli.settings import Home, common_settings, given

if TYPE_CHECKING:
    from shared.embedded import Addresses

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The embedded PostgreSQL and Kafka."
)
servers_app = app


@app.command("start")
def start(home: Home = None, as_json: AsJson = False) -> None:
    """Start both, make databases, tables and topics, write servers.json; they run on until `stop`."""
    try:
        addresses, were_running = asyncio.run(_start(home_folder(home)))
    except asyncio.CancelledError:
        fail("given up; nothing was left running")
    words = "PostgreSQL and Kafka ran already." if were_running else "PostgreSQL and Kafka run."
    answer(addresses.document(), f"{words}\n{_described(addresses)}", as_json=as_json)


@app.command("stop")
def stop(home: Home = None, as_json: AsJson = False) -> None:
    """Stop both; the data stays."""
    from shared.embedded import stop_servers

    stopped = stop_servers(home_folder(home))
    answer({"stopped": stopped}, "Stopped." if stopped else "Nothing ran.", as_json=as_json)


@app.command("status")
def status(home: Home = None, as_json: AsJson = False) -> None:
    """Say what runs; exit code 0 when both are ready, 1 when not."""
    from shared.embedded import servers_status

    folder = home_folder(home)
    owner, addresses = servers_status(folder)
    document: dict[str, Any] = {
        "running": addresses is not None,
        "phase": owner.phase if owner else None,
        "keeper": owner.document() if owner else None,
        **(addresses.document() if addresses else {"kafka": None, "databases": {}, "pids": {}}),
    }
    if owner is None:
        words = f"Nothing runs in {folder}."
    elif addresses is None:
        words = f"{owner.phase.capitalize()}, by {owner}."
    else:
        words = f"Kept by {owner}.\n{_described(addresses)}"
    answer(document, words, as_json=as_json)
    raise typer.Exit(0 if addresses else 1)


def home_folder(home: Path | None) -> Path:
    """The home that the option, else the environment, else the default names."""
    from shared.settings import CommonSettings

    return CommonSettings(**given(home=home)).home


async def _start(home: Path) -> "tuple[Addresses, bool]":
    from services.cli.prepare import prepare
    from shared.embedded import EmbeddedServers
    from shared.embedded.console import console_progress

    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # as Ctrl-C: nothing stays behind
    with console_progress() as progress:
        async with EmbeddedServers(home, progress=progress, detached=True) as servers:
            try:
                await prepare(common_settings(home=home))
            except Exception:
                say(f"the servers run, without all tables and topics; `gongdan servers stop --home {home}` ends them")
                raise
            return servers.addresses, servers.were_running


def _described(addresses: "Addresses") -> str:
    """What runs where, without the databases' password: that stands in servers.json, which only its user reads."""
    from shared.database.create import without_password

    lines = [("Kafka", f"{addresses.kafka} (pid {addresses.pids['kafka']})")]
    lines += [("PostgreSQL", f"{addresses.postgres} (pid {addresses.pids['postgres']})")]
    lines += [(name, without_password(url)) for name, url in addresses.databases.items()]
    return "\n".join(f"{name:<11} {where}" for name, where in lines)


if __name__ == "__main__":
    app(prog_name="gongdan servers")
