"""Webhooks to a real HTTP receiver."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from shared.ids import uuid7
from tests.integration.notify.house import House, Running, dying, running
from tests.support.eventually import eventually, never
from tests.unit.notify.happenings import assigned, opened, replied, routed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(slots=True)
class Receiver:
    """A subscriber's server: what came, and what it answers."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Any] = lambda _: web.Response(status=204)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.came.append((dict(request.headers), body))
        answer = self.answer(orjson.loads(body))
        response: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
        return response

    def sequences(self, type_prefix: str = "ticket.") -> list[int]:
        documents = [orjson.loads(body) for _, body in self.came]
        return [document["sequence"] for document in documents if document["type"].startswith(type_prefix)]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()


async def subscribe(notify: Running, url: str, *types: str, role: str = "agent", **more: Any) -> dict[str, Any]:
    body = {"url": url, "event_types": list(types) or ["ticket.*"], **more}
    answer = await notify.call("POST", "/subscriptions", role=role, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_subscriber_gets_the_event_signed_and_as_recorded(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        made = await subscribe(notify, server.url, "ticket.opened", secret=SECRET)
        assert "secret" not in made
        event = house.event(opened(ticket_id=ticket), ticket)
        await house.write(event, house.event(routed(), ticket))
        await eventually(lambda: server.came)
        headers, body = server.came[0]
        verified = Webhook(SECRET).verify(body, headers)
        assert verified["id"] == str(event.id) == headers["webhook-id"]
        assert verified["data"]["ticket_number"] == "GD-261122-000042"
        assert headers["Gongdan-Sequence"] == "1"
        (delivery,) = (await notify.get(f"/subscriptions/{made['id']}/deliveries", role="auditor"))["items"]
        assert headers["Gongdan-Delivery-Id"] == delivery["id"]
        await never(lambda: len(server.came) > 1)


async def test_webhook_outcomes_stay_out_of_the_log(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        await subscribe(notify, server.url, "*")
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: len(server.came) == 2)
        types = [orjson.loads(body)["type"] for _, body in server.came]
        assert types == ["ticket.opened", "notification.sent"], "the mail's outcome is told, the webhook's is not"
        assert await house.told(1)


async def test_a_secret_is_made_and_shown_once(house: House) -> None:
    async with running(house.settings()) as notify:
        made = await subscribe(notify, "http://127.0.0.1:9/hook")
        Webhook(made["secret"])
        shown = await notify.get(f"/subscriptions/{made['id']}", role="operator")
        assert "secret" not in shown
        listed = (await notify.get("/subscriptions", role="operator"))["items"]
        assert all("secret" not in one for one in listed)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"url": "http://127.0.0.1/", "event_types": ["ticket.opened"], "secret": "whsec_"}, "secret"),
        ({"url": "ftp://a.example/", "event_types": ["ticket.opened"]}, "url"),
        ({"url": "http://127.0.0.1/", "event_types": ["ticket.unheard"]}, "event_types.0"),
        ({"url": "http://127.0.0.1/", "event_types": []}, "event_types"),
        ({"url": "http://127.0.0.1/", "event_types": ["*"], "more": 1}, "more"),
    ],
)
async def test_a_wrong_subscription_is_refused_by_field(house: House, body: dict[str, Any], named: str) -> None:
    async with running(house.settings()) as notify:
        answer = await notify.call("POST", "/subscriptions", role="boss", json=body)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [named]


async def test_only_those_who_may_see_what_comes_subscribe(house: House) -> None:
    async with running(house.settings()) as notify:
        body = {"url": "http://127.0.0.1/", "event_types": ["*"]}
        for role in ("store", "technician", "auditor", "operator"):
            assert (await notify.call("POST", "/subscriptions", role=role, json=body)).status_code == 403


