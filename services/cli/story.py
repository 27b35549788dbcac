"""The story that `gongdan run` plays: a leaking cup, an angry second visit, the boss's word; then the days go on.

It goes through the front doors only, as everybody does. External ids and Idempotency-Keys are fixed, so that a second
start on the same home adds nothing to the told part.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from rich.console import Console

from services.cli.door import FrontDoor
from services.cli.sample import SAMPLE_STORE_ID
from services.cli.stream import Contact, contacts
from shared.clock import monotonic
from shared.errors import Refused, Unavailable

PAUSE_S: Final = 2.0
STREAM_PAUSE_S: Final = 15.0
ASSIGNED_WITHIN_S: Final = 15.0
OPEN_AT_ONCE_MAX: Final = 40
"""So many tickets of the stream are under way; the oldest are finished first."""

OVER: Final = {"resolved", "closed", "cancelled"}
WORK: Final = ("accept", "start", "resolve")
"""What becomes of a ticket of the stream, one step with each new contact."""

CUSTOMER: Final = {"name": "廖大卫", "phone": "166 0000 0082"}
FIRST_VISIT: Final = {
    "visit_id": "story-cup-1",
    "store_id": SAMPLE_STORE_ID,
    "clerk": "小陈",
    "customer": CUSTOMER,
    "order_id": "DD-261016-1961",
    "product_sku": "CUP-002",
    "description": "上个月买的双层玻璃杯，杯子漏水，夹层里都是水。",
}
SECOND_VISIT: Final = {
    **FIRST_VISIT,
    "visit_id": "story-cup-2",
    "urgency": "high",
    "description": "第二次来了！还是没人给我一个说法，你们就是这个态度？再不解决我就去消协投诉。",
}


@dataclass(slots=True)
class Told:
    """What was said about one ticket so far."""

    door: FrontDoor
    console: Console
    ticket_id: str = ""
    steps: int = 0

    def say(self, zh: str, en: str) -> None:
        """One step of the story in both languages."""
        self.console.print(f"[bold cyan]▸[/] {zh}  [dim]{en}[/]")

    async def command(self, role: str, command: str, **fields: str) -> None:
        """A command on the story's ticket, the same one however often the story is told."""
        self.steps += 1
        await _command(self.door, self.ticket_id, role, {"command": command, **fields}, key=f"story-cup-{self.steps}")


async def tell_story(door: FrontDoor, console: Console) -> None:
    """Tell it, then let contacts come slowly until cancelled. What goes wrong is said, and the days go on."""
    async with _said(console):
        await _tell_of_the_cup(Told(door, console))
    under_way: deque[_UnderWay] = deque()
    for contact in contacts():
        await asyncio.sleep(STREAM_PAUSE_S)
        async with _said(console):
            await _one_more(door, console, contact, under_way)


@asynccontextmanager
async def _said(console: Console) -> AsyncIterator[None]:
    """What is refused or away becomes a line on the console."""
    try:
        yield
    except (Refused, Unavailable) as error:
        console.print(f"▸ {error}", style="red", markup=False)


async def _tell_of_the_cup(told: Told) -> None:
    first = await told.door.post("/intake/store/contacts", FIRST_VISIT, role="integration")
    number, told.ticket_id = first["ticket_number"], first["ticket_id"]
    ticket = await _assigned(told.door, first)
    if ticket["status"] in OVER:
        told.say(f"杯子的故事上次讲完了：{number}", f"the cup's story was told before: gongdan show {number}")
        return
    told.say(f"客人的杯子漏水，店员记下来：{number}", "a customer's cup leaks, the clerk writes it down")
    told.say(
        f"自动派给 {ticket['store_id']} 的 {ticket['technician_id']}", "it finds its store and its technician by itself"
    )
    await asyncio.sleep(PAUSE_S)
    await told.command("store", "accept")
    await told.command("store", "wait", **{"for": "third_party"})
    told.say("维修师接单，先问供应商", "the technician takes it, and asks the supplier first")
    await asyncio.sleep(PAUSE_S)
    await told.door.post("/intake/store/contacts", {**SECOND_VISIT, "ticket_number": number}, role="integration")
    told.say("客人第二次来，很生气；还是同一张工单", "the customer comes again, angry; it joins the same ticket")
    await told.command("agent", "set_priority", priority="urgent", reason="第二次到店，客人要投诉")
    await asyncio.sleep(PAUSE_S)
    await told.command("boss", "note", text="要么换，要么退，今天办完。Change it or refund it, today.")
    told.say("老板：要么换，要么退，今天办完", "the boss: change it or refund it, today")
    await told.command("store", "resume")
    await told.command(
        "agent",
        "reply",
        text="给您换一只新的双层玻璃杯，随时可以到店里取；不想换也可以全额退款。让您跑了两趟，对不起。",
    )
    await told.command("store", "resolve", reason="换了一只新杯子")
    told.say("换了新杯子，告诉客人，完成", f"a new cup, the customer is told, done: gongdan show {number}")


async def _assigned(door: FrontDoor, contact: dict[str, Any]) -> dict[str, Any]:
    """The contact's ticket, once somebody is to work on it; after a while as it is, or the reason why there is none."""
    deadline = monotonic() + ASSIGNED_WITHIN_S
    while True:
        try:
            ticket: dict[str, Any] = await door.get(f"/projection/tickets/{contact['ticket_id']}")
            if ticket["technician_id"] or ticket["status"] in OVER or monotonic() > deadline:
                return ticket
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND or monotonic() > deadline:
                raise
        await asyncio.sleep(PAUSE_S / 10)


@dataclass(slots=True)
class _UnderWay:
    """A ticket of the stream, and what is still to be done with it."""

    ticket_id: str
    steps: deque[str] = field(default_factory=lambda: deque(WORK))


async def _one_more(door: FrontDoor, console: Console, contact: Contact, under_way: deque[_UnderWay]) -> None:
    """A contact comes, and those before it are worked on; of too many, the oldest are left alone."""
    for ticket in under_way:
        await _work_on(door, ticket)
    for ticket in [ticket for ticket in under_way if not ticket.steps]:
        under_way.remove(ticket)
    answer = await _post(door, contact)
    console.print(f"▸ {contact.channel}  {answer['ticket_number']}  {contact.description}", style="dim", markup=False)
    under_way.append(_UnderWay(answer["ticket_id"]))
    if len(under_way) > OPEN_AT_ONCE_MAX:
        under_way.popleft()


async def _post(door: FrontDoor, contact: Contact) -> dict[str, Any]:
    answer: dict[str, Any] = await door.post(f"/intake/{contact.channel}/contacts", contact.body, role="integration")
    return answer


async def _work_on(door: FrontDoor, ticket: _UnderWay) -> None:
    """The next step; what is refused now (nobody has it yet) is tried again with the next contact."""
    step = ticket.steps[0]
    try:
        await _command(door, ticket.ticket_id, "agent", {"command": step}, key=f"stream-{ticket.ticket_id}-{step}")
    except Refused:
        return
    ticket.steps.popleft()


async def _command(door: FrontDoor, ticket_id: str, role: str, body: dict[str, str], *, key: str) -> None:
    await door.post(f"/routing/tickets/{ticket_id}/commands", body, role=role, headers={"Idempotency-Key": key})
