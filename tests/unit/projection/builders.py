"""Tickets' events as the services write them, for the tests of projection."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.events import intake, notify, routing
from shared.events.envelope import Event
from shared.events.fact import Decision, Fact, Seen
from shared.ids import derived_id

MORNING = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SEEN = Seen(intake=1)


def a_ticket_id(number: int = 1) -> str:
    return str(derived_id("test ticket", number))


def a_decision(rule: str = "least_load", **fields: object) -> Decision:
    return Decision(rule=rule, words={"zh": "因為", "en": "because"}, **fields)  # type: ignore[arg-type]  # any fields


def an_opening(ticket_id: str, **fields: object) -> intake.TicketOpened:
    """A cup leaks; `fields` say otherwise."""
    known: dict[str, object] = {
        "ticket_id": UUID(ticket_id),
        "ticket_number": f"GD-261122-{int(UUID(ticket_id)) % 100000:05}",
        "contact": intake.Contact(
            contact_id=derived_id("contact", ticket_id), channel="store", external_id=f"v-{ticket_id}", digest="00"
        ),
        "customer": intake.Customer(customer_id="C-1", name="王小明", phone="+8613812345678", language="zh-CN"),
        "description": "保溫杯漏水",
        "address_text": "杭州市余杭区文一西路969号",
        "store_id": "hz-wulin",
        "order_id": "A-1001",
        "product_sku": "CUP-1",
    }
    return intake.TicketOpened(**(known | fields))  # type: ignore[arg-type]  # any fields


def a_routing(**fields: object) -> routing.TicketRouted:
    known: dict[str, object] = {
        "seen": SEEN,
        "store_id": "hz-wulin",
        "priority": "high",
        "category": "kitchen",
        "skills": ["cups"],
        "address": routing.AddressFound(code="330110", names=["浙江省", "杭州市", "余杭区", None], confidence=0.9),
        "workflow": "default@1",
        "decision": a_decision("territory_county"),
    }
    return routing.TicketRouted(**(known | fields))  # type: ignore[arg-type]  # any fields


def an_offer(technician_id: str = "t-hz-wulin-01", **fields: object) -> routing.TicketAssigned:
    known: dict[str, object] = {
        "seen": SEEN,
        "technician_id": technician_id,
        "store_id": "hz-wulin",
        "offer": 1,
        "accept_by": MORNING + timedelta(minutes=30),
        "warn_at": MORNING + timedelta(minutes=15),
        "round": 1,
        "decision": a_decision(candidates=[technician_id], scores={technician_id: 0.5}),
    }
    return routing.TicketAssigned(**(known | fields))  # type: ignore[arg-type]  # any fields


def a_mail(about: UUID, **fields: object) -> notify.NotificationSent:
    known: dict[str, object] = {
        "delivery_id": derived_id("delivery", about),
        "about_event_id": about,
        "about_type": "ticket.opened",
        "recipient": "customer",
        "recipient_id": "C-1",
        "channel": "email",
        "address": "wang@example.com",
        "template": "opened@zh-CN",
        "message_id": "<1@gongdan>",
        "attempts": 1,
    }
    return notify.NotificationSent(**(known | fields))  # type: ignore[arg-type]  # any fields


def one_of_each(ticket_id: str) -> list[Fact]:
    """Every fact that a ticket can meet, in an order that could happen."""
    cause = derived_id("cause", ticket_id)
    told = {
        "delivery_id": cause,
        "about_event_id": cause,
        "about_type": "ticket.opened",
        "recipient": "customer",
        "channel": "email",
        "template": "opened@en",
    }
    opening = an_opening(ticket_id)
    return [
        opening,
        a_routing(),
        routing.TicketQueued(seen=SEEN, queue="store:hz-wulin", reason="no_capacity", decision=a_decision("dispatch")),
        an_offer(),
        a_mail(cause),
        routing.DeadlineWarned(seen=SEEN, deadline="accept", stage=1, due_at=MORNING),
        routing.TicketOfferExpired(seen=SEEN, technician_id="t-hz-wulin-01", offer=1),
        an_offer("t-hz-wulin-02", offer=2),
        routing.TicketDeclined(seen=SEEN, technician_id="t-hz-wulin-02", reason="太遠"),
        an_offer("t-hz-wulin-03", offer=3),
        routing.TicketAccepted(seen=SEEN, technician_id="t-hz-wulin-03"),
        intake.TicketFollowedUp(contact=opening.contact, customer=opening.customer, description="快一點，杯蓋也裂了"),
        routing.TicketStarted(seen=SEEN),
        routing.TicketWaited(seen=SEEN, waiting_for="customer"),
        routing.TicketNoted(seen=SEEN, text="等客戶回電"),
        routing.TicketReplied(seen=SEEN, text="您好"),
        routing.TicketResumed(seen=SEEN),
        routing.TicketPrioritySet(seen=SEEN, priority="urgent"),
        routing.TicketResolved(seen=SEEN, reason="換新"),
        routing.TicketReopened(seen=SEEN, reason="又漏了"),
        an_offer("t-hz-wulin-03", offer=4, round=2),
        routing.TicketAccepted(seen=SEEN, technician_id="t-hz-wulin-03"),
        routing.TicketResolved(seen=SEEN),
        routing.TicketClosed(seen=SEEN),
        routing.TicketReopened(seen=SEEN),
        routing.TicketCancelled(seen=SEEN),
        notify.NotificationFailed(**told, reason="gave_up", attempts=5),  # type: ignore[arg-type]  # as `told`
        notify.NotificationSuppressed(**told, reason="too_old"),  # type: ignore[arg-type]  # as `told`
    ]


@dataclass
class Pen:
    """Puts facts into envelopes as their owners would: sequences per source, times that rise."""

    ticket_id: str
    at: datetime = MORNING
    step: timedelta = timedelta(seconds=1)
    sequences: dict[str, int] = field(default_factory=dict)

    def write(self, fact: Fact, *, actor: str = "system:test") -> Event:
        source = fact.SOURCE
        sequence = self.sequences[source] = self.sequences.get(source, 0) + 1
        self.at += self.step
        return Event(
            id=derived_id(source, self.ticket_id, sequence),
            source=source,
            type=fact.TYPE,
            version=fact.VERSION,
            subject=self.ticket_id,
            sequence=sequence,
            occurred_at=self.at,
            recorded_at=self.at,
            causation_id=derived_id("cause", self.ticket_id),
            correlation_id=derived_id("journey", self.ticket_id),
            actor=actor,
            data=fact,
        )

    def write_all(self, facts: Sequence[Fact]) -> list[Event]:
        return [self.write(fact) for fact in facts]
