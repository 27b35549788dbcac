"""The ticket as people see it: a fold of its events (the shape is the front doors', `api.md`).

What flips without an event is never folded: `overdue` is computed at the asked instant, `position` is the answer's.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from shared.events import intake, notify, routing
from shared.events.envelope import Attributes
from shared.events.fact import Fact, SealedValue

Document = dict[str, Any]
"""A ticket as stored: the keys of `UNOPENED`, JSON values; instants as text in UTC."""

ROUTING = "/routing"
SETTLED = frozenset({"resolved", "closed", "cancelled", "merged"})
"""States in which nothing is owed any more."""
HELD = frozenset({"offered", "accepted", "in_progress", "waiting"})
"""States in which a ticket counts against its technician's capacity."""

UNOPENED: Document = {
    "ticket_id": None,
    "ticket_number": None,
    "version": 0,
    "status": "open",
    "priority": "normal",
    "urgency": "normal",
    "category": None,
    "channel": None,
    "store_id": None,
    "technician_id": None,
    "customer": {"customer_id": None, "name": None, "phone": None},
    "description": None,
    "address": {"text": None, "code": None, "names": None},
    "order_id": None,
    "product_sku": None,
    "opened_at": None,
    "accept_by": None,
    "due_at": None,
    "as_of": None,
    "urges": 0,
    "reopened": 0,
    "tags": [],
    "related_ticket_ids": [],
    "queue": None,
}
"""Before the first event; also what a ticket stands on whose opening could not be read and was given up."""

NOBODY: Document = {"technician_id": None, "accept_by": None, "queue": None}
T = TypeVar("T")


def fold(document: Document | None, attributes: Attributes, data: Fact, seen_at: datetime) -> Document:
    """The ticket after one more event, seen at `seen_at` (its `e`). Total: every fact is taken, and none is refused."""
    before = document if document is not None else unopened(attributes)
    after = before | changes(before, attributes, data)
    after["as_of"] = instant_text(seen_at)
    if attributes.source == ROUTING:
        after["version"] = attributes.sequence
    return after


def unopened(attributes: Attributes) -> Document:
    """The ticket before its first event; its opening, if it comes at all, says the rest."""
    return {**UNOPENED, "ticket_id": attributes.subject, "opened_at": instant_text(attributes.occurred_at)}


def changes(before: Document, attributes: Attributes, data: Fact) -> Document:
    """What one fact changes. One that is only told about (a note, a warning, a mail) changes nothing shown here."""
    match data:
        case intake.TicketOpened():
            return opened(attributes, data)
        case routing.TicketRouted():
            return routed(before, data)
        case routing.TicketAssigned():
            return assigned(data)
        case notify.NotificationFact():
            return {}
        case routing.TicketQueued():
            return {**NOBODY, "status": "queued", "queue": {"name": data.queue, "reason": data.reason}}
        case routing.TicketDeclined() | routing.TicketOfferExpired():
            return {**NOBODY, "status": "open"}
        case routing.TicketReopened():
            # Its old technician, if they have room, is chosen by the next event.
            return {**NOBODY, "status": "open", "reopened": before["reopened"] + 1}
        case routing.TicketPrioritySet():
            return {"priority": data.priority}
        case _:
            status = STATUS_AFTER.get(type(data))
            return {} if status is None else {"status": status, "accept_by": None, "queue": None}


STATUS_AFTER: dict[type[Fact], str] = {
    routing.TicketAccepted: "accepted",
    routing.TicketStarted: "in_progress",
    routing.TicketWaited: "waiting",
    routing.TicketResumed: "in_progress",
    routing.TicketResolved: "resolved",
    routing.TicketClosed: "closed",
    routing.TicketCancelled: "cancelled",
}
"""Facts that say nothing but the new state."""


def opened(attributes: Attributes, data: intake.TicketOpened) -> Document:
    """Every initial value. Before routing has decided, the store is the one that the contact named."""
    customer = data.customer
    return {
        "ticket_number": data.ticket_number,
        "urgency": data.urgency,
        "channel": data.contact.channel,
        "store_id": data.store_id,
        "customer": {
            "customer_id": customer.customer_id,
            "name": plain(customer.name),
            "phone": plain(customer.phone),
        },
        "description": plain(data.description),
        "address": {"text": plain(data.address_text), "code": None, "names": None},
        "order_id": data.order_id,
        "product_sku": data.product_sku,
        "opened_at": instant_text(attributes.occurred_at),
        "related_ticket_ids": [str(related) for related in data.related_ticket_ids],
    }


def routed(before: Document, data: routing.TicketRouted) -> Document:
    """The store, the priority and the place that the address names."""
    address = {"text": before["address"]["text"], "code": data.address.code, "names": data.address.names or None}
    return {"store_id": data.store_id, "priority": data.priority, "category": data.category, "address": address}


def assigned(data: routing.TicketAssigned) -> Document:
    """Somebody was chosen and has until `accept_by` to take it."""
    return {
        "status": "offered",
        "store_id": data.store_id,
        "technician_id": data.technician_id,
        "accept_by": instant_text(data.accept_by),
        "queue": None,
    }


def plain(value: T | SealedValue) -> T | None:
    """A personal value as text; None while it is sealed."""
    return None if isinstance(value, SealedValue) else value


def due_at(document: Document) -> str | None:
    """The next instant by which something is owed on it (text in UTC), None when nothing is."""
    if document["status"] in SETTLED:
        return None
    owed = [at for at in (document["accept_by"], document["due_at"]) if at is not None]
    return min(owed, default=None)


def is_overdue(document: Document, at: datetime) -> bool:
    """Whether something was owed before `at` and is not done."""
    owed = due_at(document)
    return owed is not None and owed < instant_text(at)


def shown(document: Document, *, at: datetime, position: str) -> Document:
    """The answer for a ticket at the instant `at`: the stored document with what is computed."""
    return {**document, "overdue": is_overdue(document, at), "position": position}


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds and `Z`: texts of this form sort as their instants do."""
    moved = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{moved.isoformat(timespec='microseconds')[:-6]}Z"


def to_bytes(document: Document) -> bytes:
    """The document as stored, the same bytes for the same document: JSON, keys in the order of `UNOPENED`."""
    return orjson.dumps(document)