async def test_an_integration_is_posted_what_belongs_to_its_own_contacts_only(house: House) -> None:
    own, other = uuid7(), uuid7()
    async with receiver() as server, receiver() as strange, running(house.settings()) as notify:
        await subscribe(notify, server.url, "*", role="integration")
        await subscribe(notify, strange.url, "*", role="stranger")
        await house.write(
            house.event(opened(ticket_id=other), other, actor="agent:li"),
            house.event(opened(ticket_id=own), own, actor="integration:integration"),
            house.event(replied(), own, actor="agent:li"),
            house.event(replied(), other, actor="agent:li"),
        )
        await eventually(lambda: len(server.came) == 4)
        await eventually(lambda: house.told(4))
        await never(lambda: len(server.came) > 4)
        documents = [orjson.loads(body) for _, body in server.came]
        assert {document["subject"] for document in documents} == {str(own)}
        kinds = ["notification.sent", "notification.sent", "ticket.opened", "ticket.replied"]
        assert sorted(document["type"] for document in documents) == kinds
        assert strange.came == []
        posts = await notify.get("/deliveries", role="integration", channel="webhook")
        assert {one["ticket_id"] for one in posts["items"]} == {str(own)}


async def test_a_subscription_is_its_creators_and_the_bosss(house: House) -> None:
    async with running(house.settings()) as notify:
        made = {
            role: (await subscribe(notify, "http://127.0.0.1:9/hook", role=role))["id"]
            for role in ("integration", "stranger", "agent", "boss")
        }
        for role, own in made.items():
            listed = (await notify.get("/subscriptions", role=role))["items"]
            assert {one["id"] for one in listed} == ({own} if role != "boss" else set(made.values()))
            for foreign in set(made.values()) - {own} if role != "boss" else set():
                for method, path in (("GET", ""), ("GET", "/deliveries"), ("DELETE", "")):
                    answer = await notify.call(method, f"/subscriptions/{foreign}{path}", role=role)
                    assert answer.status_code == 403, (role, method, path)
        for role in ("operator", "auditor"):
            listed = (await notify.get("/subscriptions", role=role))["items"]
            assert {one["id"] for one in listed} == set(made.values())
            assert all("secret" not in one for one in listed)
        for role, of in (("auditor", "boss"), ("integration", "boss")):
            assert (await notify.call("DELETE", f"/subscriptions/{made[of]}", role=role)).status_code == 403
        for role, of in (("integration", "integration"), ("boss", "agent"), ("operator", "stranger")):
            assert (await notify.call("DELETE", f"/subscriptions/{made[of]}", role=role)).status_code == 204
        assert [one["id"] for one in (await notify.get("/subscriptions", role="boss"))["items"]] == [made["boss"]]


@pytest.mark.timeout(150)  # starts a process of its own, which takes long on a busy machine
@pytest.mark.parametrize(("place", "before"), [("notify.after_webhook_claim", 0), ("notify.after_webhook_send", 1)])
async def test_what_a_killed_process_was_posting_is_posted_again_under_the_same_id(
    house: House, place: str, before: int
) -> None:
    ticket = uuid7()
    async with receiver() as server:
        async with running(house.settings()) as notify:
            made = await subscribe(notify, server.url, "ticket.opened")
        async with dying(house, place, GONGDAN_NOTIFY_WEBHOOK_LOOPBACK="true"):
            await house.write(house.event(opened(ticket_id=ticket), ticket))
        assert len(server.came) == before
        async with running(house.settings()) as notify:
            await eventually(lambda: len(server.came) == before + 1, within_s=10)
            await eventually(lambda: sent(notify, made["id"]), within_s=10)
            await never(lambda: len(server.came) > before + 1)
        assert len({headers["webhook-id"] for headers, _ in server.came}) == 1


