"""From the log to the local mailbox and back to the log."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from types import ModuleType
from typing import Any

import asyncpg
import pytest

from services.notify import mailbox
from services.notify.handle.record import Attempt
from services.notify.http.access import to_cursor
from services.notify.senders import Later
from services.notify.work import mail
from shared import clock
from shared.events.notify import NotificationFailed, NotificationSent, NotificationSuppressed
from shared.ids import uuid7
from shared.log.position import fact_position
from tests.integration.notify.house import House, running, statuses
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually, never
from tests.unit.notify.happenings import assigned, opened, replied, resolved, routed


async def test_everybody_is_told_once_in_order_and_the_log_says_so(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings()) as notify:
        events = [
            house.event(fact, ticket)
            for fact in (opened(ticket_id=ticket), routed(), assigned(), replied("明天上门"), resolved())
        ]
        await house.write(*events)
        await eventually(lambda: notify.ended(7))
        mails = await notify.mails(ticket_id=str(ticket))
        to_customer = [mail["subject"] for mail in mails if mail["to"] == "zhang@customers.example"]
        assert [subject[:4] for subject in to_customer] == ["我们收到", "您的工单", "关于您的", "您的工单"]
        assert sorted(mail["to"] for mail in mails if mail["to"] != "zhang@customers.example") == [
            "lin@crew.example",
            "wulin@stores.example",
            "wulin@stores.example",
        ]
        await eventually(lambda: house.told(7), within_s=10)
        facts = await house.own_facts()
        assert [attributes.sequence for attributes, _ in facts] == list(range(1, 8))
        assert all(isinstance(fact, NotificationSent) for _, fact in facts)
        assert {attributes.causation_id for attributes, _ in facts} == {
            event.id for event in events if event.type != "ticket.routed"
        }


async def test_the_raw_message_is_what_smtp_would_have_got(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings()) as notify:
        await house.write(house.event(opened(ticket_id=ticket, language="zh-TW"), ticket))
        (mail,) = await eventually(lambda: notify.mails(ticket_id=str(ticket)))
        raw = await notify.call("GET", f"/mailbox/{mail['id']}/raw")
        assert raw.headers["content-type"].startswith("message/rfc822")
        message = message_from_bytes(raw.content, policy=default)
        assert message["Subject"] == mail["subject"]
        assert "我們收到了" in message["Subject"]
        assert message["Message-ID"] == mail["message_id"]
        page = await notify.call("GET", "/mailbox", params={"format": "html"})
        assert page.headers["content-type"].startswith("text/html")
        assert mail["subject"] in page.text


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param(mailbox, "put_mails", id="sending"),
        pytest.param(mail, "record_letters", id="recording"),
        pytest.param(mail, "claim_mail", id="after the claim was committed"),
    ],
)
async def test_a_letter_whose_round_failed_is_taken_up_again_by_the_same_process(
    house: House, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    """A worker that lives renews its leases: a letter that it lost sight of must not be among them."""
    works, failures = getattr(module, name), [asyncpg.DiskFullError("No space left on device")]

    async def fail_once(*arguments: Any, **named: Any) -> Any:
        done = await works(*arguments, **named) if name == "claim_mail" else None
        if failures and (done is None or done[0]):
            raise failures.pop()
        return done if name == "claim_mail" else await works(*arguments, **named)

    monkeypatch.setattr(module, name, fail_once)
    ticket = uuid7()
    async with running(house.settings()) as notify:
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: notify.ended(1), within_s=10)
        assert not failures
        assert len(await notify.mails(ticket_id=str(ticket))) == 1


@pytest.mark.parametrize(
    ("name", "left"),
    [
        pytest.param("claim_mail", "waiting", id="planned"),
        pytest.param("record_letters", "sending", id="claimed"),
        pytest.param("_send", "waiting", id="to be tried again"),
    ],
)
async def test_what_a_process_an_hour_ahead_left_behind_is_told_by_the_next_one_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str, left: str
) -> None:
    async def is_away(*arguments: Any, **named: Any) -> Any:
        if name == "claim_mail":
            return [], 0
        if name == "_send":
            return [Attempt(one, None, Later("the server is away")) for one in arguments[1]]
        raise asyncpg.DiskFullError("No space left on device")

    ticket = uuid7()
    with monkeypatch.context() as ahead:
        ahead.setattr(clock, "CLOCK_OFFSET_S", 3_600.0)
        ahead.setattr(mail.MailWorker if name == "_send" else mail, name, is_away)
        async with running(house.settings()) as notify:
            await house.write(house.event(opened(ticket_id=ticket), ticket))
            await eventually(lambda: notify.has_one(left, tried=name != "claim_mail"), within_s=10)
    async with running(house.settings()) as notify:
        await eventually(lambda: notify.ended(1), within_s=10)
        assert len(await notify.mails(ticket_id=str(ticket))) == 1


async def test_a_person_without_address_is_visibly_not_told(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings()) as notify:
        await house.write(
            house.event(opened(ticket_id=ticket, email=None), ticket),
            house.event(assigned(technician_id="t-wang"), ticket),
        )
        await eventually(lambda: notify.ended(4))
        found = await notify.deliveries(ticket_id=str(ticket), status="failed")
        assert [(one["recipient"], one["reason"]) for one in found] == [
            ("customer", "no_address"),
            ("customer", "no_address"),
            ("technician", "no_address"),
        ]
        await eventually(lambda: house.told(4), within_s=10)
        failed = [fact for _, fact in await house.own_facts() if isinstance(fact, NotificationFailed)]
        assert [fact.reason for fact in failed] == ["no_address"] * 3


async def test_old_facts_are_suppressed_and_never_mailed(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings(notify_max_age_s=3_600)) as notify:
        old = house.event(opened(ticket_id=ticket), ticket)
        await house.write(replace(old, occurred_at=old.occurred_at.replace(year=2020)))
        await eventually(lambda: notify.ended(1))
        assert statuses(await notify.deliveries()) == ["suppressed"]
        assert await notify.mails() == []
        await eventually(lambda: house.told(1), within_s=10)
        ((_, fact),) = await house.own_facts()
        assert isinstance(fact, NotificationSuppressed)
        assert fact.reason == "too_old"


async def test_an_empty_database_replays_its_own_past_silently(house: House, fresh_databases: FreshDatabases) -> None:
    ticket, late = uuid7(), uuid7()
    async with running(house.settings()) as notify:
        await house.write(house.event(opened(ticket_id=ticket), ticket), house.event(assigned(), ticket))
        await eventually(lambda: notify.ended(4))
        (first, *_) = await notify.deliveries(ticket_id=str(ticket))
        resend = (await notify.call("POST", f"/deliveries/{first['id']}/resend")).json()
        await eventually(lambda: house.told(5), within_s=10)
    await house.write(house.event(opened(ticket_id=late), late))
    house.url = fresh_databases.new("notify")
    async with running(house.settings()) as notify:
        await eventually(lambda: notify.ended(6), within_s=10)
        assert [mail["ticket_id"] for mail in await notify.mails()] == [str(late)], "only what was never told"
        await house.write(house.event(replied(), ticket))
        again = (await notify.call("POST", f"/deliveries/{first['id']}/resend")).json()
        assert again["id"] not in {first["id"], resend["id"]}, "resends are numbered on, too"
        await eventually(lambda: notify.ended(8))
        await eventually(lambda: house.told(8), within_s=10)
        facts = [one for one, _ in await house.own_facts() if one.subject == str(ticket)]
        assert [one.sequence for one in facts] == [1, 2, 3, 4, 5, 6, 7], "numbering goes on where it was"
        assert len({one.id for one in facts}) == 7


async def test_a_resend_is_a_new_delivery_linked_to_the_old_one(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings()) as notify:
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: notify.ended(1))
        (first,) = await notify.deliveries()
        answer = await notify.call("POST", f"/deliveries/{first['id']}/resend")
        assert answer.status_code == 201
        assert answer.json()["resend_of"] == first["id"]
        assert answer.json()["asked_by"] == "agent:agent"
        await eventually(lambda: notify.ended(2))
        one, again = await notify.mails()
        assert one["message_id"] == again["message_id"]
        await eventually(lambda: house.told(2), within_s=10)
        facts = await house.own_facts()
        assert [attributes.actor for attributes, _ in facts] == ["system:notify", "agent:agent"]
        assert len({attributes.id for attributes, _ in facts}) == 2


async def test_two_processes_tell_once(house: House) -> None:
    tickets = [uuid7() for _ in range(40)]
    async with running(house.settings()) as notify, running(house.settings()):
        for ticket in tickets:
            await house.write(house.event(opened(ticket_id=ticket), ticket), house.event(assigned(), ticket))
        await eventually(lambda: notify.ended(160), within_s=15)
        await never(lambda: notify.has_more_mails_than(160), during_s=0.3)
        await eventually(lambda: house.told(160), within_s=10)


async def test_a_store_sees_its_own_deliveries_and_mails_only(house: House) -> None:
    ticket = uuid7()
    async with running(house.settings()) as notify:
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: notify.ended(1))
        (delivery,) = await notify.deliveries()
        assert len((await notify.get("/deliveries", role="store"))["items"]) == 1
        assert (await notify.get("/deliveries", role="foreign"))["items"] == []
        assert (await notify.get("/mailbox", role="foreign"))["items"] == []
        assert (await notify.call("GET", f"/deliveries/{delivery['id']}", role="foreign")).status_code == 403
        assert (await notify.call("POST", f"/deliveries/{delivery['id']}/resend", role="auditor")).status_code == 403


async def test_an_integration_sees_what_belongs_to_its_own_contacts_only(house: House) -> None:
    own, other = uuid7(), uuid7()
    async with running(house.settings()) as notify:
        await house.write(
            house.event(opened(ticket_id=own), own, actor="integration:integration"),
            house.event(opened(ticket_id=other), other, actor="agent:li"),
        )
        await eventually(lambda: notify.ended(2))
        ids = {one["ticket_id"]: one["id"] for one in await notify.deliveries()}
        for path in ("/deliveries", "/mailbox"):
            for role, seen in (("integration", {str(own)}), ("stranger", set()), ("auditor", {str(own), str(other)})):
                items = (await notify.get(path, role=role))["items"]
                assert {one["ticket_id"] for one in items} == seen, (path, role)
            assert (await notify.get(path, role="integration", ticket_id=str(other)))["items"] == []
            assert (await notify.get(f"{path}/{ids[str(own)]}", role="integration"))["ticket_id"] == str(own)
            for role in ("integration", "foreign"):
                answer = await notify.call("GET", f"{path}/{ids[str(other)]}", role=role)
                assert answer.status_code == 403, (path, role)
        assert (await notify.call("GET", f"/mailbox/{ids[str(other)]}/raw", role="integration")).status_code == 403


async def test_an_operator_reads_no_letters(house: House) -> None:
    async with running(house.settings()) as notify:
        for path in ("", f"/{uuid7()}", f"/{uuid7()}/raw"):
            assert (await notify.call("GET", f"/mailbox{path}", role="operator")).status_code == 403
        assert (await notify.get("/deliveries", role="operator"))["items"] == []


async def test_a_read_waits_for_the_position_that_it_was_asked_for(house: House) -> None:
    ticket = uuid7()
    position = fact_position(ticket, {"/intake": 1})
    async with running(house.settings()) as notify:
        early = await notify.call("GET", "/deliveries", params={"at_least": position})
        assert early.status_code == 504
        assert early.json()["position"]
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        (planned,) = (await notify.get("/deliveries", ticket_id=str(ticket), at_least=position))["items"]
        assert planned["event_type"] == "ticket.opened"


async def test_names_that_no_read_knows_and_positions_that_are_none_are_refused(house: House) -> None:
    lists = ("/deliveries", "/mailbox", "/subscriptions")
    some_id = uuid7()
    reads = (f"/deliveries/{some_id}", f"/mailbox/{some_id}", f"/mailbox/{some_id}/raw", f"/subscriptions/{some_id}")
    async with running(house.settings()) as notify:
        for path in (*lists, *reads, f"/subscriptions/{some_id}/deliveries"):
            unknown = await notify.call("GET", path, role="boss", params={"foo": "1"})
            assert unknown.status_code == 422, path
            assert [error["field"] for error in unknown.json()["errors"]] == ["foo"], path
        for path in (*lists, *reads):
            wrong = await notify.call("GET", path, role="boss", params={"at_least": "x"})
            assert wrong.status_code == 422, path
            assert [error["field"] for error in wrong.json()["errors"]] == ["at_least"], path


@pytest.mark.parametrize("place", [10**30, 2**63, -1])
async def test_cursors_beyond_every_row_are_refused(house: House, place: int) -> None:
    async with running(house.settings()) as notify:
        for path in ("/deliveries", "/mailbox"):
            answer = await notify.call("GET", path, params={"cursor": to_cursor(place)})
            assert answer.status_code == 422, path
            assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]
            assert (await notify.get(path, cursor=to_cursor(2**63 - 1)))["next_cursor"] is None


async def test_what_cannot_be_asked_is_named(house: House) -> None:
    async with running(house.settings()) as notify:
        for path in (
            "/deliveries?ticket_id=x",
            "/deliveries?status=lost",
            "/deliveries?cursor=%21",
            "/mailbox?to=%00",
            "/deliveries/x",
        ):
            answer = await notify.call("GET", path)
            assert answer.status_code == 422, path
            assert answer.json()["errors"][0]["field"], path
        assert (await notify.call("GET", f"/deliveries/{uuid7()}")).status_code == 404
        assert (await notify.call("POST", f"/deliveries/{uuid7()}/resend")).status_code == 404
