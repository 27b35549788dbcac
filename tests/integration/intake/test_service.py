"""Intake behind its front door, on real Kafka and PostgreSQL."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from services.intake.limits import DESCRIPTION_LENGTH_MAX
from services.intake.parts import Parts
from services.intake.work import CONNECTIONS_MAX
from shared.events.envelope import Draft
from shared.events.fact import Decision, Seen
from shared.events.intake import TicketFollowedUp, TicketOpened
from shared.events.registry import decode
from shared.events.routing import AddressFound, TicketClosed, TicketQueued, TicketReopened, TicketRouted
from shared.ids import random_id
from shared.log.kafka import Kafka
from shared.log.record import headers_of, read_attributes, value_of
from tests.integration.intake.conftest import Intake, read_log, running
from tests.support.eventually import eventually
from tests.unit.intake.builders import NOW, a_call, a_visit

CUSTOMERS = "customer_id,name,phones,email,language\n"


def visit(**changes: Any) -> dict[str, Any]:
    """A visit that nobody else posts."""
    return a_visit(visit_id=f"visit-{random_id()}", **changes)


async def facts_of(intake: Intake, ticket_id: str) -> list[Any]:
    """The facts of one ticket on the log, in its order."""
    records = [record for record in await read_log(intake.settings) if record.key == ticket_id.encode()]
    attributes = [read_attributes(record.headers) for record in records]
    pairs = zip(attributes, records, strict=True)
    return [(each, decode(each.type, each.version, record.value)) for each, record in pairs]


async def decide(intake: Intake, ticket_id: str, *facts: Any) -> None:
    """Write decisions of routing on the log, as routing's relay would."""
    kafka = Kafka(intake.settings.kafka, intake.settings.topic_prefix)
    producer = kafka.producer(f"{intake.settings.topic_prefix}routing")
    await producer.start()
    async with producer.transaction():
        for sequence, fact in enumerate(facts, start=1):
            cause = random_id()
            event = Draft(
                subject=ticket_id, sequence=sequence, data=fact, occurred_at=NOW, recorded_at=NOW, causation_id=cause,
                correlation_id=cause, actor="system:routing", purpose="test",
            ).event()  # fmt: skip
            await producer.send(
                kafka.topic("tickets"), value_of(event), key=event.subject.encode(), headers=headers_of(event)
            )
    await producer.stop()


async def test_a_visit_is_answered_as_the_contract_says_and_reaches_the_log(intake: Intake) -> None:
    body = visit(order_id="O-unknown", product_sku="S-unknown", address="文三路 1 号", urgency="high")
    answer = await intake.post(body)
    assert answer.status_code == 201
    document = answer.json()
    assert document["disposition"] == "opened"
    assert document["ticket_number"].startswith("GD-")
    facts = await eventually(lambda: facts_of(intake, document["ticket_id"]))
    ((attributes, opened),) = facts
    assert isinstance(opened, TicketOpened)
    assert (attributes.sequence, attributes.actor) == (1, "integration:test")
    assert opened.contact.external_id == body["visit_id"]
    assert opened.ticket_number == document["ticket_number"]
    assert (opened.order_id, opened.order, opened.urgency) == ("O-unknown", None, "high")


async def test_the_same_contact_many_times_at_once_has_one_answer(intake: Intake) -> None:
    body = visit()
    answers = await asyncio.gather(*[intake.post(body) for _ in range(25)])
    assert sorted(answer.status_code for answer in answers) == [200] * 24 + [201]
    assert len({answer.content for answer in answers}) == 1


async def test_another_body_under_a_known_id_is_409(intake: Intake) -> None:
    body = visit()
    first = await intake.post(body)
    again = await intake.post(body | {"description": "杯子碎了"})
    assert again.status_code == 409
    assert again.json()["ticket_id"] == first.json()["ticket_id"]
    assert (await intake.post(body | {"order_id": None})).status_code == 200


