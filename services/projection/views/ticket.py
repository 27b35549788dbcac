"""The ticket as people see it: a fold of its events (the shape is the front doors', `api.md`).

What flips without an event is never folded: `overdue` is computed at the asked instant, `stopped` looked up, and
`position` is the answer's.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from shared.events import intake, routing
from shared.events.envelope import Attributes
from shared.events.fact import Fact, SealedValue

Document = dict[str, Any]
"""A ticket as stored: the keys of `UNOPENED`, JSON values; instants as text in UTC."""

Stopped = dict[str, Any]
"""Why a ticket waits: `{kind, reason, waiting}`, the last the number of records behind the one that stopped it."""

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
Change = Callable[[Document, Attributes, Any], Document]
"""What of a ticket is other after a fact, from the ticket before it."""
T = TypeVar("T")


def fold(document: Document | None, attributes: Attributes, data: Fact, seen_at: datetime) -> Document:
    """The ticket after one more event, seen at `seen_at` (its `e`). Total: every fact is taken, and none is refused."""
    return stamped(changed(document, attributes, data), seen_at)


def changed(document: Document | None, attributes: Attributes, data: Fact) -> Document:
    """`fold` but for `as_of`, which a run of events needs only once: then `stamped`. Changes no document in place."""
    after = document.copy() if document is not None else unopened(attributes)
    change = CHANGES.get(type(data))
    if change is not None:
        after.update(change(after, attributes, data))
    if attributes.source == ROUTING:
        after["version"] = attributes.sequence
    return after


def stamped(document: Document, seen_at: datetime) -> Document:
    """The document as of the event that was seen then."""
    return document | {"as_of": instant_text(seen_at)}


def unopened(attributes: Attributes) -> Document:
    """The ticket before its first event; its opening, if it comes at all, says the rest."""
    return {**UNOPENED, "ticket_id": attributes.subject, "opened_at": instant_text(attributes.occurred_at)}


def opened(_: Document, attributes: Attributes, data: intake.TicketOpened) -> Document:
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


def routed(before: Document, _: Attributes, data: routing.TicketRouted) -> Document:
    """The store, the priority and the place that the address names."""
    address = {"text": before["address"]["text"], "code": data.address.code, "names": data.address.names or None}
    return {"store_id": data.store_id, "priority": data.priority, "category": data.category, "address": address}


def assigned(_before: Document, _: Attributes, data: routing.TicketAssigned) -> Document:
    """Somebody was chosen and has until `accept_by` to take it."""
    return {
        "status": "offered",
        "store_id": data.store_id,
        "technician_id": data.technician_id,
        "accept_by": instant_text(data.accept_by),
        "queue": None,
    }


def queued(_before: Document, _: Attributes, data: routing.TicketQueued) -> Document:
    """Nobody works on it now."""
    return {**NOBODY, "status": "queued", "queue": {"name": data.queue, "reason": data.reason}}


def given_back(*_: object) -> Document:
    """Who was offered it does not take it."""
    return {**NOBODY, "status": "open"}


def reopened(before: Document, *_: object) -> Document:
    """It was not settled after all. Its old technician, if they have room, is chosen by the next event."""
    return {**NOBODY, "status": "open", "reopened": before["reopened"] + 1}


def priority_set(_before: Document, _: Attributes, data: routing.TicketPrioritySet) -> Document:
    """A person chose the priority."""
    return {"priority": data.priority}


def moved_to(status: str) -> Change:
    """A fact that says nothing but the new state."""
    change: Document = {"status": status, "accept_by": None, "queue": None}
    return lambda *_: change


CHANGES: Mapping[type[Fact], Change] = {
    intake.TicketOpened: opened,
    routing.TicketRouted: routed,
    routing.TicketQueued: queued,
    routing.TicketAssigned: assigned,
    routing.TicketAccepted: moved_to("accepted"),
    routing.TicketDeclined: given_back,
    routing.TicketOfferExpired: given_back,
    routing.TicketStarted: moved_to("in_progress"),
    routing.TicketWaited: moved_to("waiting"),
    routing.TicketResumed: moved_to("in_progress"),
    routing.TicketResolved: moved_to("resolved"),
    routing.TicketClosed: moved_to("closed"),
    routing.TicketReopened: reopened,
    routing.TicketCancelled: moved_to("cancelled"),
    routing.TicketPrioritySet: priority_set,
}
"""What each fact changes. One that is only told about (a note, a warning, a mail) is not here: it changes nothing."""


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


def shown(document: Document, *, at: datetime, position: str, stopped: Stopped | None = None) -> Document:
    """The answer for a ticket at the instant `at`: the stored document with what is computed.

    `stopped`: behind which record it waits now, if it does; then what is shown is not all that happened to it.
    """
    return {**document, "overdue": is_overdue(document, at), "stopped": stopped, "position": position}


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds and `Z`: texts of this form sort as their instants do."""
    moved = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{moved.isoformat(timespec='microseconds')[:-6]}Z"


def to_bytes(document: Document) -> bytes:
    """The document as stored, the same bytes for the same document: JSON, keys in the order of `UNOPENED`."""
    return orjson.dumps(document)
