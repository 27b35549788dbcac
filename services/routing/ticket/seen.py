"""How much of the other sources a decision had seen."""

from services.routing.ticket.state import TicketState
from shared.events.fact import Seen


def seen_by(state: TicketState) -> Seen:
    """The sequences of the other sources that are folded into this state."""
    return Seen(intake=state.known.intake, notify=state.known.notify)
