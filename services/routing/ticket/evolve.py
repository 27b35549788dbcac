"""What a fact makes of a ticket. Total: never refuses, never reads policy or clock.

Routing sees its own facts when it commits them and intake's when it reads them, so the two may come in any order
between each other: intake's facts and routing's touch different fields, and the state word depends on routing's alone
(`Unopened` or `Open` besides).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.routing.ticket.state import (
    Accepted,
    Cancelled,
    Closed,
    InProgress,
    Known,
    Offered,
    Open,
    Opened,
    Queued,
    Resolved,
    TicketState,
    Unopened,
    Waiting,
)
from shared.events.intake import TicketOpened
from shared.events.routing import (
    DeadlineWarned,
    TicketAccepted,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketDeclined,
    TicketNoted,
    TicketOfferExpired,
    TicketPrioritySet,
    TicketQueued,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketResumed,
    TicketRouted,
    TicketStarted,
    TicketWaited,
)
from shared.ids import StoreId, TechnicianId


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact of intake's that routing only counts: how much of it was seen stands in every decision."""


RoutingDecision = (
    TicketRouted
    | TicketQueued
    | TicketAssigned
    | TicketAccepted
    | TicketDeclined
    | TicketOfferExpired
    | DeadlineWarned
    | TicketStarted
    | TicketWaited
    | TicketResumed
    | TicketResolved
    | TicketClosed
    | TicketReopened
    | TicketCancelled
    | TicketReplied
    | TicketNoted
    | TicketPrioritySet
)
TicketFact = TicketOpened | Heard | RoutingDecision

ADDITIVE = (DeadlineWarned, TicketReplied, TicketNoted)
"""Decisions that add to a ticket without changing its state: never a conflict for anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent:
    """A fact with what `evolve` needs of its envelope."""

    id: UUID
    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    correlation_id: UUID
    data: TicketFact


def evolve(state: TicketState, event: TicketEvent) -> TicketState:
    """Take one fact in."""
    fact = event.data
    match fact:
        case TicketOpened() | Heard():
            return hear(state, event, fact)
        case _:
            return change(replace(state, known=note(state.known, event, fact)), event, fact)


def hear(state: TicketState, event: TicketEvent, fact: TicketOpened | Heard) -> TicketState:
    """Take in what intake said."""
    match fact:
        case TicketOpened():
            known = replace(state.known, intake=event.sequence, opened=opened(event, fact))
            return Open(known) if isinstance(state, Unopened) else replace(state, known=known)
        case Heard():
            return replace(state, known=replace(state.known, intake=event.sequence))


def note(known: Known, event: TicketEvent, fact: RoutingDecision) -> Known:
    """Count one of routing's own decisions."""
    return replace(
        known,
        version=event.sequence,
        changed_version=known.changed_version if isinstance(fact, ADDITIVE) else event.sequence,
        recorded_at=event.recorded_at,
        last_event_id=event.id,
    )


def change(state: TicketState, event: TicketEvent, fact: RoutingDecision) -> TicketState:
    """The state after one of routing's own decisions, its count taken."""
    known = state.known
    match fact:
        case TicketRouted():
            return replace(state, known=routed(known, fact))
        case TicketPrioritySet():
            return replace(state, known=replace(known, priority=fact.priority))
        case TicketQueued():
            return Queued(known, fact.queue, fact.reason)
        case TicketAssigned():
            return offered(known, event, fact)
        case TicketDeclined() | TicketOfferExpired():
            return free(known)
        case TicketReopened():
            return free(replace(known, reopened=known.reopened + 1, round=known.round + 1, asked=()))
        case DeadlineWarned():
            return replace(state, warned=True) if isinstance(state, Offered) else state
        case TicketReplied() | TicketNoted():
            return state
        case _:
            return work(state, fact)


def work(
    state: TicketState,
    fact: TicketAccepted
    | TicketStarted
    | TicketWaited
    | TicketResumed
    | TicketResolved
    | TicketClosed
    | TicketCancelled,
) -> TicketState:
    """The state after a step of the work itself. Work that nobody was chosen for changes nothing."""
    known = state.known
    chosen = known.technician_id
    match fact:
        case TicketAccepted():
            return state if chosen is None else Accepted(known, chosen)
        case TicketStarted() | TicketResumed():
            return state if chosen is None else InProgress(known, chosen)
        case TicketWaited():
            return state if chosen is None else Waiting(known, chosen, fact.waiting_for)
        case TicketResolved():
            return Resolved(known)
        case TicketClosed():
            return Closed(known)
        case TicketCancelled():
            return Cancelled(known)
        case _:
            assert_never(fact)


def opened(event: TicketEvent, fact: TicketOpened) -> Opened:
    """What routing keeps of the first fact of a ticket."""
    return Opened(
        event_id=event.id,
        ticket_number=fact.ticket_number,
        opened_at=event.occurred_at,
        correlation_id=event.correlation_id,
        channel=fact.contact.channel,
        urgency=fact.urgency,
        store_id=StoreId(fact.store_id) if fact.store_id else None,
    )


def routed(known: Known, fact: TicketRouted) -> Known:
    """Store, priority, category and skills were decided."""
    return replace(
        known,
        routed=True,
        store_id=StoreId(fact.store_id) if fact.store_id else None,
        priority=fact.priority,
        category=fact.category,
        skills=tuple(fact.skills),
        workflow=fact.workflow.partition("@")[0],
    )


def offered(known: Known, event: TicketEvent, fact: TicketAssigned) -> Offered:
    """Someone was chosen; a new round forgets who was asked before."""
    technician_id = TechnicianId(fact.technician_id)
    before = known.asked if fact.round == known.round else ()
    asked = before if technician_id in before else (*before, technician_id)
    known = replace(
        known,
        store_id=StoreId(fact.store_id),
        technician_id=technician_id,
        offer=fact.offer,
        round=fact.round,
        asked=asked,
    )
    return Offered(known, technician_id, fact.offer, event.id, fact.warn_at, fact.accept_by)


def free(known: Known) -> TicketState:
    """Nobody has it (any more)."""
    return Open(known) if known.opened else Unopened(known)
