"""A contact: one thing that came in through a channel, in the form that is the same for all channels.

Pure: what arrived and what was recorded go in, facts and answers come out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import orjson

from services.intake.understand.ticket_number import TicketNumber
from shared.events.envelope import Draft, Event
from shared.events.fact import Channel, Language, Urgency
from shared.events.intake import Contact, Customer, Order, Product, TicketFollowedUp, TicketOpened
from shared.ids import ContactId, TicketId, derived_id
from shared.log.position import fact_position

SOURCE: Final = "/intake"
EXCERPT_LENGTH: Final = 200

Disposition: TypeAlias = Literal["opened", "follow_up", "urge", "duplicate", "filtered", "refused", "dead_lettered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A contact as it arrived, validated. `phone` is E.164, or as it came when withheld; `phone_e164` only a number."""

    channel: Channel
    external_id: str
    digest: bytes
    description: str
    actor: str
    customer_name: str | None = None
    phone: str | None = None
    phone_e164: str | None = None
    email: str | None = None
    language: Language | None = None
    store_id: str | None = None
    order_id: str | None = None
    product_sku: str | None = None
    address: str | None = None
    urgency: Urgency = "normal"
    named: TicketNumber | None = None
    """The ticket that the contact names, when that is a ticket number."""
    details: Mapping[str, str] = field(default_factory=dict)
    traceparent: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes two arrivals the same contact."""
        return (self.channel, self.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the directory knows about one arrival, at the moment it is recorded."""

    customer: Customer
    order: Order | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A contact as it is stored, together with the number of its ticket; the answer is a function of this alone."""

    is_new: bool
    digest: bytes
    contact_id: ContactId
    disposition: Disposition
    ticket_id: TicketId
    ticket_number: str
    related_ticket_ids: list[UUID]
    sequence: int
    """Of the fact that the contact became, on its ticket, among intake's."""
    recorded_at: datetime
    opening_contact_id: ContactId


def contact_id_of(channel: str, external_id: str) -> ContactId:
    """The id of a contact: the same whenever the same contact comes again, on every machine."""
    return ContactId(derived_id("contact", channel, external_id))


def answer_of(recorded: Recorded) -> bytes:
    """What the caller is told, byte for byte the same each time the contact comes again."""
    return orjson.dumps(
        {
            "contact_id": str(recorded.contact_id),
            "disposition": recorded.disposition,
            "ticket_id": str(recorded.ticket_id),
            "ticket_number": recorded.ticket_number,
            "related_ticket_ids": [str(ticket_id) for ticket_id in recorded.related_ticket_ids],
            "position": fact_position(recorded.ticket_id, {SOURCE: recorded.sequence}),
        }
    )


def event_of(arrival: Arrival, known: Known, recorded: Recorded) -> Event:
    """The event that a new contact becomes, caused by the contact itself."""
    is_opening = recorded.disposition == "opened"
    return Draft(
        subject=str(recorded.ticket_id),
        sequence=recorded.sequence,
        data=opened(arrival, known, recorded) if is_opening else followed_up(arrival, known, recorded),
        occurred_at=recorded.recorded_at,
        recorded_at=recorded.recorded_at,
        causation_id=recorded.contact_id,
        correlation_id=recorded.opening_contact_id,
        actor=arrival.actor,
        purpose="contact",
        traceparent=arrival.traceparent,
    ).event()


def opened(arrival: Arrival, known: Known, recorded: Recorded) -> TicketOpened:
    """The fact that a contact became a ticket, with every initial value."""
    return TicketOpened(
        ticket_id=recorded.ticket_id,
        ticket_number=recorded.ticket_number,
        contact=contact_part(arrival, recorded),
        customer=known.customer,
        description=arrival.description,
        address_text=arrival.address,
        store_id=arrival.store_id,
        order_id=arrival.order_id,
        product_sku=arrival.product_sku,
        order=known.order,
        product=known.product,
        urgency=arrival.urgency,
        related_ticket_ids=recorded.related_ticket_ids,
    )


def followed_up(arrival: Arrival, known: Known, recorded: Recorded) -> TicketFollowedUp:
    """The fact that a contact joined an open ticket."""
    return TicketFollowedUp(
        contact=contact_part(arrival, recorded), customer=known.customer, description=arrival.description
    )


def contact_part(arrival: Arrival, recorded: Recorded) -> Contact:
    """Which arrival it was: enough to rebuild intake's own tables and its first answer from the log."""
    return Contact(
        contact_id=recorded.contact_id,
        channel=arrival.channel,
        external_id=arrival.external_id,
        digest=recorded.digest.hex(),
        details=dict(arrival.details),
    )


def customer_of(arrival: Arrival, found: Customer | None) -> Customer:
    """Who it is about: what the contact says, and behind that what the directory knows of the one who matched."""
    if found is None:
        return Customer(
            name=arrival.customer_name, phone=arrival.phone, email=arrival.email or None, language=arrival.language
        )
    return Customer(
        customer_id=found.customer_id,
        name=arrival.customer_name or found.name,
        phone=arrival.phone or found.phone,
        email=arrival.email or found.email,
        language=arrival.language or found.language,
    )


def excerpt_of(arrival: Arrival) -> str:
    """The beginning of what the contact says, for the screen of whoever takes the next call."""
    return arrival.description[:EXCERPT_LENGTH]