async def test_the_answer_is_the_same_bytes_after_a_restart(intake: Intake) -> None:
    body = visit()
    before = await intake.post(body)
    async with running(intake.settings) as again:
        after = await again.post(body)
    assert (after.status_code, after.content) == (200, before.content)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer": {"phone": "12345"}}, "customer.phone"),
        ({"description": "水" * 700_000}, "description"),
        ({"colour": "red"}, "colour"),
        ({"store_id": 7}, "store_id"),
        ({"description": "a\x00"}, "description"),
    ],
)
async def test_a_body_that_cannot_be_taken_is_422_and_names_the_field(
    intake: Intake, changes: dict[str, Any], field: str
) -> None:
    answer = await intake.post(visit(**changes))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    if field == "description" and len(changes[field]) > 2:
        assert str(DESCRIPTION_LENGTH_MAX) in answer.json()["errors"][0]["expected"]


async def test_what_is_not_json_is_400_and_another_type_415(intake: Intake) -> None:
    broken = await intake.call("POST", "/store/contacts", content=b"{", headers={"content-type": "application/json"})
    other = await intake.call("POST", "/store/contacts", content=b"{}", headers={"content-type": "text/plain"})
    assert (broken.status_code, other.status_code) == (400, 415)


async def test_a_store_posts_only_its_own_contacts(intake: Intake) -> None:
    own = await intake.post(visit(), role="store", store="hz-wulin")
    foreign = await intake.post(visit(), role="store", store="sh-xuhui")
    assert (own.status_code, foreign.status_code) == (201, 403)


@pytest.mark.parametrize("role", ["auditor", "operator"])
async def test_who_may_not_post_is_403(intake: Intake, role: str) -> None:
    assert (await intake.post(visit(), role=role)).status_code == 403
    assert (await intake.call("POST", "/customers:import", role="agent")).status_code == 403


async def test_a_customer_is_taken_when_exactly_one_has_the_number(intake: Intake) -> None:
    lines = "C-1,李雷,13900000001,li@example.cn,zh-CN\nC-2,韩梅梅,13900000002,,\nC-3,韩雪,13900000002,,\n"
    report = await import_csv(intake, "customers", CUSTOMERS + lines)
    assert (report["created"], report["errors"]) == (3, [])
    one = await intake.post(a_call(call_id=str(random_id()), caller="139 0000 0001"), channel="phone")
    two = await intake.post(a_call(call_id=str(random_id()), caller="139 0000 0002"), channel="phone")
    ((_, known),) = await eventually(lambda: facts_of(intake, one.json()["ticket_id"]))
    ((_, several),) = await eventually(lambda: facts_of(intake, two.json()["ticket_id"]))
    assert (known.customer.customer_id, known.customer.language) == ("C-1", "zh-CN")
    assert (several.customer.customer_id, several.customer.phone) == (None, "+8613900000002")
    again = await intake.post(a_call(call_id=str(random_id()), caller="13900000001"), channel="phone")
    assert again.json()["related_ticket_ids"] == [one.json()["ticket_id"]]
    screen = (await intake.call("GET", "/callers/13900000001", role="agent")).json()
    assert screen["customer"]["customer_id"] == "C-1"
    assert {ticket["ticket_id"] for ticket in screen["open_tickets"]} == {
        one.json()["ticket_id"], again.json()["ticket_id"],
    }  # fmt: skip
    several_screen = (await intake.call("GET", "/callers/+8613900000002", role="agent")).json()
    assert (several_screen["customer"], len(several_screen["matches"])) == (None, 2)


async def test_a_withheld_number_is_recorded_as_it_came(intake: Intake) -> None:
    answer = await intake.post(a_call(call_id=str(random_id()), caller="anonymous"), channel="phone")
    ((_, opened),) = await eventually(lambda: facts_of(intake, answer.json()["ticket_id"]))
    assert opened.customer.phone == "anonymous"
    assert (await intake.call("GET", "/callers/anonymous", role="agent")).json()["open_tickets"] == []


async def test_a_contact_joins_the_open_ticket_it_names_and_a_closed_one_no_more(intake: Intake) -> None:
    first = (await intake.post(visit())).json()
    named = {"ticket_number": first["ticket_number"]}
    follow_up = await intake.post(visit(**named))
    assert follow_up.status_code == 201
    assert (follow_up.json()["disposition"], follow_up.json()["ticket_id"]) == ("follow_up", first["ticket_id"])
    facts = await eventually(lambda: at_least_two(intake, first["ticket_id"]))
    assert [type(fact) for _, fact in facts] == [TicketOpened, TicketFollowedUp]
    assert facts[0][0].recorded_at < facts[1][0].recorded_at

    queued = TicketQueued(seen=Seen(), queue="dispatcher", reason="no_store", decision=Decision(rule="x", words={}))
    await decide(intake, first["ticket_id"], queued, TicketClosed(seen=Seen()))
    await eventually(lambda: has_status(intake, first["ticket_id"], "closed"))
    later = (await intake.post(visit(**named))).json()
    assert later["disposition"] == "opened"
    assert first["ticket_id"] in later["related_ticket_ids"]


