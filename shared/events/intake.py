"""Facts that intake records: what came in from outside."""

from typing import Any, ClassVar
from uuid import UUID

from shared.events.fact import Channel, Fact, Ids, Instant, Language, Part, Personal, Source, Urgency


class Customer(Part):
    """Who it is about, as known at that moment. `customer_id` only when exactly one customer matched."""

    customer_id: str | None = None
    name: Personal[str | None] = None
    phone: Personal[str | None] = None
    """E.164 where it could be read as a number, else as it came."""
    email: Personal[str | None] = None
    language: Language | None = None


class Product(Part):
    """A product as the directory knew it then."""

    sku: str
    name: str | None = None
    category: str | None = None


class Order(Part):
    """An order as the directory knew it then."""

    order_id: str
    ordered_at: Instant | None = None
    store_id: str | None = None
    skus: list[str] = []
    warranty_ends_at: Instant | None = None


class Contact(Part):
    """Which arrival this was: enough to rebuild intake's own tables and its first answer from the log."""

    contact_id: UUID
    channel: Channel
    external_id: str
    digest: str
    """SHA-256 (hex) of the validated body in RFC 8785 form, nulls left out."""
    details: dict[str, Personal[str]] = {}
    """What only this channel has (clerk, caller, callee, agent, recording_url)."""


class TicketOpened(Fact):
    """A contact became a ticket; carries every initial value, so that history alone rebuilds it."""

    TYPE: ClassVar[str] = "ticket.opened"
    VERSION: ClassVar[int] = 2
    SOURCE: ClassVar[Source] = "/intake"

    ticket_id: UUID
    ticket_number: str
    contact: Contact
    customer: Customer
    description: Personal[str]
    address_text: Personal[str | None] = None
    store_id: str | None = None
    """The store that the contact named, known or not."""
    order_id: str | None = None
    """As it came; `order` is set only when the directory knows it."""
    product_sku: str | None = None
    order: Order | None = None
    product: Product | None = None
    urgency: Urgency = "normal"
    related_ticket_ids: Ids = []


class TicketFollowedUp(Fact):
    """A later contact joined a ticket that was open."""

    TYPE: ClassVar[str] = "ticket.followed_up"
    SOURCE: ClassVar[Source] = "/intake"

    contact: Contact
    customer: Customer
    description: Personal[str]


def lift_ticket_opened_1(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had the contact's parts at the top, and a flag instead of a word for urgency."""
    lifted = dict(data)
    lifted["contact"] = {
        "contact_id": lifted.pop("contact_id"),
        "channel": lifted.pop("channel"),
        "external_id": lifted.pop("external_id"),
        "digest": lifted.pop("digest"),
        "details": {},
    }
    lifted["urgency"] = "high" if lifted.pop("urgent") else "normal"
    return lifted
