"""Builders for notify's tests: policies of one store and its crew, and events about one ticket."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.events.envelope import Draft, Event
from shared.events.fact import Decision, Fact, Seen
from shared.events.intake import Contact, Customer, Product, TicketOpened
from shared.events.routing import AddressFound, TicketAssigned, TicketReplied, TicketResolved, TicketRouted
from shared.ids import derived_id
from shared.policies import Policies

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TICKET = derived_id("a ticket to tell about")
NUMBER = "GD-261122-000042"
STORE = "hz-wulin"
LIN = "t-lin"
WHY = Decision(rule="test", words={"zh": "测试", "en": "test"})
SEEN = Seen(intake=1)

STORE_BODY: dict[str, Any] = {
    "name": {"zh-CN": "武林店", "zh-TW": "武林店（繁）", "en": "Wulin"},
    "address": "杭州市拱墅区延安路 1 号",
    "division": "330105",
    "email": "wulin@stores.example",
    "phone": "+8657112345678",
    "languages": ["zh-CN", "en"],
}
CREW_BODY: dict[str, Any] = {
    "technicians": [
        {"id": LIN, "name": "林师傅", "capacity": 3, "email": "lin@crew.example"},
        {"id": "t-wang", "name": "王师傅", "capacity": 3},
    ]
}
RULES_BODY: dict[str, Any] = {
    "rules": [
        {"event": "ticket.opened", "to": ["customer"], "template": "opened"},
        {"event": "ticket.assigned", "to": ["customer", "store", "technician"], "template": "assigned"},
        {"event": "ticket.replied", "to": ["customer"], "template": "replied"},
        {"event": "ticket.resolved", "to": ["customer", "store"], "template": "resolved"},
    ]
}
POLICY_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("chain", "default"): {"name": {"zh-CN": "好家居"}, "languages": ["zh-CN", "zh-TW", "en"]},
    ("store", STORE): STORE_BODY,
    ("crew", STORE): CREW_BODY,
    ("notification", "default"): RULES_BODY,
}


def some_policies() -> Policies:
    policies = Policies()
    for (kind, name), body in POLICY_BODIES.items():
        policies = policies.with_policy(kind, name, 1, body)
    return policies


def an_event(
    fact: Fact, *, sequence: int = 1, at: datetime = NOON, ticket_id: UUID = TICKET, actor: str = "agent:li"
) -> Event:
    return Draft(
        subject=str(ticket_id),
        sequence=sequence,
        data=fact,
        occurred_at=at,
        recorded_at=at,
        causation_id=derived_id(ticket_id, fact.SOURCE, sequence),
        correlation_id=derived_id(ticket_id, "journey"),
        actor=actor,
        purpose="test",
    ).event()


def opened(
    *,
    email: str | None = "zhang@customers.example",
    name: str | None = "张伟",
    language: Any = "zh-CN",
    number: str = NUMBER,
    ticket_id: UUID = TICKET,
    description: str = "杯子漏水",
) -> TicketOpened:
    return TicketOpened(
        ticket_id=ticket_id,
        ticket_number=number,
        contact=Contact(
            contact_id=derived_id(ticket_id, "contact"), channel="store", external_id="v-1", digest="0" * 64
        ),
        customer=Customer(customer_id="c-1", name=name, email=email, language=language),
        description=description,
        store_id=STORE,
        product=Product(sku="cup-1", name="保温杯", category="cups"),
    )


def routed(*, store_id: str | None = STORE) -> TicketRouted:
    return TicketRouted(
        seen=SEEN, store_id=store_id, priority="normal", address=AddressFound(), workflow="default@1", decision=WHY
    )


def assigned(*, technician_id: str = LIN, store_id: str = STORE) -> TicketAssigned:
    return TicketAssigned(
        seen=SEEN,
        technician_id=technician_id,
        store_id=store_id,
        offer=1,
        accept_by=NOON.replace(minute=30),
        warn_at=NOON.replace(minute=15),
        round=1,
        decision=WHY,
    )


def replied(text: str = "明天上门") -> TicketReplied:
    return TicketReplied(seen=SEEN, text=text)


def resolved(reason: str | None = "换了新杯子") -> TicketResolved:
    return TicketResolved(seen=SEEN, reason=reason)
