"""Which tickets are asked for: the same filters for lists and for live views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

EQUAL_FILTERS = ("status", "store", "technician", "channel", "category", "priority", "customer")
"""Filters that name one value, or several of which one must be met."""

COLUMNS: Mapping[str, str] = {
    "status": "l.status",
    "store": "l.store_id",
    "technician": "l.technician_id",
    "channel": "l.channel",
    "category": "l.category",
    "priority": "l.priority",
    "customer": "s.customer_id",
}
"""The column for each of `EQUAL_FILTERS`: of `ticket_list` (l), or of `ticket_search` (s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list or a live view is narrowed to; an empty tuple and None narrow nothing."""

    status: tuple[str, ...] = ()
    store: tuple[str, ...] = ()
    technician: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    overdue: bool | None = None
    q: str | None = None
    opened_from: datetime | None = None
    """Inclusive."""
    opened_to: datetime | None = None
    """Exclusive."""
    bound_store: str | None = None
    """The store of the caller's token, whatever they asked for."""
