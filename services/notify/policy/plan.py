"""What notify keeps of a ticket, and which deliveries follow from an event about it.

Pure: no clock, no network, no database.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.envelope import Attributes
from shared.events.fact import Fact, Language, SealedValue
from shared.events.intake import TicketFollowedUp, TicketOpened
from shared.events.routing import TicketAssigned, TicketReplied, TicketResolved, TicketRouted
from shared.identity.principal import Role
from shared.ids import derived_id
from shared.policies import Policies
from shared.policies.notification import NotificationRule, Recipient

SENDER = f"{Role.INTEGRATION.value}:"
"""How the actor of an integration begins."""

TEXT_CHARACTERS_MAX = 2_000
"""What a letter quotes of a description; a reply and a reason are told whole."""

Fate = Literal["waiting", "no_address", "too_old"]
"""What becomes of a planned delivery: told soon, or never, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What has to be known of a ticket to tell people about it; from the events alone."""

    ticket_id: UUID
    number: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    email: str | None = None
    language: Language | None = None
    store_id: str | None = None
    technician_id: str | None = None
    product: str | None = None
    description: str | None = None
    senders: tuple[str, ...] = ()
    """The integrations that sent a contact of it: they see what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One person to be told of one event through one channel."""

    id: UUID
    ticket_id: UUID
    event_id: UUID
    event_type: str
    correlation_id: UUID
    recipient: Recipient
    recipient_id: str | None
    channel: Literal["email"]
    template: str
    values: dict[str, str] = field(default_factory=dict)
    fate: Fate = "waiting"


def take_in(ticket: Ticket, fact: Fact | None, *, actor: str) -> Ticket:
    """The ticket after `fact` of `actor`. Total: a fact that says nothing new about whom to tell leaves it as it is."""
    if actor.startswith(SENDER) and actor not in ticket.senders:
        ticket = replace(ticket, senders=(*ticket.senders, actor))
    match fact:
        case TicketOpened():
            return opened(ticket, fact)
        case TicketFollowedUp():
            return replace(ticket, email=ticket.email or plain(fact.customer.email))
        case TicketRouted():
            return replace(ticket, store_id=fact.store_id or ticket.store_id)
        case TicketAssigned():
            return replace(ticket, store_id=fact.store_id, technician_id=fact.technician_id)
        case _:
            return ticket


def opened(ticket: Ticket, fact: TicketOpened) -> Ticket:
    """The ticket as it was opened."""
    product = fact.product
    description = plain(fact.description)
    return replace(
        ticket,
        number=fact.ticket_number,
        customer_id=fact.customer.customer_id,
        customer_name=plain(fact.customer.name),
        email=plain(fact.customer.email),
        language=fact.customer.language,
        store_id=ticket.store_id or fact.store_id,
        product=(product.name or product.sku) if product else fact.product_sku,
        description=shortened(description) if description else None,
    )


def plan_deliveries(
    event: Attributes,
    fact: Fact | None,
    ticket: Ticket,
    policies: Policies,
    *,
    now: datetime,
    age_max: timedelta,
) -> list[Delivery]:
    """Whom to tell of `event`, `ticket` being the ticket after it.

    The ids are the same whenever the same event is planned again, so nobody is planned twice.
    """
    rules = policies.notification()
    if rules is None:
        return []
    too_old = min(event.occurred_at, event.recorded_at) < now - age_max
    return [
        planned(event, fact, ticket, rule, recipient, too_old=too_old)
        for rule in rules.about(event.type)
        for recipient in dict.fromkeys(rule.to)
        if recipient == "customer" or recipient_id(recipient, ticket)
    ]


def planned(
    event: Attributes,
    fact: Fact | None,
    ticket: Ticket,
    rule: NotificationRule,
    recipient: Recipient,
    *,
    too_old: bool,
) -> Delivery:
    """The delivery to one recipient."""
    fate: Fate = "waiting"
    if too_old:
        fate = "too_old"
    elif recipient == "customer" and not ticket.email:
        fate = "no_address"
    return Delivery(
        id=delivery_id(event.id, recipient, rule.channel),
        ticket_id=ticket.ticket_id,
        event_id=event.id,
        event_type=event.type,
        correlation_id=event.correlation_id,
        recipient=recipient,
        recipient_id=recipient_id(recipient, ticket),
        channel=rule.channel,
        template=rule.template,
        values=values_of(ticket, fact),
        fate=fate,
    )


def delivery_id(event_id: UUID, recipient: str, channel: str) -> UUID:
    """The id of the one delivery of an event to a recipient through a channel."""
    return derived_id(event_id, recipient, channel)


def recipient_id(recipient: Recipient, ticket: Ticket) -> str | None:
    """Which customer, store or technician that is for this ticket; None: not known, or nobody."""
    match recipient:
        case "customer":
            return ticket.customer_id
        case "store":
            return ticket.store_id
        case "technician":
            return ticket.technician_id


def values_of(ticket: Ticket, fact: Fact | None) -> dict[str, str]:
    """What the letter may name, as it was when the event happened.

    Names of stores and people are joined when it is written.
    """
    values = {
        "number": ticket.number,
        "customer_name": ticket.customer_name,
        "store_id": ticket.store_id,
        "technician_id": ticket.technician_id,
        "product": ticket.product,
        "description": ticket.description,
    }
    match fact:
        case TicketReplied():
            values["text"] = plain(fact.text)
        case TicketResolved():
            values["reason"] = plain(fact.reason)
        case TicketAssigned():
            values["accept_by"] = fact.accept_by.isoformat()
        case _:
            pass
    return {name: value for name, value in values.items() if value}


def plain(value: str | SealedValue | None) -> str | None:
    """A personal value that is readable here; a sealed one is as good as unknown."""
    return value or None if isinstance(value, str) else None


def shortened(text: str) -> str:
    """A text short enough for a letter."""
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[:TEXT_CHARACTERS_MAX] + "…"
