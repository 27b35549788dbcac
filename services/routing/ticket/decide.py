"""The one place that answers a command about a ticket, with the facts that follow from it.

`decide` branches on the command and calls leaves. Nothing to do is an empty list: a command that is repeated, or a
deadline that is stale, adds nothing. Raises `Refused` where a person must be told no.
"""

from datetime import datetime
from typing import assert_never

from services.routing.ticket.assign import assign, offer, reopen
from services.routing.ticket.commands import (
    Accept,
    Asked,
    Assign,
    Cancel,
    Close,
    Command,
    Decline,
    Expire,
    LeaveDuty,
    Note,
    Offer,
    Queue,
    Reopen,
    Reply,
    Resolve,
    Resume,
    Route,
    SetPriority,
    Start,
    Wait,
    Warn,
)
from services.routing.ticket.evolve import RoutingDecision
from services.routing.ticket.places import place_of
from services.routing.ticket.route import route
from services.routing.ticket.seen import seen_by
from services.routing.ticket.state import Offered, Queued, TicketState
from services.routing.ticket.transitions import Rules, check
from shared.errors import Refused
from shared.events.routing import (
    DeadlineWarned,
    TicketAccepted,
    TicketCancelled,
    TicketClosed,
    TicketDeclined,
    TicketNoted,
    TicketOfferExpired,
    TicketPrioritySet,
    TicketQueued,
    TicketReplied,
    TicketResolved,
    TicketResumed,
    TicketStarted,
    TicketWaited,
)
from shared.policies import Policies


def decide(state: TicketState, command: Command, policies: Policies, now: datetime) -> list[RoutingDecision]:
    """The facts that follow from `command`, in order; none when there is nothing to do."""
    match command:
        case Asked():
            rules = check(state, command, policies, now)
            return [] if rules is None else answer(state, command, rules)
        case Route():
            return route(state, command.opened, policies)
        case Offer():
            return offer(state, command, policies, now)
        case Queue():
            return queue(state, command)
        case Warn():
            return warn(state, command)
        case Expire():
            return expire(state, command)
        case LeaveDuty():
            return leave_duty(state, command)
        case _:
            assert_never(command)


def answer(state: TicketState, asked: Asked, rules: Rules) -> list[RoutingDecision]:
    """The facts of a person's command that the workflow allows."""
    seen = seen_by(state)
    command = asked.command
    match command:
        case Accept():
            return [TicketAccepted(seen=seen, technician_id=_chosen(state))]
        case Decline():
            return [TicketDeclined(seen=seen, technician_id=_chosen(state), reason=command.reason)]
        case Start():
            return [TicketStarted(seen=seen)]
        case Wait():
            return [TicketWaited(seen=seen, waiting_for=command.waiting_for)]
        case Resume():
            return [TicketResumed(seen=seen)]
        case Resolve():
            return [TicketResolved(seen=seen, reason=command.reason)]
        case Close():
            return [TicketClosed(seen=seen)]
        case Reopen():
            return reopen(state, asked, command, rules)
        case Cancel():
            return [TicketCancelled(seen=seen, reason=command.reason)]
        case Assign():
            return assign(state, asked, command, rules)
        case SetPriority():
            return set_priority(state, asked, command, rules)
        case Note():
            return [TicketNoted(seen=seen, text=command.text)]
        case Reply():
            return [TicketReplied(seen=seen, text=command.text)]
        case _:
            assert_never(command)


def queue(state: TicketState, command: Queue) -> list[RoutingDecision]:
    """Dispatch found nobody: the ticket waits and says why, once for each reason."""
    place = place_of(state)
    if place is None or place.store_id != command.store_id:
        return []
    name = f"store:{command.store_id}"
    if isinstance(state, Queued) and (state.queue, state.reason) == (name, command.reason):
        return []
    return [TicketQueued(seen=seen_by(state), queue=name, reason=command.reason, decision=command.decision)]


def warn(state: TicketState, command: Warn) -> list[RoutingDecision]:
    """Half of the time is over, if the offer still stands."""
    if not isinstance(state, Offered) or state.offer != command.offer or state.warned:
        return []
    return [DeadlineWarned(seen=seen_by(state), deadline="accept", stage=state.offer, due_at=state.accept_by)]


def expire(state: TicketState, command: Expire) -> list[RoutingDecision]:
    """The time is over, if the offer still stands."""
    if not isinstance(state, Offered) or state.offer != command.offer:
        return []
    return [TicketOfferExpired(seen=seen_by(state), technician_id=state.technician_id, offer=state.offer)]


def leave_duty(state: TicketState, command: LeaveDuty) -> list[RoutingDecision]:
    """What was offered to somebody who left goes to the next one; what they accepted stays theirs."""
    if not isinstance(state, Offered) or state.technician_id != command.technician_id:
        return []
    return [
        TicketOfferExpired(seen=seen_by(state), technician_id=state.technician_id, offer=state.offer, reason="off_duty")
    ]


def set_priority(state: TicketState, asked: Asked, command: SetPriority, rules: Rules) -> list[RoutingDecision]:
    """A person overrides the priority; `major` is for those whom the workflow names."""
    if command.priority == "major" and asked.by.role.value not in rules.workflow.major_roles:
        roles = ", ".join(rules.workflow.major_roles)
        raise Refused(403, "Forbidden", f"priority major: expected a role of {roles}, got {asked.by.role.value}")
    return [TicketPrioritySet(seen=seen_by(state), priority=command.priority, reason=command.reason)]


def _chosen(state: TicketState) -> str:
    """Who was chosen last: the workflow allows answers to an offer only while there is one."""
    return state.known.technician_id or ""
