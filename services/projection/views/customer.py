"""A customer as the contacts of all channels show them. There is no directory here: what the events say is all."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from services.projection.views.ticket import instant_text, plain
from shared.events.envelope import Attributes
from shared.events.fact import Fact
from shared.events.intake import Customer, TicketFollowedUp, TicketOpened

CONTACT_TYPES = (TicketOpened.TYPE, TicketFollowedUp.TYPE)


class Contacted(NamedTuple):
    """An event by which a contact opened or joined a ticket."""

    attributes: Attributes
    data: Fact
    seen_at: datetime


def customer_view(customer_id: str, contacted: Iterable[Contacted]) -> dict[str, Any]:
    """Who it is (the newest contact knows best), every contact, newest first, and the orders they were about."""
    contacts: list[dict[str, Any]] = []
    orders: dict[str, dict[str, Any]] = {}
    newest: Customer | None = None
    for one in contacted:
        data = one.data
        if not isinstance(data, TicketOpened | TicketFollowedUp):
            continue
        newest = data.customer
        contacts.append(contact_item(one, data))
        if isinstance(data, TicketOpened) and data.order_id is not None:
            orders[data.order_id] = order_item(data)
    return {
        "customer": customer_item(customer_id, newest),
        "contacts": contacts[::-1],
        "orders": list(orders.values()),
    }


def customer_item(customer_id: str | None, customer: Customer | None) -> dict[str, Any]:
    """Who it is, as far as is known."""
    found = customer or Customer()
    return {
        "customer_id": customer_id,
        "name": plain(found.name),
        "phone": plain(found.phone),
        "email": plain(found.email),
        "language": found.language,
    }


def contact_item(one: Contacted, data: TicketOpened | TicketFollowedUp) -> dict[str, Any]:
    """One thing that came in, through which channel, and the ticket it opened or joined."""
    return {
        "contact_id": str(data.contact.contact_id),
        "channel": data.contact.channel,
        "external_id": data.contact.external_id,
        "disposition": "opened" if isinstance(data, TicketOpened) else "follow_up",
        "ticket_id": one.attributes.subject,
        "description": plain(data.description),
        "occurred_at": instant_text(one.attributes.occurred_at),
        "recorded_at": instant_text(one.seen_at),
    }


def order_item(data: TicketOpened) -> dict[str, Any]:
    """An order as the contact named it, with what the directory knew of it then."""
    known = data.order.model_dump(mode="json") if data.order is not None else {}
    unknown: dict[str, Any] = {
        "order_id": data.order_id,
        "ordered_at": None,
        "store_id": None,
        "skus": [],
        "warranty_ends_at": None,
    }
    return unknown | known
