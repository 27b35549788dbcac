"""Commands as clients meet them: what came between, what is allowed, what happens twice."""

from typing import Any

import pytest

from tests.e2e.stores import OwnStore, a_store, a_visit
from tests.support.door import Door

pytestmark = pytest.mark.usefixtures("story")


@pytest.fixture(scope="module")
async def store(door: Door) -> OwnStore:
    return await a_store(door, 100)


@pytest.fixture
async def ticket(door: Door, store: OwnStore) -> dict[str, Any]:
    contact = await door.contact(a_visit(store))
    shown: dict[str, Any] = await door.ticket_when(contact["ticket_id"], status="offered")
    return shown


async def test_a_conflict_shows_what_came_between(door: Door, ticket: dict[str, Any]) -> None:
    seen = ticket["version"]
    accepted = await door.command(ticket["ticket_id"], "accept", expected_version=seen)
    refused = await door.try_command(ticket["ticket_id"], "cancel", expected_version=seen)
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["version"] == accepted["version"]
    assert [event["event_id"] for event in problem["events"]] == [event["event_id"] for event in accepted["events"]]
    await door.ticket(ticket["ticket_id"], at_least=problem["position"])
    shown = await door.history(ticket["ticket_id"])
    in_history = next(item for item in shown if item["type"] == "ticket.accepted")
    assert {name: problem["events"][0][name] for name in ("event_id", "type", "actor", "cause", "data", "summary")} == {
        name: in_history[name] for name in ("event_id", "type", "actor", "cause", "data", "summary")
    }


async def test_a_note_between_is_no_conflict(door: Door, ticket: dict[str, Any]) -> None:
    await door.command(ticket["ticket_id"], "note", text="客人下午来")
    await door.command(ticket["ticket_id"], "accept", expected_version=ticket["version"])


async def test_a_refusal_says_what_is_allowed_now(door: Door, ticket: dict[str, Any]) -> None:
    refused = await door.try_command(ticket["ticket_id"], "resume")
    assert refused.status_code == 422
    assert "accept" in refused.json()["allowed"]
    actions = await door.get(f"/routing/tickets/{ticket['ticket_id']}/actions")
    assert set(actions["allowed"]) == set(refused.json()["allowed"])
    assert {action["command"] for action in actions["actions"]} >= {"accept", "decline", "assign", "cancel"}


async def test_a_closed_ticket_is_reopened_before_it_is_worked_on(door: Door, ticket: dict[str, Any]) -> None:
    for name in ("accept", "resolve", "close"):
        await door.command(ticket["ticket_id"], name)
    refused = await door.try_command(ticket["ticket_id"], "start")
    assert refused.status_code == 422
    assert "reopen" in refused.json()["allowed"]
    await door.command(ticket["ticket_id"], "reopen", reason="又漏了")
    # It was offered before it was accepted, too: until the projection has read on, that is what is shown.
    await door.ticket_when(ticket["ticket_id"], status="offered", reopened=1)


async def test_a_command_that_changes_nothing_any_more_adds_nothing(door: Door, ticket: dict[str, Any]) -> None:
    await door.command(ticket["ticket_id"], "accept")
    again = await door.command(ticket["ticket_id"], "accept")
    assert again["events"] == []


async def test_an_idempotency_key_makes_a_note_one_note(door: Door, ticket: dict[str, Any]) -> None:
    first = await door.try_command(ticket["ticket_id"], "note", key="k-1", text="一次")
    again = await door.try_command(ticket["ticket_id"], "note", key="k-1", text="一次")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    other = await door.try_command(ticket["ticket_id"], "note", key="k-1", text="两次")
    assert other.status_code == 422
    shown = await door.ticket(ticket["ticket_id"], at_least=first.json()["position"])
    assert shown["version"] == first.json()["version"]
    types = [item["type"] for item in await door.history(ticket["ticket_id"])]
    assert types.count("ticket.noted") == 1


async def test_at_least_reads_ones_own_write(door: Door, store: OwnStore) -> None:
    for _ in range(20):
        contact = await door.contact(a_visit(store))
        shown = await door.ticket(contact["ticket_id"], at_least=contact["position"])
        assert shown["ticket_number"] == contact["ticket_number"]
        noted = await door.command(contact["ticket_id"], "note", text="马上记下")
        after = await door.ticket(contact["ticket_id"], at_least=noted["position"])
        assert after["version"] >= noted["version"]


async def test_a_command_right_after_the_contact_meets_its_ticket(door: Door, store: OwnStore) -> None:
    for _ in range(5):
        contact = await door.contact(a_visit(store))
        await door.command(contact["ticket_id"], "note", text="第一句")


async def test_a_ticket_that_nobody_opened_is_not_found(door: Door) -> None:
    answer = await door.try_command("01920000-0000-7000-8000-000000000000", "accept")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "dance"}, "command"),
        ({"command": "note"}, "text"),
        ({"command": "note", "text": "x", "by": "me"}, "by"),
        ({"command": "set_priority", "priority": "huge"}, "priority"),
        ({"command": "accept", "expected_version": "seven"}, "expected_version"),
    ],
)
async def test_a_wrong_command_is_refused_by_field(
    door: Door, ticket: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = await door.call("POST", f"/routing/tickets/{ticket['ticket_id']}/commands", json=body)
    assert answer.status_code == 422
    assert field in {error["field"].rpartition(".")[2] for error in answer.json()["errors"]}
