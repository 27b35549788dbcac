"""What a document says of a ticket, and its technicians of it, as the waiting ticket that dispatch serves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from services.routing.dispatch import fields as read
from services.routing.dispatch.waiting import WaitingTicket, Wants
from shared.ids import TechnicianId, TicketId

_SHOWN: Final = (
    "ticket_number version status urgency channel store_id technician_id description product_sku accept_by due_at "
    "overdue as_of urges reopened tags related_ticket_ids queue position"
)
"""What a ticket is shown with beside what decides: it can be given here as it came from there."""
TICKET: Final = read.table(
    {
        "id ticket_id": read.text,
        "priority": read.priority,
        "opened_at created_at": read.instant,
        "waiting_since queued_at": read.instant,
        "skills required_skills": read.skills,
        "additional_skills wished_skills": read.skills,
        "parts required_parts": read.texts,
        "category": read.text,
        "units weight": read.units,
        "customer customer_id": read.customer,
        "order order_id": read.text,
        **read.PLACED,
        "division": read.division,
        "address": read.address,
        "preferred preferred_technician preferred_technician_id preferred_technicians": read.texts,
        "same_order": read.texts,
        "history": read.moments("technician"),
        "asked": read.texts,
        "declined declined_by": read.moments("technician"),
        "excluded excluded_technicians": read.texts,
        "blocked_by depends_on": read.texts,
        **dict.fromkeys(_SHOWN.split(), read.unread),
    }
)


class Said:
    """What technicians say about tickets, by what they say it of: looked up for each ticket, not looked for."""

    def __init__(self, technicians: list[dict[str, Any]]) -> None:
        self.declined: dict[str, dict[str, datetime | None]] = {}
        """Ticket → who declined it, and when."""
        self.served: dict[str, dict[str, datetime]] = {}
        """Customer → who served them, and when."""
        self.orders: dict[str, set[str]] = {}
        """Order → who worked on it."""
        for one in technicians:
            for ticket, at in one.get("declined", {}).items():
                self.declined.setdefault(ticket, {})[one["id"]] = at
            for customer, at in one.get("served", {}).items():
                if at is not None:
                    self.served.setdefault(customer, {})[one["id"]] = at
            for order in one.get("orders", ()):
                self.orders.setdefault(order, set()).add(one["id"])


def ticket_of(value: Any, path: str, said: Said, now: datetime) -> WaitingTicket:
    """The ticket at `path`; a skill both needed and wished for is needed, at that level. Raises `Unreadable`."""
    one = read.read_placed(value, path, TICKET)
    skills, wished = one.get("skills", {}), one.get("additional_skills", {})
    id_ = one.get("id", path)
    return WaitingTicket(
        ticket_id=cast("TicketId", id_),
        priority=one.get("priority", "normal"),
        opened_at=one.get("opened_at", now),
        skills=frozenset(skills),
        asked=frozenset(map(TechnicianId, one.get("asked", ()))),
        wants=_wants(one, wished | skills, said, now),
        waiting_since=one.get("waiting_since"),
    )


def _wants(one: Mapping[str, Any], levels: Mapping[str, int], said: Said, now: datetime) -> Wants:
    """What the ticket says itself, and what technicians say about it: who declined, who knows order or customer."""
    declined = _newest(_timed(one.get("declined", {}), now), _timed(said.declined.get(one.get("id", ""), {}), now))
    history = _newest(_timed(one.get("history", {})), said.served.get(one.get("customer") or "", {}))
    same_order = {*one.get("same_order", ()), *said.orders.get(one.get("order", ""), ())}
    units = one.get("units")
    return Wants(
        category=one.get("category"),
        units=None if units == "whole" else units,
        whole=units == "whole",
        levels=frozenset((skill, level) for skill, level in levels.items() if level > 1),
        additional=frozenset(one.get("additional_skills", ())),
        parts=one.get("parts", frozenset()),
        customer_id=one.get("customer"),
        place=one.get("location"),
        division=one.get("division", one.get("address")),
        excluded=frozenset(map(TechnicianId, one.get("excluded", ()))),
        preferred=frozenset(map(TechnicianId, one.get("preferred", ()))),
        same_order=frozenset(map(TechnicianId, same_order)),
        history=frozenset((TechnicianId(id_), at) for id_, at in history.items()),
        declined=frozenset((TechnicianId(id_), at) for id_, at in declined.items()),
        blocked_by=one.get("blocked_by", frozenset()),
    )


def _timed(said: Mapping[str, datetime | None], without: datetime | None = None) -> dict[str, datetime]:
    """What was said with an instant; what was said without one at `without`, or left out."""
    return {id_: moment for id_, at in said.items() if (moment := at or without) is not None}


def _newest(one: Mapping[str, datetime], other: Mapping[str, datetime]) -> dict[str, datetime]:
    """What two sides say together; of what both do, the later."""
    return {**one, **{id_: max(at, one.get(id_, at)) for id_, at in other.items()}}
