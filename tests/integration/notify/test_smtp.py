"""Over real SMTP: taken, refused, tried again, given up, never known."""

import asyncio
from uuid import UUID

import pytest

from shared.events.notify import NotificationFailed, NotificationSent
from shared.ids import uuid7
from tests.integration.notify.house import House, Running, dying, running, statuses
from tests.integration.notify.mail_server import mail_server
from tests.support.eventually import eventually, never
from tests.unit.notify.happenings import opened, replied


async def open_ticket(house: House) -> UUID:
    ticket = uuid7()
    await house.write(house.event(opened(ticket_id=ticket), ticket))
    return ticket


async def the_end(notify: Running) -> dict[str, object]:
    await eventually(lambda: notify.ended(1), within_s=10)
    (delivery,) = await notify.deliveries()
    return delivery


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # the test's server stands on loopback
@pytest.mark.filterwarnings("ignore:Session.login_data:DeprecationWarning")  # aiosmtpd's own
async def test_a_mail_server_gets_the_mail_and_the_log_says_that_it_took_it(house: House) -> None:
    async with mail_server(auth=True) as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        await open_ticket(house)
        delivery = await the_end(notify)
        assert (delivery["status"], delivery["detail"]) == ("sent", "250 taken")
        (message,) = server.taken
        assert message["To"] == "张伟 <zhang@customers.example>"
        body = message.get_body(("plain",))
        assert body is not None
        assert "杯子漏水" in body.get_content()
        assert server.logins == ["gong"]
        await eventually(lambda: house.told(1), within_s=10)
        ((_, fact),) = await house.own_facts()
        assert isinstance(fact, NotificationSent)
        assert fact.message_id == message["Message-ID"]
        assert fact.template == "opened@zh-CN"
        assert await notify.mails() == [], "the local mailbox is only for when no server is set"


async def test_whatever_bytes_a_server_answers_with_its_word_counts(house: House) -> None:
    async with mail_server() as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        server.answers = ["250 已收下".encode("gbk"), b"250 to\x00ken", "550 查无此人".encode("gbk"), "250 taken"]
        for _ in range(4):
            await open_ticket(house)
        await eventually(lambda: notify.ended(4), within_s=10)
        deliveries = await notify.deliveries()
        assert statuses(deliveries) == ["failed", "sent", "sent", "sent"]
        (refused,) = [one for one in deliveries if one["status"] == "failed"]
        assert (refused["reason"], refused["detail"][:4]) == ("refused", "550 ")
        assert {"250 token", "250 taken"} < {one["detail"] for one in deliveries}
        assert len(server.taken) == 3
        await eventually(lambda: house.told(4), within_s=10)


async def test_a_server_that_is_busy_is_asked_again(house: House) -> None:
    async with mail_server() as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        server.answers = ["451 later", "452 later"]
        await open_ticket(house)
        delivery = await the_end(notify)
        assert (delivery["status"], delivery["attempts"]) == ("sent", 3)
        assert len(server.taken) == 1


async def test_a_recipient_that_the_server_refuses_has_ended(house: House) -> None:
    async with mail_server() as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        server.refuse = "550 no such user"
        await open_ticket(house)
        delivery = await the_end(notify)
        assert (delivery["status"], delivery["reason"], delivery["attempts"]) == ("failed", "refused", 1)
        await eventually(lambda: house.told(1), within_s=10)
        ((_, fact),) = await house.own_facts()
        assert isinstance(fact, NotificationFailed)
        assert fact.reason == "refused"


async def test_a_server_that_stays_away_is_given_up_visibly(house: House) -> None:
    settings = house.settings(notify_smtp_url="smtp://127.0.0.1:1", notify_give_up_s=1)
    async with running(settings) as notify:
        await open_ticket(house)
        delivery = await the_end(notify)
        assert (delivery["status"], delivery["reason"]) == ("failed", "gave_up")
        assert isinstance(delivery["attempts"], int)
        assert delivery["attempts"] > 1


