"""`gongdan servers start|stop|status`: the embedded servers alone, for services that are run one by one."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from shared.embedded import Addresses

servers_app = typer.Typer(help="PostgreSQL and Kafka of a home folder.", no_args_is_help=True)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="GONGDAN_HOME", help="The folder that holds the data.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]

DEFAULT_HOME = Path(".gongdan")
FAILED = 1


@servers_app.command()
def start(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Start both, make databases and topics, write servers.json; they run on until `stop`."""
    from shared.embedded import CannotServe

    try:
        addresses, were_running = asyncio.run(_start(home))
    except CannotServe as error:
        _fail(str(error), as_json=as_json)
    except KeyboardInterrupt:
        _fail("Given up; nothing was left running.", as_json=as_json)
    _answer_addresses(addresses, as_json=as_json, title="were running already" if were_running else "run")


@servers_app.command()
def stop(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Stop both; the data stays."""
    from shared.embedded import CannotServe, stop_servers

    try:
        stopped = stop_servers(home)
    except CannotServe as error:
        _fail(str(error), as_json=as_json)
    _answer({"stopped": stopped}, "Stopped." if stopped else "Nothing was running.", as_json=as_json)


@servers_app.command()
def status(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Say what runs; exit code 0 when both are ready, 1 when not."""
    from shared.embedded import servers_status

    owner, addresses = servers_status(home)
    document = {
        "running": addresses is not None,
        "phase": owner.phase if owner else None,
        "keeper": {"pid": owner.pid, "since": owner.since, "command": owner.command, "attached": owner.attached}
        if owner
        else None,
        **(addresses.document() if addresses else {"kafka": None, "databases": {}, "pids": {}}),
    }
    if owner is None:
        text = f"Nothing runs in {home}."
    elif addresses is None:
        text = f"{owner.phase}, by {owner}"
    else:
        text = f"Kept by {owner}.\n{_described(addresses)}"
    _answer(document, text, as_json=as_json)
    raise typer.Exit(0 if addresses else FAILED)


async def _start(home: Path) -> "tuple[Addresses, bool]":
    from shared.embedded import EmbeddedServers
    from shared.embedded.console import console_progress

    with console_progress() as progress:
        async with EmbeddedServers(home, progress=progress, detached=True) as servers:
            return servers.addresses, servers.were_running


def _answer_addresses(addresses: "Addresses", *, as_json: bool, title: str) -> None:
    _answer(addresses.document(), f"PostgreSQL and Kafka {title}.\n{_described(addresses)}", as_json=as_json)


def _described(addresses: "Addresses") -> str:
    lines = [f"Kafka       {addresses.kafka} (pid {addresses.pids['kafka']})"]
    lines += [f"{name:<11} {url}" for name, url in addresses.databases.items()]
    lines.append(f"PostgreSQL  pid {addresses.pids['postgres']}")
    return "\n".join(lines)


def _answer(document: dict[str, object], text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(document) if as_json else text)


def _fail(text: str, *, as_json: bool) -> NoReturn:
    typer.echo(json.dumps({"error": text}) if as_json else text, err=not as_json)
    raise typer.Exit(FAILED)


if __name__ == "__main__":
    sys.exit(servers_app())
