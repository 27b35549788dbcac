"""The whole service on PostgreSQL and Kafka: what was opened on the log is decided there, and commanded over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.main import build
from services.routing.settings import Settings
from shared.events.envelope import Attributes, Event
from shared.http.app import ServiceApp
from shared.identity.keys import load_key
from shared.identity.tokens import issue_token
from shared.ids import uuid7
from shared.log.kafka import Kafka
from shared.log.position import fact_position
from tests.integration.routing.desk import (
    OTHER_STORE,
    STORE,
    a_crew,
    a_store,
    an_opened_event,
    technician,
)
from tests.integration.routing.logs import read_log, topics_stand, write_events
from tests.support.databases import FreshDatabases
from tests.support.eventually import eventually
from tests.support.servers import TestServers, new_topic_prefix, temporary_home
from tests.unit.routing.tickets import WORKFLOW


@dataclass
class Front:
    """A running routing, and clients with tokens."""

    app: ServiceApp
    kafka: Kafka
    home: Path
    client: httpx.AsyncClient

    def headers(self, role: str, **more: str) -> dict[str, str]:
        bonds: dict[str, Any] = {}
        if role in ("store", "technician"):
            bonds["store_id"] = more.pop("store_id", STORE)
        if role == "technician":
            bonds["technician_id"] = more.pop("technician_id", technician(0))
        token = issue_token(load_key(home=self.home), role=role, name="test", **bonds)
        return {"authorization": f"Bearer {token}", **more}

    async def put(self, kind: str, name: str, body: dict[str, Any]) -> httpx.Response:
        return await self.client.put(f"/routing/policies/{kind}/{name}", json=body, headers=self.headers("boss"))

    async def command(self, ticket_id: UUID, body: dict[str, Any], role: str = "agent", **more: str) -> httpx.Response:
        return await self.client.post(
            f"/routing/tickets/{ticket_id}/commands", json=body, headers=self.headers(role, **more)
        )

    async def write(self, events: list[Event]) -> None:
        await write_events(self.kafka, events)

    async def log(self, topic: str = "tickets") -> list[Attributes]:
        return await read_log(self.kafka, topic)


@asynccontextmanager
async def a_front(servers: TestServers, databases: FreshDatabases, home: Path) -> AsyncIterator[Front]:
    prefix = new_topic_prefix(servers)
    kafka = Kafka(servers.kafka, prefix)
    await eventually(lambda: topics_stand(kafka), within_s=15)
    settings = Settings(
        home=home,
        kafka_bootstrap_servers=servers.kafka,
        topic_prefix=prefix,
        routing_database_url=databases.new("routing"),
    )
    app = build(settings)
    async with (
        app.lifetime(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://routing") as client,
    ):
        front = Front(app, kafka, home, client)
        for kind, name, body in (
            ("store", STORE, a_store("武林")),
            ("store", OTHER_STORE, a_store("滨江")),
            ("crew", STORE, a_crew(STORE, 2, 2)),
            ("crew", OTHER_STORE, a_crew(OTHER_STORE, 1, 1)),
            ("workflow", "default", WORKFLOW),
        ):
            assert (await front.put(kind, name, body)).status_code == 200
        yield front


@pytest.fixture(scope="module")
async def front(servers: TestServers, fresh_databases: FreshDatabases) -> AsyncIterator[Front]:
    with temporary_home() as home:
        home.mkdir(parents=True)
        async with a_front(servers, fresh_databases, home) as opened:
            yield opened


async def status(front: Front, ticket_id: UUID) -> str:
    answer = await front.client.get(f"/routing/tickets/{ticket_id}/actions", headers=front.headers("agent"))
    return str(answer.json().get("status"))


async def an_offered_ticket(front: Front) -> UUID:
    ticket_id = uuid7()
    await front.write([an_opened_event(ticket_id)])

    async def is_offered() -> bool:
        return await status(front, ticket_id) in ("offered", "queued")

    await eventually(is_offered, within_s=15)
    return ticket_id


async def test_a_ticket_goes_from_the_log_to_its_technician_and_back_to_the_log(front: Front) -> None:
    ticket_id = await an_offered_ticket(front)
    accepted = await front.command(ticket_id, {"command": "accept", "expected_version": 2})
    assert accepted.status_code == 200, accepted.text
    body = accepted.json()
    assert (body["version"], body["events"][0]["type"]) == (3, "ticket.accepted")
    assert body["events"][0]["actor"] == "agent:test"
    assert set(body["events"][0]["summary"]) == {"zh", "en"}

    async def is_whole() -> bool:
        events = [one for one in await front.log() if one.subject == str(ticket_id)]
        types = [one.type for one in events if one.source == "/routing"]
        return types == ["ticket.routed", "ticket.assigned", "ticket.accepted"]

    await eventually(is_whole, within_s=15)
    await front.command(ticket_id, {"command": "cancel", "reason": "test"})


async def test_answers_say_what_is_wrong(front: Front) -> None:
    ticket_id = await an_offered_ticket(front)
    for body, field in (
        ({"command": "dance"}, "command"),
        ({"command": "wait", "for": "rain"}, "for"),
        ({"command": "note"}, "text"),
        ({"command": "note", "text": "x", "mood": "good"}, "mood"),
        ({"command": "note", "text": "x" * 20_001}, "text"),
        ({"command": "note", "text": "a\u0000b"}, "text"),
    ):
        answer = await front.command(ticket_id, body)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    refused = await front.command(ticket_id, {"command": "start"})
    assert refused.status_code == 422
    assert "accept" in refused.json()["allowed"]
    conflict = await front.command(ticket_id, {"command": "accept", "expected_version": 1})
    assert conflict.status_code == 409
    assert [event["type"] for event in conflict.json()["events"]] == ["ticket.assigned"]
    await front.command(ticket_id, {"command": "cancel", "reason": "test"})


async def test_who_may_not_is_told_so(front: Front) -> None:
    ticket_id = await an_offered_ticket(front)
    foreign = await front.command(ticket_id, {"command": "note", "text": "x"}, "store", store_id=OTHER_STORE)
    assert foreign.status_code == 403
    auditor = await front.command(ticket_id, {"command": "note", "text": "x"}, "auditor")
    assert auditor.status_code == 403
    assert (await front.client.post(f"/routing/tickets/{ticket_id}/commands", json={})).status_code == 401
    unknown = await front.command(uuid7(), {"command": "note", "text": "x"})
    assert unknown.status_code == 404
    await front.command(ticket_id, {"command": "cancel", "reason": "test"})


async def test_a_command_right_after_opening_waits_for_the_log(front: Front) -> None:
    ticket_id = uuid7()
    await front.write([an_opened_event(ticket_id)])
    answer = await front.command(ticket_id, {"command": "cancel", "reason": "quick"}, **{"Idempotency-Key": "k-1"})
    assert answer.status_code == 200, answer.text
    again = await front.command(ticket_id, {"command": "cancel", "reason": "quick"}, **{"Idempotency-Key": "k-1"})
    assert again.content == answer.content


async def test_a_command_waits_for_the_position_that_its_sender_has_seen(front: Front) -> None:
    ticket_id = await an_offered_ticket(front)
    url = f"/routing/tickets/{ticket_id}/commands"
    headers = front.headers("agent")
    body = {"command": "note", "text": "😀" * 20_000}
    reached = fact_position(ticket_id, {"/intake": 1})
    answer = await front.client.post(url, params={"at_least": reached}, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    not_yet = fact_position(ticket_id, {"/intake": 2})
    late = await front.client.post(url, params={"at_least": not_yet}, json=body, headers=headers)
    assert (late.status_code, "position" in late.json()) == (504, True)
    nonsense = await front.client.post(url, params={"at_least": "yesterday"}, json=body, headers=headers)
    assert (nonsense.status_code, nonsense.json()["errors"][0]["field"]) == (422, "at_least")
    await front.command(ticket_id, {"command": "cancel", "reason": "test"})


async def test_it_says_what_it_writes_to_the_log(front: Front) -> None:
    answer = await front.client.get("/routing/asyncapi")
    assert answer.json()["asyncapi"] == "3.0.0"


async def test_actions_say_what_may_be_done_now_by_whom(front: Front) -> None:
    ticket_id = await an_offered_ticket(front)
    answer = await front.client.get(f"/routing/tickets/{ticket_id}/actions", headers=front.headers("auditor"))
    actions = {action["command"]: action for action in answer.json()["actions"]}
    assert actions["assign"]["fields"] == {"required": ["technician_id"], "optional": []}
    assert not any(action["yours"] for action in actions.values())
    await front.command(ticket_id, {"command": "cancel", "reason": "test"})


async def test_a_policy_is_published_once_and_lies_on_its_topic(front: Front) -> None:
    body = a_crew(OTHER_STORE, 2, 1)
    first = await front.put("crew", OTHER_STORE, body)
    second = await front.put("crew", OTHER_STORE, body)
    assert (first.json()["version"], first.json()["changed"]) == (2, True)
    assert (second.json()["version"], second.json()["changed"]) == (2, False)
    headers = front.headers("auditor")
    versions = await front.client.get(f"/routing/policies/crew/{OTHER_STORE}/versions", headers=headers)
    assert [item["version"] for item in versions.json()["items"]] == [2, 1]
    newest = await front.client.get("/routing/policies/crew", headers=headers)
    assert [item["name"] for item in newest.json()["items"]] == [OTHER_STORE, STORE]

    async def is_there() -> bool:
        found = [one for one in await front.log("policies") if one.subject == f"crew/{OTHER_STORE}"]
        return [one.sequence for one in found] == [1, 2]

    await eventually(is_there, within_s=15)


async def test_a_policy_that_is_none_is_refused_field_by_field(front: Front) -> None:
    answer = await front.put("crew", STORE, {"technicians": [{"id": "x", "name": "x", "capacity": 0}]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "technicians.0.capacity"
    assert (await front.put("mood", "default", {})).status_code == 404
    asked = {"policies": [{"kind": "crew", "name": STORE, "body": {"technicians": "none"}}]}
    checked = await front.client.post("/routing/policies:check", json=asked, headers=front.headers("boss"))
    assert (checked.json()["valid"], checked.json()["errors"][0]["policy"]) == (False, f"crew/{STORE}")


async def test_technicians_report_for_duty(front: Front) -> None:
    url = f"/routing/technicians/{technician(0)}/duty"
    own = await front.client.post(url, json={"on": False}, headers=front.headers("technician"))
    assert own.status_code == 200, own.text
    assert own.json()["on"] is False
    other = front.headers("technician", technician_id=technician(1))
    assert (await front.client.post(url, json={"on": True}, headers=other)).status_code == 403
    assert (await front.client.post(url, json={"on": True}, headers=front.headers("store"))).status_code == 200
    unknown = "/routing/technicians/nobody/duty"
    assert (await front.client.post(unknown, json={"on": True}, headers=front.headers("agent"))).status_code == 404


async def test_it_is_ready_and_lists_no_dead_letters(front: Front) -> None:
    assert (await front.client.get("/routing/health/ready")).status_code == 200
    letters = await front.client.get("/routing/dead-letters", headers=front.headers("operator"))
    assert letters.json() == {"items": []}
    unknown = await front.client.get(f"/routing/dead-letters/{uuid7()}", headers=front.headers("operator"))
    assert (unknown.status_code, unknown.json()["title"]) == (404, "No such dead letter")
