"""`gongdan tail`, `show`, `replay`: tickets and the log for a person at a terminal, in Chinese and English."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.answer import AsJson, answer, misused
from services.cli.door import FrontDoor, find_entrance, open_door
from services.cli.settings import Home

Url = Annotated[
    str | None, typer.Option("--url", help="The front door. Default: the running `gongdan run`, else GONGDAN_PORT.")
]
Number = Annotated[str, typer.Argument(help="The ticket's number (GD-…) or id.", show_default=False)]

# A colour for who speaks, so that the eye finds what one service said.
COLOURS = {"/intake": "cyan", "/routing": "yellow", "/notify": "magenta"}
STATUS_COLOURS = {"resolved": "green", "closed": "green", "cancelled": "dim", "queued": "red", "offered": "yellow"}


def tail(
    last: Annotated[int, typer.Option("--last", min=0, help="How many events of the past to begin with.")] = 20,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more.")] = True,
    home: Home = None,
    url: Url = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document per line.")] = False,
) -> None:
    """Follow the log readably, until Ctrl-C."""
    asyncio.run(_tail(last, find_entrance(home, url), follow=follow, as_json=as_json))


async def _tail(last: int, entrance: Any, *, follow: bool, as_json: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    async with open_door(entrance) as door:
        cursor = None
        kept: list[dict[str, Any]] = []
        async for line in door.lines("/projection/events"):
            kept = [*kept[-last + 1 :], line] if last else []
            cursor = line["cursor"]
        for line in kept:
            print_event(console, line, as_json=as_json)
        if not follow:
            return
        async for line in door.lines("/projection/events", after=cursor, follow="true"):
            print_event(console, line, as_json=as_json)


def print_event(console: Console, line: Mapping[str, Any], *, as_json: bool) -> None:
    """One event of the log on one line."""
    if as_json:
        typer.echo(orjson.dumps(line).decode())
        return
    said = line.get("summary") or {}
    text = Text()
    text.append(local_time(line["recorded_at"]), "dim")
    text.append(f"  {line['type']:22}", COLOURS.get(line["source"], ""))
    text.append(f" {ticket_of(line)}  ", "bold")
    text.append(said.get("zh", ""))
    text.append(f"  {said.get('en', '')}", "dim")
    console.print(text)


def ticket_of(line: Mapping[str, Any]) -> str:
    """The ticket's number where the event carries it, else the end of its subject."""
    return str(
        line.get("ticket_number") or line.get("data", {}).get("ticket_number") or f"…{str(line['subject'])[-12:]}"
    )


def show(ticket: Number, home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Print a ticket and everything that happened to it, in order."""
    document, items = asyncio.run(_show(ticket, find_entrance(home, url)))
    answer({"ticket": document, "history": items}, lambda: print_ticket(Console(), document, items), as_json=as_json)


async def _show(ticket: str, entrance: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    async with open_door(entrance) as door:
        document = await door.get(f"/projection/tickets/{ticket}")
        return document, await history(door, document["ticket_id"])


async def history(door: FrontDoor, ticket_id: str) -> list[dict[str, Any]]:
    """Every event of a ticket, in order."""
    items: list[dict[str, Any]] = (await door.get(f"/projection/tickets/{ticket_id}/history"))["items"]
    return items


def replay(
    ticket: Number,
    at: Annotated[
        str | None, typer.Option("--at", help="An instant, RFC 3339; without offset in this machine's zone.")
    ] = None,
    event: Annotated[str | None, typer.Option("--event", help="Right after this event, by its id.")] = None,
    home: Home = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print a ticket as it was then, rebuilt from its events."""
    if (at is None) == (event is None):
        misused("give one of --at and --event")
    document, items = asyncio.run(_replay(ticket, find_entrance(home, url), as_of=instant(at), as_of_event=event))
    answer(document, lambda: print_ticket(Console(), document, items), as_json=as_json)


async def _replay(
    ticket: str, entrance: Any, *, as_of: str | None, as_of_event: str | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    async with open_door(entrance) as door:
        document = await door.get(f"/projection/tickets/{ticket}", as_of=as_of, as_of_event=as_of_event)
        then = datetime.fromisoformat(document["as_of"])
        items = await history(door, document["ticket_id"])
        return document, [item for item in items if datetime.fromisoformat(item["recorded_at"]) <= then]


def instant(text: str | None) -> str | None:
    """The instant in RFC 3339, UTC."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        return misused(f"--at: expected an instant such as 2026-11-22T14:30:00+08:00, got {text!r}")


def print_ticket(console: Console, ticket: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> None:
    """The ticket's head, then its history: when, what in Chinese and English, by whom."""
    colour = STATUS_COLOURS.get(ticket["status"], "cyan")
    head = Text.assemble(
        (ticket["ticket_number"], "bold"), "  ", (ticket["status"], f"bold {colour}"), f"  {ticket['priority']}"
    )
    console.print(head)
    console.print(Text(ticket["description"] or ""))
    console.print(Text("  ".join(known_facts(ticket)), "dim"))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for item in items:
        said = item["summary"]
        words = Text.assemble(said["zh"], "\n", (said["en"], "dim"))
        what = Text(item["type"], COLOURS.get(item["source"], ""))
        table.add_row(Text(local_time(item["recorded_at"]), "dim"), what, words, Text(item["actor"], "dim"))
    console.print(table)


def known_facts(ticket: Mapping[str, Any]) -> list[str]:
    """What is known about whom and where, each as `name value`."""
    customer = ticket["customer"] or {}
    facts = {
        "customer": " ".join(str(customer[key]) for key in ("name", "phone") if customer.get(key)),
        "store": ticket["store_id"],
        "technician": ticket["technician_id"],
        "order": ticket["order_id"],
        "product": ticket["product_sku"],
        "opened": local_time(ticket["opened_at"]),
        "as of": local_time(ticket["as_of"]),
    }
    return [f"{name} {value}" for name, value in facts.items() if value]


def local_time(text: str) -> str:
    """An instant in this machine's zone, to the millisecond."""
    return datetime.fromisoformat(text).astimezone().strftime("%m-%d %H:%M:%S.%f")[:-3]