async def sent(notify: Running, subscription_id: str) -> list[dict[str, Any]]:
    found = await notify.get(f"/subscriptions/{subscription_id}/deliveries", role="boss", status="sent")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_loopback_is_refused_where_the_setting_does_not_allow_it(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        made = await subscribe(notify, server.url)
    async with receiver() as server, running(house.settings(notify_webhook_private=False)) as notify:
        refused = await notify.call("POST", "/subscriptions", json={"url": server.url, "event_types": ["*"]})
        assert refused.status_code == 422
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        (delivery,) = await eventually(lambda: failed(notify, made["id"]))
        assert delivery["reason"] == "forbidden_address"
        assert server.came == []


async def failed(notify: Running, subscription_id: str) -> list[dict[str, Any]]:
    found = await notify.get(f"/subscriptions/{subscription_id}/deliveries", role="boss", status="failed")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_events_of_a_ticket_come_in_order_through_failures(house: House) -> None:
    ticket = uuid7()
    statuses = [503, 429, 500]
    async with receiver() as server, running(house.settings()) as notify:
        server.answer = lambda _: web.Response(status=statuses.pop(0) if statuses else 200)
        await subscribe(notify, server.url, "ticket.replied")
        await house.write(
            house.event(opened(ticket_id=ticket), ticket),
            *(house.event(replied(str(number)), ticket) for number in range(5)),
        )
        await eventually(lambda: len(server.came) == 8, within_s=15)
        assert server.sequences() == [1, 1, 1, 1, 2, 3, 4, 5]
        assert len({headers["webhook-id"] for headers, _ in server.came[:4]}) == 1


async def test_without_order_events_do_not_wait_for_each_other(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        server.answer = lambda document: web.Response(status=503 if document["sequence"] == 1 else 200)
        await subscribe(notify, server.url, "ticket.replied", ordered=False)
        await house.write(*(house.event(replied(str(number)), ticket) for number in range(4)))
        await eventually(lambda: {2, 3, 4} <= set(server.sequences()), within_s=10)


async def test_a_4xx_has_ended_and_a_resend_is_linked(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        server.answer = lambda _: web.Response(status=410, text="gone")
        made = await subscribe(notify, server.url, "ticket.opened")
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        (delivery,) = await eventually(lambda: failed(notify, made["id"]))
        assert (delivery["reason"], delivery["detail"], delivery["attempts"]) == ("refused", "410 gone", 1)
        server.answer = lambda _: web.Response()
        again = (await notify.call("POST", f"/deliveries/{delivery['id']}/resend", role="operator")).json()
        assert again["resend_of"] == delivery["id"]
        await eventually(lambda: len(server.came) == 2)
        assert server.came[0][1] == server.came[1][1]
        assert server.came[1][0]["Gongdan-Delivery-Id"] == again["id"]


async def test_a_redirect_is_not_followed(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, receiver() as other, running(house.settings()) as notify:
        server.answer = lambda _: web.Response(status=307, headers={"location": other.url})
        made = await subscribe(notify, server.url, "ticket.opened")
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: failed(notify, made["id"]))
        assert other.came == []


async def test_a_stuck_subscriber_holds_nobody_up(house: House) -> None:
    ticket = uuid7()
    stuck = asyncio.Event()

    async def hang() -> web.Response:
        await stuck.wait()
        return web.Response()

    async with receiver() as slow, receiver() as quick, running(house.settings()) as notify:
        slow.answer = lambda _: hang()
        await subscribe(notify, slow.url)
        await subscribe(notify, quick.url)
        await house.write(
            house.event(opened(ticket_id=ticket), ticket),
            *(house.event(fact, ticket) for fact in (routed(), assigned(), replied())),
        )
        await eventually(lambda: len(quick.came) == 4)
        assert len(slow.came) == 1
        stuck.set()


async def test_unsubscribed_means_that_nothing_more_comes(house: House) -> None:
    ticket = uuid7()
    async with receiver() as server, running(house.settings()) as notify:
        server.answer = lambda _: web.Response(status=503)
        made = await subscribe(notify, server.url)
        await house.write(house.event(opened(ticket_id=ticket), ticket))
        await eventually(lambda: server.came)
        assert (await notify.call("DELETE", f"/subscriptions/{made['id']}")).status_code == 204
        (delivery,) = await eventually(lambda: failed(notify, made["id"]))
        assert delivery["reason"] == "unsubscribed"
        assert (await notify.get("/subscriptions", role="boss"))["items"] == []
        assert (await notify.call("POST", f"/deliveries/{delivery['id']}/resend")).status_code == 409
