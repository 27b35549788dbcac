"""What happens to a ticket after it was opened, as people at the counter, in the workshop and at the desk tell it."""

from typing import Any

import pytest
import yaml

from services.cli.sample import DEPLOY
from tests.e2e.stores import OwnStore, a_store, a_visit, publish
from tests.support.door import Door
from tests.support.eventually import eventually

pytestmark = pytest.mark.usefixtures("story")


@pytest.fixture
async def store(door: Door) -> OwnStore:
    return await a_store(door, 20, 20)


async def an_offered_ticket(door: Door, store: OwnStore, **more: Any) -> dict[str, Any]:
    contact = await door.contact(a_visit(store, **more))
    shown: dict[str, Any] = await door.ticket_when(contact["ticket_id"], status="offered")
    return shown


async def types_of(door: Door, ticket_id: str) -> list[str]:
    return [item["type"] for item in await door.history(ticket_id)]


async def test_the_angry_second_visit_joins_the_ticket_it_names(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store)
    await door.command(ticket["ticket_id"], "accept")
    second = a_visit(store, "第二次来了！再不解决我就去消协投诉", ticket_number=ticket["ticket_number"], urgency="high")
    contact = await door.contact(second)
    assert (contact["disposition"], contact["ticket_id"]) == ("follow_up", ticket["ticket_id"])
    await door.ticket(ticket["ticket_id"], at_least=contact["position"])
    await door.ticket_when(ticket["ticket_id"], status="accepted")
    assert (await types_of(door, ticket["ticket_id"])).count("ticket.followed_up") == 1
    found = await door.get("/projection/tickets", q="消协投诉", store=store.id)
    assert [item["ticket_id"] for item in found["items"]] == [ticket["ticket_id"]]


async def test_the_boss_says_change_it_or_refund_it(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store)
    ticket_id = ticket["ticket_id"]
    await door.command(ticket_id, "set_priority", "boss", priority="major", reason="老板亲自过问")
    refused = await door.try_command(ticket_id, "set_priority", "agent", priority="major")
    assert refused.status_code in {200, 403, 422}
    await door.command(ticket_id, "note", "boss", text="要么换，要么退，今天办完")
    for name in ("accept", "start"):
        await door.command(ticket_id, name)
    await door.command(ticket_id, "reply", text="给您换一只新的")
    done = await door.command(ticket_id, "resolve", reason="换了一只新杯子")
    shown = await door.ticket(ticket_id, at_least=done["position"])
    assert (shown["status"], shown["priority"]) == ("resolved", "major")
    notes = [item for item in await door.history(ticket_id) if item["type"] == "ticket.noted"]
    assert [note["actor"] for note in notes] == ["boss:boss"]


async def test_a_reply_reaches_the_customer_by_mail(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store, customer={"name": "王芳", "email": "fang@mail.example"})
    await door.command(ticket["ticket_id"], "reply", text="您的杯子明天可以来取。")

    async def arrived() -> bool:
        mails = (await door.get("/notify/mailbox", ticket_id=ticket["ticket_id"], to="fang@mail.example"))["items"]
        return any("您的杯子明天可以来取。" in mail["text"] for mail in mails)

    await eventually(arrived, 15)


async def test_a_declined_offer_goes_to_the_next_technician(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store)
    await door.command(ticket["ticket_id"], "decline", reason="手上没有配件")
    (other,) = set(store.technicians) - {ticket["technician_id"]}
    await door.ticket_when(ticket["ticket_id"], status="offered", technician_id=other)
    await door.command(ticket["ticket_id"], "decline")
    queued = await door.ticket_when(ticket["ticket_id"], status="queued")
    assert queued["queue"]["reason"]
    types = await types_of(door, ticket["ticket_id"])
    assert types.count("ticket.assigned") == types.count("ticket.declined") == 2


async def test_an_offer_that_nobody_accepts_is_warned_of_and_goes_to_the_next(door: Door) -> None:
    store = await a_store(door, 5, 5)
    workflow = yaml.safe_load((DEPLOY / "policies" / "workflow" / "default.yaml").read_bytes())
    quick = {"kind": "workflow", "name": "default", "body": {**workflow, "accept_minutes": 0.04}}
    await publish(door, [quick])
    try:
        ticket = await an_offered_ticket(door, store)
        (other,) = set(store.technicians) - {ticket["technician_id"]}
        await door.ticket_when(ticket["ticket_id"], within_s=15, technician_id=other)
    finally:
        await publish(door, [{"kind": "workflow", "name": "default", "body": workflow}])
    queued = await door.ticket_when(ticket["ticket_id"], within_s=15, status="queued")
    assert queued["queue"]["reason"]
    types = [kind for kind in await types_of(door, ticket["ticket_id"]) if not kind.startswith("notification.")]
    first = types.index("ticket.offer_expired")
    assert types[2:first] == ["ticket.assigned", "deadline.warned"]
    assert types[first + 1] == "ticket.assigned"


async def test_a_full_crew_lets_tickets_wait_and_a_freed_place_takes_the_oldest_of_the_highest_priority(
    door: Door,
) -> None:
    store = await a_store(door, 1)
    first = await an_offered_ticket(door, store)
    waiting = []
    for urgency in ("normal", "high", "high"):
        contact = await door.contact(a_visit(store, "安装柜子", urgency=urgency))
        waiting.append(await door.ticket_when(contact["ticket_id"], status="queued"))
    board = await door.get(f"/projection/stores/{store.id}/board")
    assert [ticket["ticket_id"] for ticket in board["waiting"]] == [waiting[n]["ticket_id"] for n in (1, 2, 0)]
    assert (board["technicians"][0]["load"], board["technicians"][0]["capacity"]) == (1, 1)
    full = await door.try_command(waiting[0]["ticket_id"], "assign", technician_id=store.technicians[0])
    assert full.status_code == 422
    await door.command(first["ticket_id"], "resolve")
    await door.ticket_when(waiting[1]["ticket_id"], status="offered", technician_id=store.technicians[0])
    assert (await door.ticket(waiting[2]["ticket_id"]))["status"] == "queued"
    queue = await door.get(f"/projection/technicians/{store.technicians[0]}/queue")
    assert [item["ticket_id"] for item in queue["items"]] == [waiting[1]["ticket_id"]]


async def test_whoever_goes_off_duty_gets_nothing_and_open_offers_move_on(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store)
    gone = ticket["technician_id"]
    (other,) = set(store.technicians) - {gone}
    answer = await door.call("POST", f"/routing/technicians/{gone}/duty", json={"on": False})
    assert answer.json()["expired_ticket_ids"] == [ticket["ticket_id"]]
    await door.ticket_when(ticket["ticket_id"], status="offered", technician_id=other)
    assert (await an_offered_ticket(door, store))["technician_id"] == other


async def test_an_unknown_store_and_no_address_wait_for_a_dispatcher_with_the_reason(door: Door) -> None:
    contact = await door.contact(a_visit("s-nobody-knows"))
    shown = await door.ticket_when(contact["ticket_id"], status="queued")
    assert shown["queue"]["name"]
    assert shown["queue"]["reason"]


async def test_another_store_can_be_given_the_ticket(door: Door, store: OwnStore) -> None:
    ticket = await an_offered_ticket(door, store)
    there = await a_store(door, 3)
    await door.command(ticket["ticket_id"], "assign", technician_id=there.technicians[0], store_id=there.id)
    shown = await door.ticket_when(ticket["ticket_id"], status="offered", technician_id=there.technicians[0])
    assert shown["store_id"] == there.id