async def test_a_connection_lost_after_the_message_is_never_known_and_never_sent_again(house: House) -> None:
    async with mail_server() as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        server.answers = ["hang up"]
        await open_ticket(house)
        delivery = await the_end(notify)
        assert (delivery["status"], delivery["reason"]) == ("failed", "outcome_unknown")
        await never(lambda: len(server.taken) > 1)
        answer = await notify.call("POST", f"/deliveries/{delivery['id']}/resend")
        assert answer.status_code == 201
        await eventually(lambda: len(server.taken) == 2)
        first, again = server.taken
        assert first["Message-ID"] == again["Message-ID"]


async def test_what_comes_later_waits_for_what_came_before(house: House) -> None:
    async with mail_server() as server, running(house.settings(notify_smtp_url=server.url)) as notify:
        server.answers = ["451 later", "451 later"]
        ticket = uuid7()
        await house.write(
            house.event(opened(ticket_id=ticket), ticket),
            *(house.event(replied(f"第 {number} 条"), ticket) for number in range(3)),
        )
        await eventually(lambda: notify.ended(4), within_s=10)
        bodies = [str(message.get_body(("plain",))) for message in server.taken]
        assert len(bodies) == 4
        texts = [message.get_body(("plain",)) for message in server.taken]
        contents = [text.get_content() for text in texts if text is not None]
        assert "已经记录" in contents[0]
        assert [f"第 {number} 条" in contents[number + 1] for number in range(3)] == [True] * 3


async def test_two_processes_send_each_mail_once(house: House) -> None:
    async with mail_server() as server:
        settings = house.settings(notify_smtp_url=server.url)
        async with running(settings) as notify, running(settings):
            tickets = [uuid7() for _ in range(30)]
            await house.write(*(house.event(opened(ticket_id=ticket), ticket) for ticket in tickets))
            await eventually(lambda: notify.ended(30), within_s=15)
            ids = [message["Message-ID"] for message in server.taken]
            assert len(ids) == len(set(ids)) == 30


async def test_a_process_that_is_stopped_ends_what_it_is_sending(house: House) -> None:
    async with mail_server() as server:
        async with running(house.settings(notify_smtp_url=server.url)):
            server.pause.clear()
            await open_ticket(house)
            await eventually(lambda: server.at_work, within_s=10)
            asyncio.get_running_loop().call_later(0.3, server.pause.set)
        async with running(house.settings(notify_smtp_url=server.url)) as notify:
            assert (await the_end(notify))["status"] == "sent"
        assert len(server.taken) == 1


@pytest.mark.timeout(150)  # starts a process of its own, which takes long on a busy machine
@pytest.mark.parametrize("place", ["notify.after_claim", "notify.after_send"])
async def test_a_process_killed_while_sending_leaves_an_unknown_outcome_and_nothing_twice(
    house: House, place: str
) -> None:
    async with mail_server() as server:
        async with dying(house, place, GONGDAN_NOTIFY_SMTP_URL=server.url):
            await open_ticket(house)
        sent = len(server.taken)
        assert sent == (1 if place == "notify.after_send" else 0)
        async with running(house.settings(notify_smtp_url=server.url)) as notify:
            delivery = await the_end(notify)
            assert (delivery["status"], delivery["reason"]) == ("failed", "outcome_unknown")
            await eventually(lambda: house.told(1), within_s=10)
            await never(lambda: len(server.taken) > sent)
            ((_, fact),) = await house.own_facts()
            assert isinstance(fact, NotificationFailed)
            assert fact.reason == "outcome_unknown"


@pytest.mark.timeout(150)  # starts a process of its own, which takes long on a busy machine
async def test_a_process_killed_after_recording_has_sent_and_the_log_is_told_once(house: House) -> None:
    async with mail_server() as server:
        async with dying(house, "notify.after_record", GONGDAN_NOTIFY_SMTP_URL=server.url):
            await open_ticket(house)
        async with running(house.settings(notify_smtp_url=server.url)) as notify:
            assert (await the_end(notify))["status"] == "sent"
            await eventually(lambda: house.told(1), within_s=10)
            await never(lambda: len(server.taken) > 1)
            ((_, fact),) = await house.own_facts()
            assert isinstance(fact, NotificationSent)
