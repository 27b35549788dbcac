"""Who is calling, what they bought, and whether every contact is accounted for."""

import csv
import io
import json
import secrets
from typing import Any

import pytest

from tests.e2e.stores import OwnStore, a_store, a_visit
from tests.support.door import Door

pytestmark = pytest.mark.usefixtures("story")


@pytest.fixture(scope="module")
async def store(door: Door) -> OwnStore:
    return await a_store(door, 100)


def a_number() -> str:
    """A mobile number that nobody in the sample has."""
    return f"+86139{secrets.randbelow(10**8):08d}"


async def import_lines(door: Door, name: str, *rows: dict[str, Any], as_csv: bool = True) -> Any:
    if as_csv:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content, kind = text.getvalue(), "text/csv"
    else:
        content, kind = "\n".join(json.dumps(row) for row in rows), "application/x-ndjson"
    answer = await door.call(
        "POST", f"/intake/{name}:import", "integration", content=content.encode(), headers={"Content-Type": kind}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(report: Any) -> tuple[int, ...]:
    return tuple(report[name] for name in ("received", "created", "updated", "unchanged", "refused"))


def a_customer(number: str, **more: str) -> dict[str, str]:
    customer_id = f"C-{secrets.token_hex(5)}"
    return {"customer_id": customer_id, "name": "王芳", "phones": number, "email": "", "language": "zh-CN", **more}


@pytest.mark.parametrize("as_csv", [True, False])
async def test_an_import_again_makes_no_doubles_and_names_bad_lines(door: Door, *, as_csv: bool) -> None:
    good, bad = a_customer(a_number()), a_customer("12", language="klingon")
    first = await import_lines(door, "customers", good, bad, as_csv=as_csv)
    assert counts(first) == (2, 1, 0, 0, 1)
    assert first["errors"][0]["line"] == (3 if as_csv else 2)
    assert counts(await import_lines(door, "customers", good, as_csv=as_csv)) == (1, 0, 0, 1, 0)
    changed = {**good, "name": "王小芳"}
    assert counts(await import_lines(door, "customers", changed, as_csv=as_csv)) == (1, 0, 1, 0, 0)


async def test_a_caller_is_known_with_orders_products_and_open_tickets(door: Door, store: OwnStore) -> None:
    number = a_number()
    customer = a_customer(number)
    order = {
        "order_id": f"DD-{secrets.token_hex(5)}",
        "customer_id": customer["customer_id"],
        "store_id": store.id,
        "ordered_at": "2026-10-01T10:00:00+08:00",
        "skus": "CUP-002",
        "warranty_ends_at": "2027-10-01T23:59:59+08:00",
    }
    await import_lines(door, "customers", customer)
    await import_lines(door, "orders", order)
    contact = await door.contact(
        {
            "call_id": f"call-{secrets.token_hex(5)}",
            "caller": number,
            "callee": "+8657100000001",
            "description": "漏水",
        },
        channel="phone",
    )
    caller = await door.get(f"/intake/callers/{number.removeprefix('+86')}")
    assert caller["customer"]["customer_id"] == customer["customer_id"]
    assert [order["order_id"] for order in caller["orders"]] == [order["order_id"]]
    assert [product["sku"] for product in caller["products"]] == ["CUP-002"]
    assert [ticket["ticket_id"] for ticket in caller["open_tickets"]] == [contact["ticket_id"]]
    assert caller["contacts"][0]["contact_id"] == contact["contact_id"]
    shown = await door.ticket(contact["ticket_id"], at_least=contact["position"])
    assert shown["customer"]["customer_id"] == customer["customer_id"]


async def test_of_two_who_share_a_number_nobody_is_guessed(door: Door, store: OwnStore) -> None:
    number = a_number()
    await import_lines(door, "customers", a_customer(number), a_customer(number))
    caller = await door.get(f"/intake/callers/{number}")
    assert caller["customer"] is None
    assert len(caller["matches"]) == 2
    contact = await door.contact(a_visit(store, customer={"name": "谁", "phone": number}))
    shown = await door.ticket(contact["ticket_id"], at_least=contact["position"])
    assert shown["customer"] == {"customer_id": None, "name": "谁", "phone": number}


async def test_what_is_unknown_or_withheld_never_refuses_a_contact(door: Door, store: OwnStore) -> None:
    body = a_visit(store, order_id="DD-nobody", product_sku="NO-SUCH", customer={"phone": "anonymous"})
    contact = await door.contact(body)
    shown = await door.ticket(contact["ticket_id"], at_least=contact["position"])
    assert (shown["order_id"], shown["product_sku"]) == ("DD-nobody", "NO-SUCH")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"customer": {"phone": "12"}}, 422, "customer.phone"),
        ({"unheard": 1}, 422, "unheard"),
        ({"description": 7}, 422, "description"),
        ({"description": ""}, 422, "description"),
        ({"description": "水" * 700_000}, 422, "description"),
        ({"description": "a\u0000b"}, 422, "description"),
        ({"urgency": "very"}, 422, "urgency"),
        ({"visit_id": None}, 422, "visit_id"),
    ],
)
async def test_a_wrong_body_is_refused_by_field_and_counted(
    door: Door, store: OwnStore, change: dict[str, Any], status: int, field: str
) -> None:
    before = await door.get("/intake/ledger", "auditor")
    body = {**a_visit(store), **change}
    answer = await door.call("POST", "/intake/store/contacts", "integration", json=body)
    assert answer.status_code == status
    assert field in {error["field"] for error in answer.json()["errors"]}
    after = await door.get("/intake/ledger", "auditor")
    assert after["refused"] == before["refused"] + 1


async def test_what_is_not_json_or_too_large_or_of_another_type_is_a_problem_of_its_own(door: Door) -> None:
    async def status(content: bytes, kind: str = "application/json") -> int:
        answer = await door.call(
            "POST", "/intake/store/contacts", "integration", content=content, headers={"Content-Type": kind}
        )
        assert answer.headers["content-type"].startswith("application/problem+json")
        return answer.status_code

    assert await status(b"{") == 400
    assert await status(b'{"visit_id": "' + b"x" * 5_000_000 + b'"}') == 413
    assert await status(b"<visit/>", "text/xml") == 415


async def test_the_ledger_adds_up_whatever_came(door: Door, store: OwnStore) -> None:
    before = await door.get("/intake/ledger", "auditor", channel="store")
    body = a_visit(store)
    first = await door.contact(body)
    assert (await door.call("POST", "/intake/store/contacts", "integration", json=body)).status_code == 200
    await door.ticket(first["ticket_id"], at_least=first["position"])
    await door.contact(a_visit(store, "还在漏", ticket_number=first["ticket_number"]))
    conflict = await door.call("POST", "/intake/store/contacts", "integration", json={**body, "clerk": "别人"})
    assert conflict.status_code == 409
    after = await door.get("/intake/ledger", "auditor", channel="store")
    assert after["adds_up"] is True
    grown = {name: after[name] - before[name] for name in ("received", "opened", "duplicate", "refused")}
    assert grown == {"received": 4, "opened": 1, "duplicate": 1, "refused": 1}
    assert after["follow_up"] - before["follow_up"] == 1
