"""A waiting ticket as dispatch must know it, and the order in which tickets are served."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from services.routing.geodesy.distance import Place
from shared.events.fact import Priority
from shared.ids import TechnicianId, TicketId

PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
"""The least pressing first. Which one a new ticket gets is the workflow's matrix (`needs.py`)."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What few tickets say about who should do them. Equal wants are weighed once for a whole batch."""

    category: str | None = None
    """Tells the units, by the policy's table."""
    units: int | None = None
    """How much of a capacity it takes, instead of the table's."""
    whole: bool = False
    """Whether it takes a whole technician; then `units` does not matter."""
    levels: frozenset[tuple[str, int]] = frozenset()
    """Skill and the level that is needed of it; a skill that is not here is needed at level 1."""
    additional: frozenset[str] = frozenset()
    """Skills that are only wished for: needed at first, dropped after the policy's `relax_after_s`."""
    parts: frozenset[str] = frozenset()
    """What the technician must have with them."""
    customer_id: str | None = None
    place: Place | None = None
    division: str | None = None
    """GB/T 2260 code of where it is, 6 digits, or 9 for a township."""
    excluded: frozenset[TechnicianId] = frozenset()
    """Whom this customer does not want again."""
    preferred: frozenset[TechnicianId] = frozenset()
    same_order: frozenset[TechnicianId] = frozenset()
    """Who worked on the same order."""
    history: frozenset[tuple[TechnicianId, datetime]] = frozenset()
    """Who served this customer, and when."""
    declined: frozenset[tuple[TechnicianId, datetime]] = frozenset()
    """Who declined this ticket in any round, and when."""
    blocked_by: frozenset[str] = frozenset()
    """What must be finished first."""


PLAIN = Wants()


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """A ticket on its store's waiting list, as far as dispatch must know it."""

    ticket_id: TicketId
    priority: Priority
    opened_at: datetime
    """Aware UTC; "oldest" is this, then the id."""
    skills: frozenset[str] = frozenset()
    """What a technician must be able to do; all of them."""
    asked: frozenset[TechnicianId] = frozenset()
    """Who was already asked in this round and declined or let the time pass."""
    wants: Wants = PLAIN
    waiting_since: datetime | None = None
    """When it began to wait for somebody; None: since it was opened. Ladder and relaxation count from here."""


_RANKS: Final = {priority: rank for rank, priority in enumerate(PRIORITIES)}


def rank(priority: Priority) -> int:
    """A number that is higher for what goes first."""
    return _RANKS[priority]


def turn(ticket: WaitingTicket) -> tuple[int, datetime, TicketId]:
    """The order of service: highest priority first, then the longest open, then the lowest id."""
    return -_RANKS[ticket.priority], ticket.opened_at, ticket.ticket_id
