"""Where a ticket stands among others: who holds it, whose list it waits on, which crews a change concerns."""

from dataclasses import dataclass

from services.routing.ticket.state import Held, Open, Opened, Queued, TicketState
from shared.events.fact import Priority
from shared.ids import StoreId, TechnicianId


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a crew's waiting list."""

    store_id: StoreId
    priority: Priority
    opened: Opened
    skills: tuple[str, ...]
    asked: tuple[TechnicianId, ...]
    reason: str | None
    """Why it was queued, as the ticket says; None when dispatch has not looked at it yet."""


def holder(state: TicketState) -> TechnicianId | None:
    """Who has the ticket, so that it counts against their capacity."""
    return state.technician_id if isinstance(state, Held) else None


def place_of(state: TicketState) -> Place | None:
    """Its place on a waiting list: routed to a store, known to be opened, and nobody has it."""
    known = state.known
    if not isinstance(state, Open | Queued) or known.opened is None or known.store_id is None or not known.routed:
        return None
    reason = state.reason if isinstance(state, Queued) else None
    return Place(known.store_id, known.priority, known.opened, known.skills, known.asked, reason)


def crew_with_room(before: TicketState, after: TicketState) -> StoreId | None:
    """The crew in which a place fell free, so that whoever waits may have it: dispatch looks at the whole list."""
    if holder(before) is None or holder(before) == holder(after):
        return None
    return before.known.store_id


def crew_to_ask(before: TicketState, after: TicketState) -> StoreId | None:
    """The crew on whose list the ticket came: dispatch looks at what is new on it.

    Who waited before needs no other look: for them nothing changed. That a ticket was queued is dispatch's own answer
    and asks nobody, else it would look for ever.
    """
    place = place_of(after)
    if place is None or place.reason is not None or _eligibility(place) == _eligibility(place_of(before)):
        return None
    return place.store_id


def _eligibility(place: Place | None) -> object:
    """What of a place can change whom dispatch may choose, or whether it goes first."""
    return place and (place.store_id, place.priority, place.skills, place.asked)
