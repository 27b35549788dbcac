"""Gives a store's waiting tickets to its technicians: the oldest of the highest priority first, none over capacity."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.routing.dispatch.candidates import Member, Sieved, member_of, sieve, without_full
from services.routing.dispatch.score import Ranked, rank
from services.routing.dispatch.words import chosen_words, nobody_words
from shared.events.fact import Decision, Priority
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies
from shared.policies.dispatch import Weights

MatchReason = Literal["chosen", "no_capacity", "nobody_eligible", "all_declined"]
"""`chosen`, or why nobody: all who could are full; nobody on duty has the skills; all who could were asked."""


PRIORITIES: tuple[Priority, ...] = ("major", "urgent", "high", "normal", "low")
"""The most pressing first."""


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
    members = _members(crew, held, now, on_duty=on_duty or {}, idle_since=idle_since or {})
    desk = _Desk(
        members,
        names={technician.id: technician.name for technician in crew.technicians},
        weights=policies.dispatch().weights,
        versions={
            f"crew/{store_id}": policies.version("crew", store_id),
            "dispatch/default": policies.version("dispatch", "default"),
        },
    )
    return [desk.give(ticket) for ticket in sorted(waiting, key=_turn)]


def _turn(ticket: WaitingTicket) -> tuple[int, datetime, TicketId]:
    """Highest priority first, then the longest open, then the lowest id."""
    return PRIORITIES.index(ticket.priority), ticket.opened_at, ticket.ticket_id


def _members(
    crew: Crew,
    held: Mapping[TechnicianId, int],
    now: datetime,
    *,
    on_duty: Mapping[TechnicianId, bool],
    idle_since: Mapping[TechnicianId, datetime],
) -> tuple[Member, ...]:
    """The crew as it is now, by id, so that the order in the policy never matters."""
    technicians = sorted(crew.technicians, key=lambda technician: technician.id)
    ids = [TechnicianId(technician.id) for technician in technicians]
    return tuple(
        member_of(technician, load=held.get(id_, 0), idle_s=_idle_s(idle_since.get(id_), now), on_duty=on_duty.get(id_))
        for technician, id_ in zip(technicians, ids, strict=True)
    )


def _idle_s(since: datetime | None, now: datetime) -> float:
    """Seconds since the last new work; infinite without any, 0 for a clock that is behind."""
    return math.inf if since is None else max(0.0, (now - since).total_seconds())


_Needs = tuple[frozenset[str], frozenset[TechnicianId]]
"""Skills needed and who was asked: all that tells two tickets apart here."""


class _Desk:
    """Matches one batch: the members' loads grow as tickets are given.

    Once nobody is left for some needs, all later tickets with the same needs get the same answer: a long queue before
    a full crew costs one look, not one for each ticket.
    """

    def __init__(
        self,
        members: tuple[Member, ...],
        *,
        names: Mapping[str, str],
        weights: Weights,
        versions: Mapping[str, int],
    ) -> None:
        self._members = members
        self._names = names
        self._weights = weights
        self._versions = dict(versions)
        self._sieved: dict[_Needs, Sieved] = {}
        self._nobody: dict[_Needs, tuple[MatchReason, Decision]] = {}

    def give(self, ticket: WaitingTicket) -> Match:
        """The ticket to the best who is left, whose load grows by one; or to nobody, with the reason."""
        needs = (ticket.skills, ticket.asked)
        # Loads only grow within a batch, so who was in the way of these needs still is.
        if needs in self._nobody:
            return Match(ticket.ticket_id, None, *self._nobody[needs])
        if needs not in self._sieved:
            self._sieved[needs] = sieve(self._members, skills=ticket.skills, asked=ticket.asked)
        sieved = without_full(self._sieved[needs])
        if not sieved.left:
            self._nobody[needs] = self._refusal(sieved, ticket)
            return Match(ticket.ticket_id, None, *self._nobody[needs])
        ranked = rank(sieved.left, skills=ticket.skills, weights=self._weights)
        chosen = ranked.best_first[0]
        decision = self._choice(ranked, sieved, ticket)
        chosen.load += 1
        chosen.idle_s = 0.0
        return Match(ticket.ticket_id, chosen.id, "chosen", decision)

    def _choice(self, ranked: Ranked, sieved: Sieved, ticket: WaitingTicket) -> Decision:
        chosen = ranked.best_first[0]
        return Decision(
            rule="best_score",
            candidates=[member.id for member in ranked.best_first],
            removed=sieved.removed,
            scores=ranked.scores,
            policies=self._versions,
            inputs={
                "load": chosen.load,
                "capacity": chosen.capacity,
                "skills": sorted(ticket.skills),
                "loads": {member.id: [member.load, member.capacity] for member in ranked.best_first},
            },
            words=chosen_words(ranked, sieved.removed, self._names),
        )

    def _refusal(self, sieved: Sieved, ticket: WaitingTicket) -> tuple[MatchReason, Decision]:
        """Why nobody is left: the last filter that took somebody away is the one that stands in the way."""
        reason: MatchReason = "nobody_eligible"
        if "capacity" in sieved.removed:
            reason = "no_capacity"
        elif "already_asked" in sieved.removed:
            reason = "all_declined"
        full = [member for member in self._members if member.id in sieved.removed.get("capacity", ())]
        return reason, Decision(
            rule=reason,
            removed=sieved.removed,
            policies=self._versions,
            inputs={
                "skills": sorted(ticket.skills),
                "loads": {member.id: [member.load, member.capacity] for member in full},
            },
            words=nobody_words(reason, sieved.removed),
        )
