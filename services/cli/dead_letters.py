"""`gongdan dead-letters list|retry|discard`: what readers could not take in, and what a person makes of it."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.cli.answer import AsJson, answer
from services.cli.door import Entrance, FrontDoor, find_entrance, open_door
from services.cli.settings import Home, Target
from services.cli.tickets import Url
from shared.settings import ServiceName

dead_letters = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="What could not be read."
)

Of = Annotated[Target, typer.Option("--service", help="Whose reader gave it up.")]
Letter = Annotated[str, typer.Argument(help="The dead letter's id, as `list` shows it.", show_default=False)]


@dead_letters.command("list")
def list_letters(of: Of = Target.ALL, home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """List what waits for a person."""
    letters = asyncio.run(_list(of.services, find_entrance(home, url)))
    answer(letters, lambda: print_letters(letters), as_json=as_json)


@dead_letters.command("retry")
def retry(of: Of, letter: Letter, home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Take the record in after all, and what was parked behind it."""
    _settle(of, letter, "retry", find_entrance(home, url), as_json=as_json)


@dead_letters.command("discard")
def discard(of: Of, letter: Letter, home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Give the record up for good; this outlives rebuilds."""
    _settle(of, letter, "discard", find_entrance(home, url), as_json=as_json)


async def _list(services: Iterable[ServiceName], entrance: Entrance) -> list[dict[str, Any]]:
    async with open_door(entrance) as door:
        return [letter for service in services for letter in await letters_of(door, service)]


async def letters_of(door: FrontDoor, service: ServiceName) -> list[dict[str, Any]]:
    """What one service could not read, each with the service's name."""
    items = (await door.get(f"/{service}/dead-letters", role="operator"))["items"]
    return [{"service": service, **item} for item in items]


def print_letters(letters: list[dict[str, Any]]) -> None:
    """One row for each."""
    if not letters:
        typer.echo("No dead letters.")
        return
    table = Table("service", "id", "place", "subject", "reason", box=None)
    for letter in letters:
        place = f"{letter.get('topic')}[{letter.get('partition')}]@{letter.get('offset')}"
        table.add_row(letter["service"], str(letter["id"]), place, letter.get("subject"), letter.get("reason"))
    Console(soft_wrap=True).print(table)


def _settle(of: Target, letter: str, verb: str, entrance: Entrance, *, as_json: bool) -> None:
    """The same for both verbs; a service's name has to be given, because ids are each service's own."""
    if of is Target.ALL:
        raise typer.BadParameter("name one service", param_hint="--service")
    answered = asyncio.run(_post(f"/{of.value}/dead-letters/{letter}/{verb}", entrance))
    answer(answered, f"{letter}: {verb} done", as_json=as_json)


async def _post(path: str, entrance: Entrance) -> Any:
    async with open_door(entrance) as door:
        return await door.post(path, role="operator")