async def test_a_store_and_a_technician_see_a_callers_tickets_of_their_own_store_only(intake: Intake) -> None:
    first, second = [(await intake.post(a_new_call(caller="13911112222"), channel="phone")).json() for _ in range(2)]
    await decide(intake, first["ticket_id"], routed("hz-wulin"))
    await decide(intake, second["ticket_id"], routed("hz-wulin"), queued_at("tp-xinyi"), routed("tp-xinyi"))
    await eventually(lambda: is_with(intake, first["ticket_id"], "hz-wulin"))
    await eventually(lambda: is_with(intake, second["ticket_id"], "tp-xinyi"))

    async def seen_by(role: str, store: str | None = None) -> tuple[set[str], set[str]]:
        screen = (await intake.call("GET", "/callers/13911112222", role=role, store=store)).json()
        tickets, contacts = ({item["ticket_id"] for item in screen[part]} for part in ("open_tickets", "contacts"))
        return tickets, contacts

    one, other = {first["ticket_id"]}, {second["ticket_id"]}
    assert await seen_by("agent") == (one | other, one | other)
    for role in ("store", "technician"):
        assert await seen_by(role, "hz-wulin") == (one, one)
        assert await seen_by(role, "tp-xinyi") == (other, other)
        assert await seen_by(role, "bj-chaoyang") == (set(), set())


async def test_a_reopened_ticket_can_be_joined_again(intake: Intake) -> None:
    first = (await intake.post(visit())).json()
    await decide(intake, first["ticket_id"], TicketClosed(seen=Seen()), TicketReopened(seen=Seen()))
    await eventually(lambda: has_status(intake, first["ticket_id"], "open", sequence=2))
    joined = (await intake.post(visit(ticket_number=first["ticket_number"]))).json()
    assert joined["disposition"] == "follow_up"


async def test_an_unknown_ticket_number_opens_a_ticket(intake: Intake) -> None:
    for number in ("GD-200101-000018", "GD-200101-000019", "yesterday's"):
        assert (await intake.post(visit(ticket_number=number))).json()["disposition"] == "opened"


async def test_law_4_the_ledger_adds_up(intake: Intake) -> None:
    before = (await intake.call("GET", "/ledger?channel=store", role="auditor")).json()
    body = visit()
    number = (await intake.post(body)).json()["ticket_number"]
    await intake.post(body)
    await intake.post(body | {"clerk": "other"})
    await intake.post(visit(ticket_number=number))
    await intake.post(visit(description=""))
    await intake.post(visit(), role="auditor")
    await intake.call("POST", "/store/contacts", content=b"{")
    after = (await intake.call("GET", "/ledger?channel=store", role="auditor")).json()
    words = ("received", "opened", "follow_up", "duplicate", "refused")
    assert [after[word] - before[word] for word in words] == [7, 1, 1, 1, 4]
    assert after["adds_up"]
    later = (await intake.call("GET", "/ledger?from=2099-01-01T00:00:00%2B08:00", role="auditor")).json()
    assert (later["received"], later["adds_up"]) == (0, True)
    assert later["from"] == "2098-12-31T16:00:00Z"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("from=9999-12-31T23:59:59-12:00", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("from=1700000000", "from"),
        ("from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z", "to"),
    ],
)
async def test_a_ledger_of_no_time_is_refused(intake: Intake, asked: str, field: str) -> None:
    answer = await intake.call("GET", f"/ledger?{asked}", role="auditor")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_call_is_recorded_and_says_who_is_calling(intake: Intake) -> None:
    call = {"event": "newCall", "call_id": str(random_id()), "direction": "in", "from": "13900000009", "to": "802"}
    first = await intake.call("POST", "/phone/calls", json=call)
    again = await intake.call("POST", "/phone/calls", json=call)
    assert first.status_code == 200
    assert first.json()["matches"] == []
    assert first.json()["recorded_at"] == again.json()["recorded_at"]


