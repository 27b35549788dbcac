"""Lists, the ticket then, its history, and whose it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.projection import queries
from services.projection.settings import Settings
from shared.log.position import encode
from tests.integration.projection.conftest import House, Log, serving
from tests.unit.projection.builders import MORNING, Pen, a_routing, a_ticket_id, an_offer, an_opening, one_of_each

BEYOND_THE_CALENDAR = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00")


async def written(house: House, numbers: range, **fields: Any) -> str:
    """Opened and routed tickets, one a minute; answers the position behind them."""
    position = ""
    for number in numbers:
        ticket_id = a_ticket_id(number)
        pen = Pen(ticket_id, at=MORNING + timedelta(minutes=number))
        position = await house.log.write(pen.write_all([an_opening(ticket_id, **fields), a_routing()]))
    return position


def without_the_asking(ticket: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in ticket.items() if key not in {"overdue", "position"}}


async def test_law_3_every_answer_kept_earlier_equals_as_of_its_own_as_of(house: House) -> None:
    ticket_id = a_ticket_id()
    kept = []
    for event in Pen(ticket_id).write_all(one_of_each(ticket_id)):
        position = await house.log.write([event])
        kept.append((event, await house.get(f"/tickets/{ticket_id}", at_least=position)))

    for event, answer in kept:
        then = await house.get(f"/tickets/{ticket_id}", as_of=answer["as_of"])
        by_event = await house.get(f"/tickets/{ticket_id}", as_of_event=str(event.id))
        assert without_the_asking(then) == without_the_asking(answer) == without_the_asking(by_event)


async def test_before_the_first_event_there_is_no_ticket(house: House) -> None:
    position = await written(house, range(1))
    ticket_id = a_ticket_id(0)

    assert (await house.ask(f"/tickets/{ticket_id}", at_least=position, as_of=MORNING.isoformat())).status_code == 404
    assert (await house.ask(f"/tickets/{a_ticket_id(99)}")).status_code == 404
    assert (await house.ask("/tickets/GD-000000-000000")).status_code == 404


async def test_overdue_is_computed_at_the_asked_instant(house: House) -> None:
    ticket_id = a_ticket_id()
    position = await house.log.write(Pen(ticket_id).write_all([an_opening(ticket_id), an_offer()]))

    before = await house.get(f"/tickets/{ticket_id}", at_least=position, as_of="2026-11-22T01:30:00Z")
    after = await house.get(f"/tickets/{ticket_id}", as_of="2026-11-22T09:30:00.000001+08:00")

    assert (before["overdue"], after["overdue"]) == (False, True)
    assert [item["ticket_id"] for item in (await house.get("/tickets", overdue="true"))["items"]] == [ticket_id]
    assert (await house.get("/tickets", overdue="false"))["items"] == []


async def test_a_ticket_is_found_by_its_number(house: House) -> None:
    position = await written(house, range(1))

    ticket = await house.get(f"/tickets/{a_ticket_id(0)}", at_least=position)

    assert (await house.get(f"/tickets/{ticket['ticket_number'].lower()}"))["ticket_id"] == ticket["ticket_id"]


async def test_history_has_the_shape_of_the_front_door_and_both_languages(house: House) -> None:
    ticket_id = a_ticket_id()
    position = await house.log.write(Pen(ticket_id).write_all(one_of_each(ticket_id)))

    history = await house.get(f"/tickets/{ticket_id}/history", at_least=position)

    keys = ["event_id", "type", "source", "sequence", "occurred_at", "recorded_at", "actor", "cause", "data", "summary"]
    assert all(list(item) == keys for item in history["items"])
    assert all(item["summary"]["zh"] and item["summary"]["en"] for item in history["items"])
    seen = [datetime.fromisoformat(item["recorded_at"]) for item in history["items"]]
    assert seen == sorted(set(seen))


async def test_a_long_history_is_read_in_pages(house: House) -> None:
    ticket_id = a_ticket_id()
    events = Pen(ticket_id).write_all(one_of_each(ticket_id))
    position = await house.log.write(events)

    pages = [await house.get(f"/tickets/{ticket_id}/history", at_least=position, limit=10)]
    while pages[-1]["next_after"] is not None:
        pages.append(await house.get(f"/tickets/{ticket_id}/history", limit=10, after=pages[-1]["next_after"]))

    assert [item["event_id"] for page in pages for item in page["items"]] == [str(event.id) for event in events]


async def test_why_shows_each_decision_with_its_candidates(house: House) -> None:
    ticket_id = a_ticket_id()
    position = await house.log.write(Pen(ticket_id).write_all(one_of_each(ticket_id)))

    items = (await house.get(f"/tickets/{ticket_id}/why", at_least=position))["items"]

    assert [item["type"] for item in items][:3] == ["ticket.routed", "ticket.queued", "ticket.assigned"]
    assert items[2]["candidates"] == ["t-hz-wulin-01"]
    assert items[2]["outcome"]["technician_id"] == "t-hz-wulin-01"


async def test_pages_neither_repeat_nor_skip_while_tickets_come_in(house: House) -> None:
    position = await written(house, range(25))
    expected = [a_ticket_id(number) for number in reversed(range(25))]

    page = await house.get("/tickets", at_least=position, limit=10)
    seen = [item["ticket_id"] for item in page["items"]]
    assert page["total"] == 25
    for number in (25, 26):
        await written(house, range(number, number + 1))
        page = await house.get("/tickets", limit=10, cursor=page["next_cursor"])
        seen += [item["ticket_id"] for item in page["items"]]

    assert seen == expected
    assert page["next_cursor"] is None


async def test_filters_narrow_a_list(house: House) -> None:
    position = await written(house, range(3))
    offered = a_ticket_id(7)
    facts = [an_opening(offered), a_routing(store_id="bj-chaoyang", priority="low"), an_offer(store_id="bj-chaoyang")]
    position = await house.log.write(Pen(offered, at=MORNING + timedelta(days=1)).write_all(facts))
    await house.get("/tickets", at_least=position)

    async def found(**asked: str) -> set[str]:
        return {item["ticket_id"] for item in (await house.get("/tickets", **asked))["items"]}

    others = {a_ticket_id(number) for number in range(3)}
    assert await found(status="offered") == {offered}
    assert await found(status="open,offered") == {offered, *others}
    assert await found(store="bj-chaoyang") == {offered}
    assert await found(technician="t-hz-wulin-01") == {offered}
    assert await found(priority="high") == others
    assert await found(channel="phone") == set()
    assert await found(category="kitchen", customer="C-1") == {offered, *others}
    assert await found(opened_from="2026-11-23T00:00:00Z") == {offered}
    assert await found(opened_to="2026-11-23T08:00:00+08:00") == others
    assert [item["ticket_id"] for item in (await house.get("/tickets", sort="opened_at", limit=1))["items"]] == [
        a_ticket_id(0)
    ]
    assert await found(sort="due_at") == {offered}


async def test_words_find_tickets_in_either_script(house: House) -> None:
    position = await written(house, range(2), description="保溫杯漏水，要退款")
    position = await written(house, range(2, 4), description="水杯盖裂了")
    await house.get("/tickets", at_least=position)

    async def found(q: str, **asked: str) -> int:
        return len((await house.get("/tickets", q=q, **asked))["items"])

    assert await found("漏水") == 2
    assert await found("保温杯 退款") == 2
    assert await found("漏") == 2
    assert await found("水杯蓋") == 2
    assert await found("水漏") == 0
    assert await found("5678") == 4
    assert await found("13812345678") == 4
    assert await found("a-1001", status="open") == 4
    assert (await house.ask("/tickets", q="。")).status_code == 422


async def test_bad_questions_name_the_field(house: House) -> None:
    questions: list[tuple[dict[str, Any], str]] = [
        ({"status": "lost"}, "status"),
        ({"limit": 0}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"opened_from": "yesterday"}, "opened_from"),
        ({"at_least": "nonsense"}, "at_least"),
        ({"colour": "red"}, "colour"),
        ({"sort": "price"}, "sort"),
        *(({"opened_to": instant}, "opened_to") for instant in BEYOND_THE_CALENDAR),
        ({"opened_from": "1700000000"}, "opened_from"),
        ({"cursor": encode(["-opened_at", "9999-12-31T23:59:59-12:00", a_ticket_id()])}, "cursor"),
    ]
    for asked, field in questions:
        answer = await house.ask("/tickets", **asked)
        assert answer.status_code == 422, asked
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_what_a_ticket_cannot_be_asked_for_is_named(house: House) -> None:
    position = await written(house, range(1))
    ticket_id = a_ticket_id(0)
    await house.get(f"/tickets/{ticket_id}", at_least=position)
    beyond = encode({"o": {"0": 10**18 * 10}})

    questions: list[tuple[str, dict[str, Any], str]] = [
        *((f"/tickets/{ticket_id}", {"as_of": instant}, "as_of") for instant in BEYOND_THE_CALENDAR),
        (f"/tickets/{ticket_id}", {"asof": "2026-11-22T09:30:00Z"}, "asof"),
        (f"/tickets/{ticket_id}/history", {"from": 3}, "from"),
        (f"/tickets/{ticket_id}/history", {"after": 99999999999999999999}, "after"),
        (f"/tickets/{ticket_id}/why", {"after": 2**63}, "after"),
        ("/stores", {"colour": "red"}, "colour"),
        ("/events", {"after": beyond}, "after"),
        ("/events", {"form": "csv"}, "form"),
        ("/live", {"after": beyond}, "Last-Event-ID"),
    ]
    for path, asked, field in questions:
        answer = await house.ask(path, **asked)
        assert answer.status_code == 422, (path, asked)
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await house.ask(f"/tickets/{ticket_id}", as_of="9999-12-31T23:59:59Z")).status_code == 200
    assert (await house.ask(f"/tickets/{ticket_id}", as_of="0001-01-01T00:00:00Z")).status_code == 404


async def test_reasons_are_read_in_pages_that_say_when_there_is_more(house: House) -> None:
    ticket_id = a_ticket_id()
    position = await house.log.write(Pen(ticket_id).write_all(one_of_each(ticket_id)))
    whole = await house.get(f"/tickets/{ticket_id}/why", at_least=position)

    items, after = [], -1
    while after is not None:
        page = await house.get(f"/tickets/{ticket_id}/why", after=after, limit=2)
        items += page["items"]
        after = page["next_after"]

    assert (items, whole["next_after"]) == (whole["items"], None)


async def test_a_past_longer_than_one_piece_is_folded_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "FOLD_ROWS", 2)
    ticket_id = a_ticket_id()
    position = await house.log.write(Pen(ticket_id).write_all(one_of_each(ticket_id)))
    now = await house.get(f"/tickets/{ticket_id}", at_least=position)

    then = await house.get(f"/tickets/{ticket_id}", as_of=now["as_of"])

    assert without_the_asking(then) == without_the_asking(now)


async def test_a_read_waits_for_its_position_and_says_how_far_it_came(settings: Settings, log: Log) -> None:
    impatient = settings.model_copy(update={"projection_at_least_wait_s": 0.5})
    async with serving(impatient) as client:
        house = House(impatient, log, client)
        answer = await house.ask("/tickets", at_least=log.position(dict(log.ends) | {0: 1_000}))

        assert answer.status_code == 504
        assert answer.json()["position"] == (await house.get("/tickets"))["position"]


async def test_stores_and_technicians_see_their_store_only(house: House) -> None:
    position = await written(house, range(1))
    ticket_id = a_ticket_id(0)
    own = house.token("store", store="hz-wulin")
    foreign = house.token("technician", store="bj-chaoyang", technician="t-bj-01")
    await house.get("/tickets", at_least=position)

    assert len((await house.get("/tickets", token=own))["items"]) == 1
    assert (await house.get("/tickets", token=foreign))["items"] == []
    assert (await house.get("/tickets", token=foreign, store="hz-wulin"))["items"] == []
    assert (await house.ask(f"/tickets/{ticket_id}", token=own)).status_code == 200
    for path in (f"/tickets/{ticket_id}", f"/tickets/{ticket_id}/history", f"/tickets/{ticket_id}/why"):
        assert (await house.ask(path, token=foreign)).status_code == 403
    assert (await house.ask("/stores/hz-wulin/board", token=foreign)).status_code == 403
    assert (await house.ask("/customers/C-1", token=foreign)).status_code == 403


async def test_an_integration_sees_what_became_of_its_own_contacts(house: House) -> None:
    own, other = a_ticket_id(1), a_ticket_id(2)
    await house.log.write([Pen(own).write(an_opening(own), actor="integration:a integration")])
    position = await house.log.write([Pen(other).write(an_opening(other), actor="integration:another")])
    token = house.token("integration")

    assert (await house.ask(f"/tickets/{own}", token=token, at_least=position)).status_code == 200
    assert (await house.ask(f"/tickets/{other}", token=token)).status_code == 403
    assert (await house.ask("/tickets", token=token)).status_code == 403


async def test_a_customer_is_shown_with_contacts_tickets_and_orders(house: House) -> None:
    position = await written(house, range(2))

    customer = await house.get("/customers/C-1", at_least=position)
    by_phone = await house.get("/customers", phone="138-1234-5678")

    assert customer["customer"]["name"] == "王小明"
    assert len(customer["tickets"]) == len(customer["contacts"]) == 2
    assert [order["order_id"] for order in customer["orders"]] == ["A-1001"]
    assert [item["customer_id"] for item in by_phone["items"]] == ["C-1"]
    assert (await house.ask("/customers/C-2")).status_code == 404
