"""By when: the one kind of deadline so far, accepting an offer, with a warning on its way.

What is due follows from the state alone, so the table of deadlines is never more than an index over the tickets.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.routing.ticket.commands import Expire, Warn
from services.routing.ticket.state import Offered, TicketState
from shared.policies import Workflow

DeadlineKind = Literal["accept"]
Stage = Literal["expire", "warn"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """At `due_at` something is to be decided about offer number `offer`."""

    kind: DeadlineKind
    stage: Stage
    offer: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptBy:
    """When an offer made now is warned about, and when it ends."""

    warn_at: datetime
    accept_by: datetime


def accept_by(workflow: Workflow, now: datetime) -> AcceptBy:
    """The two instants of an offer made at `now`."""
    time = timedelta(minutes=workflow.accept_minutes)
    return AcceptBy(now + time * workflow.warn_fraction, now + time)


def deadlines_of(state: TicketState) -> tuple[Deadline, ...]:
    """What is due about a ticket in this state."""
    if not isinstance(state, Offered):
        return ()
    end = Deadline("accept", "expire", state.offer, state.accept_by)
    warning = Deadline("accept", "warn", state.offer, state.warn_at)
    return (end,) if state.warned else (end, warning)


def command_for(stage: Stage, offer: int) -> Warn | Expire:
    """The command that a due deadline becomes."""
    return Expire(offer) if stage == "expire" else Warn(offer)
