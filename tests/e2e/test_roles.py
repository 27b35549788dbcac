"""Who may do what: every route of every service, with and without a token."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.stores import a_store, a_visit
from tests.support.door import Door

pytestmark = pytest.mark.usefixtures("story")

SERVICES = ("intake", "routing", "notify", "projection")
METHODS = ("get", "put", "post", "delete", "patch")
ROLES = ("integration", "agent", "store", "technician", "boss", "auditor", "operator")
COMMANDS_AND_POLICIES = (
    ("POST", "/routing/tickets/{}/commands"),
    ("PUT", "/routing/policies/chain/default"),
    ("PUT", "/routing/policies"),
    ("POST", "/routing/technicians/t-hz-wulin-01/duty"),
    ("POST", "/intake/store/contacts"),
    ("POST", "/intake/customers:import"),
    ("POST", "/notify/subscriptions"),
)


OPEN_TO_ALL = {"health/live", "health/ready", "metrics", "openapi.json", "asyncapi", "docs"}


async def operations(door: Door) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of everything in the four OpenAPI documents but what is open to all."""
    found = []
    for service in SERVICES:
        answer = await door.call("GET", f"/{service}/openapi.json", None)
        assert answer.status_code == 200
        found += list(operations_of(answer.json()))
    return found


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        is_open = path.removeprefix("/").partition("/")[2] in OPEN_TO_ALL
        for method in METHODS:
            if method in item and not is_open:
                yield method.upper(), path, item[method]


def address(path: str) -> str:
    """The path with an id for each parameter."""
    return re.sub(r"\{\w+\}", "01920000-0000-7000-8000-000000000000", path)


async def test_every_route_refuses_without_a_token_and_with_a_bad_one(door: Door) -> None:
    walked = 0
    for method, path, operation in await operations(door):
        assert operation["x-roles"] is not None, f"{method} {path} is open to all"
        for token in (None, "not.a.token", door.tokens["agent"][:-4] + "AAAA"):
            answer = await door.call(method, address(path), None, token=token)
            assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
            assert answer.headers["content-type"].startswith("application/problem+json")
        walked += 1
    assert walked > 30


async def test_every_route_refuses_the_roles_that_its_document_does_not_name(door: Door) -> None:
    for method, path, operation in await operations(door):
        for role in set(ROLES) - set(operation["x-roles"]):
            answer = await door.call(method, address(path), role)
            assert answer.status_code == 403, f"{role} {method} {path}: {answer.status_code}"


async def test_an_auditor_reads_everything_and_writes_nothing(door: Door) -> None:
    for method, path, operation in await operations(door):
        if method == "GET" and "operator" not in operation["x-roles"]:
            assert "auditor" in operation["x-roles"], f"an auditor cannot read {path}"
    contact = await door.contact(a_visit("hz-wulin"))
    for method, path in COMMANDS_AND_POLICIES:
        answer = await door.call(method, path.format(contact["ticket_id"]), "auditor", json={"command": "cancel"})
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"


async def test_a_store_and_a_technician_are_refused_another_stores_ticket(door: Door) -> None:
    there = await a_store(door, 1)
    contact = await door.contact(a_visit(there))
    ticket_id = contact["ticket_id"]
    await door.ticket_when(ticket_id, status="offered")
    for role in ("store", "technician"):
        for path in ("", "/history", "/why"):
            answer = await door.call("GET", f"/projection/tickets/{ticket_id}{path}", role)
            assert answer.status_code == 403, f"{role} {path}: {answer.status_code} {answer.text}"
        assert (await door.call("GET", f"/projection/stores/{there.id}/board", role)).status_code == 403
        assert (await door.call("GET", f"/routing/tickets/{ticket_id}/actions", role)).status_code == 403
        assert (await door.try_command(ticket_id, "accept", role)).status_code == 403
    foreign = await door.call("POST", "/intake/store/contacts", "store", json=a_visit(there))
    assert foreign.status_code == 403


async def test_who_acts_is_taken_from_the_token(door: Door) -> None:
    contact = await door.contact(a_visit("hz-wulin"), role="store")
    noted = await door.command(contact["ticket_id"], "note", "boss", text="看一下")
    assert noted["events"][0]["actor"] == "boss:boss"
    history = await door.history(contact["ticket_id"], at_least=noted["position"])
    assert history[0]["actor"] == "store:counter"
    for role in ROLES:
        me = await door.get("/projection/me", role)
        assert me["role"] == role


async def test_an_integration_reads_only_what_became_of_its_own_contacts(door: Door) -> None:
    own = await door.contact(a_visit("hz-wulin"))
    foreign = await door.contact(a_visit("hz-wulin"), role="agent")
    await door.ticket(foreign["ticket_id"], at_least=foreign["position"])
    assert (await door.ticket(own["ticket_id"], "integration"))["ticket_number"] == own["ticket_number"]
    answer = await door.call("GET", f"/projection/tickets/{foreign['ticket_id']}", "integration")
    assert answer.status_code == 403