async def test_an_import_runs_again_and_again_without_doubles(intake: Intake) -> None:
    header = "order_id,customer_id,store_id,ordered_at,skus,warranty_ends_at\n"
    lines = [f"R-{n},C-1,hz-wulin,2026-01-02T10:00:00+08:00,CUP-1;CUP-2,2027-01-02" for n in range(2_500)]
    lines[7] = "R-7,C-1,hz-wulin,the other day,,"
    lines[8] = "R-8,C-1,hz-wulin,9999-12-31T23:59:59-12:00,,"
    csv = header + "\n".join(lines) + "\n"
    first = await import_csv(intake, "orders", csv)
    assert first | {"errors": []} == {
        "received": 2_500, "created": 2_498, "updated": 0, "unchanged": 0, "refused": 2, "errors": [],
    }  # fmt: skip
    assert [(error["line"], error["field"]) for error in first["errors"]] == [(9, "ordered_at"), (10, "ordered_at")]
    again = await import_csv(intake, "orders", csv)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2_498)
    changed = await import_csv(intake, "orders", header + "R-1,C-2,,,,\nR-1,C-3,,,,\n")
    assert (changed["received"], changed["updated"]) == (2, 2)


async def test_products_come_as_ndjson_too(intake: Intake) -> None:
    body = b'{"sku": "N-1", "name": "\xe6\x9d\xaf", "category": "cup"}\n{"sku": ""}\n'
    answer = await intake.call(
        "POST", "/products:import", content=body, headers={"content-type": "application/x-ndjson"}, role="boss"
    )
    assert answer.json()["created"] == 1
    assert [(error["line"], error["field"]) for error in answer.json()["errors"]] == [(2, "sku")]


async def import_csv(intake: Intake, kind: str, text: str) -> dict[str, Any]:
    """Import CSV; the report."""
    answer = await intake.call(
        "POST", f"/{kind}:import", content=text.encode(), headers={"content-type": "text/csv; charset=utf-8"}
    )
    assert answer.status_code == 200
    report: dict[str, Any] = answer.json()
    return report


async def at_least_two(intake: Intake, ticket_id: str) -> Any:
    """The facts of a ticket once there are two."""
    facts = await facts_of(intake, ticket_id)
    return facts if len(facts) > 1 else None


def a_new_call(**changes: Any) -> dict[str, Any]:
    """A call that nobody else posts."""
    return a_call(call_id=f"call-{random_id()}", **changes)


def routed(store_id: str) -> TicketRouted:
    """Routing's choice of a store."""
    return TicketRouted(
        seen=Seen(), store_id=store_id, priority="normal", address=AddressFound(), workflow="default@1",
        decision=Decision(rule="x", words={}),
    )  # fmt: skip


def queued_at(store_id: str) -> TicketQueued:
    """Waiting for somebody of a store."""
    return TicketQueued(seen=Seen(), queue=f"store:{store_id}", reason="no_room", decision=Decision(rule="x", words={}))


async def is_with(intake: Intake, ticket_id: str, store_id: str) -> bool:
    """Whether intake has read that a ticket is with this store."""
    found: str | None = await intake.pool.fetchval("SELECT store_id FROM tickets WHERE ticket_id = $1", ticket_id)
    return found == store_id


async def has_status(intake: Intake, ticket_id: str, status: str, *, sequence: int = 1) -> bool:
    """Whether intake has read that a ticket is in this state."""
    row = await intake.pool.fetchrow("SELECT status, routing_sequence FROM tickets WHERE ticket_id = $1", ticket_id)
    return row is not None and row["status"] == status and row["routing_sequence"] >= sequence


async def test_only_the_recorders_own_connections_plan_as_it_needs(intake: Intake) -> None:
    assert (await intake.post(a_visit(visit_id="planned"))).status_code == 201
    parts: Parts = intake.app.state.parts
    async with AsyncExitStack() as stack:
        for _ in range(parts.pool.get_max_size() - 4):  # nearly all that requests, imports and the reader may get
            connection = await stack.enter_async_context(parts.pool.acquire(timeout=5))
            assert await connection.fetchval("SHOW enable_seqscan") == "on"
            assert await connection.fetchval("SHOW plan_cache_mode") == "auto"
    recorders = await intake.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
        "gongdan-intake-recorder",
    )
    assert 1 <= recorders <= CONNECTIONS_MAX
