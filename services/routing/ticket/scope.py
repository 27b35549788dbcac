"""Whose tickets one may touch: agents and the boss all, a store its own, a technician their own."""

from services.routing.ticket.places import holder
from services.routing.ticket.state import TicketState
from shared.errors import Refused
from shared.identity.principal import Principal, Role
from shared.ids import StoreId, TechnicianId


def store_of(state: TicketState) -> StoreId | None:
    """The ticket's store: routing's choice, and before that the one that the contact named."""
    known = state.known
    if known.routed or known.opened is None:
        return known.store_id
    return known.opened.store_id


def check_reads(state: TicketState, by: Principal) -> None:
    """Refuse (403) a store or technician another store's ticket."""
    if by.role in (Role.STORE, Role.TECHNICIAN) and store_of(state) != by.store_id:
        raise _foreign(by, "store")


def has_ticket(state: TicketState, by: Principal) -> bool:
    """Whether a technician has the ticket, or had it last while nobody has; agents, stores and the boss always do.

    The one rule of what may be done about a ticket: `actions` promises by it, `commands` refuses by it.
    """
    if by.role is not Role.TECHNICIAN:
        return True
    return by.technician_id is not None and by.technician_id == (holder(state) or state.known.technician_id)


def check_commands(state: TicketState, by: Principal) -> None:
    """Refuse (403) whoever may not command this ticket at all, whatever the command.

    A technician's own are those they hold, or were asked about in this round, or did last: who answers late is told
    what is allowed now (422), not that the ticket is none of their business.
    """
    check_reads(state, by)
    if not has_ticket(state, by) and by.technician_id not in {state.known.technician_id, *state.known.asked}:
        raise _foreign(by, "technician")


def check_duty(technician_id: TechnicianId, store_id: StoreId, by: Principal) -> None:
    """Refuse (403) to send a technician on or off duty whose store or self one is not."""
    if by.role is Role.TECHNICIAN and by.technician_id != technician_id:
        raise Refused(403, "Forbidden", f"{by.actor}: expected oneself, got {technician_id}")
    if by.role is Role.STORE and by.store_id != store_id:
        raise Refused(403, "Forbidden", f"{by.actor}: {technician_id} is of another store")


def _foreign(by: Principal, whose: str) -> Refused:
    return Refused(403, "Forbidden", f"{by.actor}: this ticket belongs to another {whose}")
