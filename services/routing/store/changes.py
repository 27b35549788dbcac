"""What a decision changes about one ticket: facts become events in envelopes, and the state that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.ticket.evolve import RoutingDecision, TicketEvent, evolve
from services.routing.ticket.state import Known, TicketState
from shared.events.envelope import Draft, Event

ACTOR = "system:routing"
"""Who decides when nobody asked."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why facts are written: by what, for whom, as part of which journey (default: the ticket's own)."""

    causation_id: UUID
    purpose: str
    actor: str = ACTOR
    correlation_id: UUID | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket before and after, and the events between that are to be written."""

    ticket_id: UUID
    before: TicketState
    after: TicketState
    events: tuple[Event, ...] = ()


def unchanged(ticket_id: UUID, state: TicketState) -> Change:
    """A change that nothing happened in yet."""
    return Change(ticket_id, state, state)


def heard(change: Change, event: TicketEvent) -> Change:
    """The change with one more fact of another source taken in."""
    return Change(change.ticket_id, change.before, evolve(change.after, event), change.events)


def decided(change: Change, facts: Sequence[RoutingDecision], cause: Cause, now: datetime) -> Change:
    """The change with routing's own facts written: numbered without gaps, each recorded later than the one before."""
    state = change.after
    events = []
    for ordinal, fact in enumerate(facts):
        event = Draft(
            subject=str(change.ticket_id),
            sequence=state.known.version + 1,
            data=fact,
            occurred_at=now,
            recorded_at=_recorded_at(state.known, now),
            causation_id=cause.causation_id,
            correlation_id=_journey(state.known, cause),
            actor=cause.actor,
            purpose=cause.purpose,
            ordinal=ordinal,
            traceparent=cause.traceparent,
        ).event()
        events.append(event)
        state = evolve(state, _taken(event, fact))
    return Change(change.ticket_id, change.before, state, (*change.events, *events))


def _recorded_at(known: Known, now: datetime) -> datetime:
    return max(now, known.recorded_at + _TICK) if known.recorded_at else now


def _journey(known: Known, cause: Cause) -> UUID:
    if cause.correlation_id is not None:
        return cause.correlation_id
    return known.opened.correlation_id if known.opened else cause.causation_id


def _taken(event: Event, fact: RoutingDecision) -> TicketEvent:
    return TicketEvent(
        id=event.id,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        correlation_id=event.correlation_id,
        data=fact,
    )
