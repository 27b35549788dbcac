"""`gongdan tail`, `show`, `replay`: tickets and the log for a person at a terminal, in Chinese and English."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from services.cli.answer import AsJson, answer, misused, say
from services.cli.door import Entrance, FrontDoor, find_entrance, open_door
from services.cli.settings import Home
from shared.backoff import Backoff
from shared.errors import Refused, Unavailable

Url = Annotated[
    str | None, typer.Option("--url", help="The front door. Default: the running `gongdan run`, else GONGDAN_PORT.")
]
Number = Annotated[str, typer.Argument(help="The ticket's number (GD-…) or id.", show_default=False)]

NUMBERS_MAX = 10_000
"""Numbers of tickets that `tail` keeps in mind."""
AGAIN_S_FIRST = 0.5
AGAIN_S_MAX = 5.0
"""How long `tail` waits before it asks again."""
EVENTS = "/projection/events"

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


async def _tail(last: int, entrance: Entrance, *, follow: bool, as_json: bool) -> None:
    from shared.log.position import log_position

    async with open_door(entrance) as door:
        printer = Printer(door, as_json=as_json)
        offsets = await _offsets(door)
        # Nobody knows how the newest events spread over the partitions: read enough of each, then take the newest.
        begin = log_position({partition: max(0, offset - last) for partition, offset in offsets.items()})
        past = [line async for line in door.lines(EVENTS, after=begin)]
        for line in sorted(past, key=lambda line: str(line["recorded_at"]))[-last:] if last else []:
            await printer.show(line)
        if follow:
            await _follow(door, printer, past[-1]["cursor"] if past else begin)


async def _follow(door: FrontDoor, printer: "Printer", cursor: str) -> None:
    """Print what comes behind `cursor`, until cancelled; a server that stops or dies is asked again, from there on.

    Errors: Refused, for anything but "not now".
    """
    backoff = Backoff(delay_s_first=AGAIN_S_FIRST, delay_s_max=AGAIN_S_MAX)
    said = ""
    while True:
        why = f"{door.url} ended the stream"
        try:
            async with aclosing(door.lines(EVENTS, after=cursor, follow="true")) as lines:
                async for line in lines:
                    await printer.show(line)
                    cursor, said = line["cursor"], ""
                    backoff.reset()
        except Unavailable as error:
            why = str(error)
        except Refused as refused:
            if refused.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            why = str(refused)
        if why != said:
            say(f"asking again, to go on behind the last event: {why}")
            said = why
        await backoff.wait()


async def _offsets(door: FrontDoor) -> dict[int, int]:
    """How far the projection has read each partition of the log."""
    partitions = (await door.get("/projection/readiness"))["partitions"]
    return {one["partition"]: one["offset"] for one in partitions if one["topic"] == "tickets"}


class Printer:
    """Prints events of the log one by one, each on one line, with the number of its ticket."""

    def __init__(self, door: FrontDoor, *, as_json: bool) -> None:
        self._door = door
        self._as_json = as_json
        self._console = Console(soft_wrap=True, highlight=False)
        self._numbers: dict[str, str] = {}

    async def show(self, line: Mapping[str, Any]) -> None:
        """Print one event."""
        if self._as_json:
            typer.echo(orjson.dumps(line).decode())
            return
        said = line["summary"]
        what = Text(f"  {line['type']:21}", COLOURS.get(line["source"], ""))
        number = Text(f" {await self._number(line)}  ", "bold")
        self._console.print(
            Text.assemble(
                (local_time(line["recorded_at"]), "dim"), what, number, said["zh"], (f"  {said['en']}", "dim")
            )
        )

    async def _number(self, line: Mapping[str, Any]) -> str:
        """The number of the event's ticket; the end of its id where the projection does not have it."""
        ticket_id = str(line["subject"])
        if ticket_id not in self._numbers:
            if len(self._numbers) >= NUMBERS_MAX:
                self._numbers.clear()
            try:
                ticket = await self._door.get(f"/projection/tickets/{ticket_id}")
                self._numbers[ticket_id] = ticket["ticket_number"]
            except Refused:
                return f"…{ticket_id[-12:]}"
        return self._numbers[ticket_id]


def show(ticket: Number, home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Print a ticket and everything that happened to it, in order."""
    document, items = asyncio.run(_show(ticket, find_entrance(home, url)))
    answer(
        {"ticket": document, "history": items},
        lambda: print_ticket(Console(soft_wrap=True, highlight=False), document, items),
        as_json=as_json,
    )


async def _show(ticket: str, entrance: Entrance) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    async with open_door(entrance) as door:
        document = await door.get(f"/projection/tickets/{ticket}")
        return document, await history(door, document["ticket_id"])


async def history(door: FrontDoor, ticket_id: str) -> list[dict[str, Any]]:
    """Every event of a ticket, in order, page by page."""
    items: list[dict[str, Any]] = []
    after: int | None = None
    while True:
        page = await door.get(f"/projection/tickets/{ticket_id}/history", after=after)
        items += page["items"]
        after = page["next_after"]
        if after is None:
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
    answer(document, lambda: print_ticket(Console(soft_wrap=True, highlight=False), document, items), as_json=as_json)


async def _replay(
    ticket: str, entrance: Entrance, *, as_of: str | None, as_of_event: str | None
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
    """The ticket's head, then its history: when, what, in Chinese and English, by whom."""
    status = (ticket["status"], f"bold {STATUS_COLOURS.get(ticket['status'], 'cyan')}")
    console.print(Text.assemble((ticket["ticket_number"], "bold"), "  ", status, f"  {ticket['priority']}"))
    console.print(Text(ticket["description"] or ""))
    console.print(Text(" · ".join(known_facts(ticket)), "dim"), "")
    if stopped := ticket.get("stopped"):
        behind = f"{stopped['waiting']} later records wait behind it; see `gongdan dead-letters list`"
        console.print(Text(f"STOPPED  {stopped['kind']}: {stopped['reason']}; {behind}\n", "bold red"))
    for item in items:
        said = item["summary"]
        what = Text(f"  {item['type']:21}", COLOURS.get(item["source"], ""))
        by = (f"  {item['actor']}", "dim")
        console.print(Text.assemble((local_time(item["recorded_at"]), "dim"), what, by))
        console.print(Text.assemble(f"    {said['zh']}\n", (f"    {said['en']}", "dim")))


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
    """An instant in this machine's zone with its offset, to the microsecond: `replay --at` it finds that event."""
    return datetime.fromisoformat(text).astimezone().isoformat(timespec="microseconds")
