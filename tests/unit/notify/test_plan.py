"""Which deliveries follow from an event."""

from dataclasses import replace
from datetime import timedelta

from services.notify.policy.plan import Delivery, Ticket, plan_deliveries, take_in
from shared.events.envelope import Event
from shared.events.fact import Sealed, SealedValue
from shared.events.intake import Customer
from shared.events.routing import TicketStarted
from shared.ids import derived_id
from shared.policies import Policies
from tests.unit.notify.happenings import (
    LIN,
    NOON,
    NUMBER,
    SEEN,
    STORE,
    TICKET,
    an_event,
    assigned,
    opened,
    replied,
    resolved,
    routed,
    some_policies,
)

DAY = timedelta(days=1)


def a_ticket(*events: Event) -> Ticket:
    ticket = Ticket(ticket_id=TICKET)
    for event in events:
        ticket = take_in(ticket, event.data, actor=event.actor)
    return ticket


def plan(event: Event, ticket: Ticket, policies: Policies | None = None) -> list[Delivery]:
    return plan_deliveries(event, event.data, ticket, policies or some_policies(), now=NOON, age_max=DAY)


def test_an_opened_ticket_is_told_to_its_customer() -> None:
    event = an_event(opened())
    (delivery,) = plan(event, a_ticket(event))
    assert delivery.recipient == "customer"
    assert delivery.recipient_id == "c-1"
    assert delivery.template == "opened"
    assert delivery.fate == "waiting"
    assert delivery.values["number"] == NUMBER
    assert delivery.values["product"] == "保温杯"


def test_an_assignment_is_told_to_customer_store_and_technician() -> None:
    event = an_event(assigned())
    planned = plan(event, a_ticket(an_event(opened()), an_event(routed()), event))
    assert [(one.recipient, one.recipient_id) for one in planned] == [
        ("customer", "c-1"),
        ("store", STORE),
        ("technician", LIN),
    ]


def test_the_same_event_planned_twice_gives_the_same_ids() -> None:
    event = an_event(assigned())
    ticket = a_ticket(an_event(opened()), event)
    assert [one.id for one in plan(event, ticket)] == [one.id for one in plan(event, ticket)]
    assert plan(event, ticket)[0].id == derived_id(event.id, "customer", "email")


def test_a_recipient_named_twice_is_told_once() -> None:
    rules = {"rules": [{"event": "ticket.opened", "to": ["customer", "customer"], "template": "opened"}]}
    event = an_event(opened())
    assert len(plan(event, a_ticket(event), some_policies().with_policy("notification", "default", 2, rules))) == 1


def test_a_reply_carries_its_words_and_a_resolution_its_reason() -> None:
    ticket = a_ticket(an_event(opened()))
    assert plan(an_event(replied("好的")), ticket)[0].values["text"] == "好的"
    assert plan(an_event(resolved("修好了")), ticket)[0].values["reason"] == "修好了"


def test_a_fact_older_than_the_age_is_no_news() -> None:
    event = an_event(opened(), at=NOON - DAY - timedelta(seconds=1))
    assert plan(event, a_ticket(event))[0].fate == "too_old"


def test_imported_history_is_no_news_however_late_it_was_recorded() -> None:
    event = replace(an_event(opened()), occurred_at=NOON - timedelta(days=400))
    assert plan(event, a_ticket(event))[0].fate == "too_old"


def test_a_customer_without_address_is_planned_and_visibly_not_told() -> None:
    event = an_event(opened(email=None))
    assert plan(event, a_ticket(event))[0].fate == "no_address"


def test_a_sealed_address_is_as_good_as_none() -> None:
    sealed = SealedValue(sealed=Sealed(key_id="k", nonce=b"bm9uY2U=", ciphertext=b"c2VhbGVk"))
    event = an_event(opened().model_copy(update={"customer": Customer(customer_id="c-1", email=sealed)}))
    assert plan(event, a_ticket(event))[0].fate == "no_address"


def test_a_store_is_not_told_while_there_is_none() -> None:
    event = an_event(resolved())
    assert [one.recipient for one in plan(event, Ticket(ticket_id=TICKET, email="a@b.example"))] == ["customer"]


def test_an_event_that_no_rule_names_is_told_to_nobody() -> None:
    event = an_event(TicketStarted(seen=SEEN))
    assert plan(event, a_ticket(an_event(opened()), event)) == []


def test_without_a_notification_policy_nobody_is_told() -> None:
    event = an_event(opened())
    assert plan_deliveries(event, event.data, a_ticket(event), Policies(), now=NOON, age_max=DAY) == []


def test_routing_before_or_after_the_opening_gives_the_same_store() -> None:
    first = a_ticket(an_event(opened()), an_event(routed(store_id="hz-binjiang")))
    second = a_ticket(an_event(routed(store_id="hz-binjiang")), an_event(opened()))
    assert first == second


def test_a_long_description_is_shortened() -> None:
    ticket = a_ticket(an_event(opened(description="漏" * 5_000)))
    assert ticket.description is not None
    assert len(ticket.description) < 2_100
