"""Gives a store's waiting tickets to its technicians: the oldest of the highest priority first, none over capacity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.routing.dispatch.candidates import Asking, Call, taken_by
from services.routing.dispatch.group import Group
from services.routing.dispatch.members import Facts, Member, Now, members_of
from services.routing.dispatch.record import MatchReason, choice, left_open, refusal
from services.routing.dispatch.rules import Rules, Terms, rules_of, terms_of, units_of
from services.routing.dispatch.score import set_standings, standing
from services.routing.dispatch.waiting import PLAIN, PRIORITIES, WaitingTicket, Wants, turn
from shared.events.fact import Decision
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies

__all__ = ["PRIORITIES", "Desk", "Match", "MatchReason", "WaitingTicket", "match"]


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
    facts: Mapping[TechnicianId, Facts] | None = None,
    neighbours: frozenset[str] = frozenset(),
) -> list[Match]:
    """One decision per waiting ticket, in the order in which they were taken: priority, then age, then id.

    `held` counts the units that each technician has (offered, accepted, in progress, waiting) before this call; who is
    missing holds nothing. `on_duty` overrides what the crew's policy says. `idle_since` when each last got work; who is
    missing is longest idle. `facts` what else is known of them. `neighbours` the stores whose technicians the ladder
    may bring in; they are members of `crew` with their own store in `facts`. Promises: nobody over capacity, nobody
    whom a filter removed, the order of the inputs never matters.
    """
    at_hand = Now(held, on_duty or {}, idle_since or {}, facts or {}, now)
    asking = Asking(store_id, neighbours, now, rules_of(policies), has_facts=bool(facts))
    versions = {
        f"crew/{store_id}": policies.version("crew", store_id),
        "dispatch/default": asking.rules.version,
    }
    desk = Desk(members_of(crew, at_hand), asking, versions)
    return [desk.give(ticket) for ticket in sorted(waiting, key=turn)]


_Needs = tuple[frozenset[str], frozenset[TechnicianId], Wants | None, int, frozenset[str]]
"""Skills, who was asked, wants, rung of the ladder, dropped skills: all that tells two tickets apart here."""
_Settled = tuple[MatchReason, Decision]
"""The answer for needs that nobody can meet any more."""


class Desk:
    """Matches one batch: the members' loads grow as tickets are given.

    Tickets of equal needs are sieved once. Once nobody is left for some needs, all later tickets with the same needs
    get the same answer: a long queue before a full crew costs one look, not one for each ticket.
    """

    def __init__(self, members: list[Member], asking: Asking, policies: Mapping[str, int]) -> None:
        """`members` sorted by id; `policies` the versions that stand in the records."""
        self._members = members
        self._asking = asking
        self._policies = policies
        self._known: dict[_Needs, Group | _Settled] = {}
        self._moved: list[Member] = []
        set_standings(members, asking.rules)

    def give(self, ticket: WaitingTicket) -> Match:
        """The ticket to the best who is left, whose load grows; or to nobody, with the reason."""
        rules = self._asking.rules
        terms = terms_of(ticket, rules, self._asking.now)
        wants = None if ticket.wants is PLAIN else ticket.wants
        needs = (ticket.skills, ticket.asked, wants, terms.step, terms.dropped)
        group = self._known.get(needs)
        if group is None:
            group = self._known[needs] = self._group(ticket, terms, rules)
        elif isinstance(group, tuple):
            # Loads only grow within a batch, so what was in the way of these needs still is.
            return Match(ticket.ticket_id, None, *group)
        weighed = group.weigh(self._moved)
        if not weighed.best_first:
            settled = self._known[needs] = refusal(group, weighed, self._members, self._policies)
            return Match(ticket.ticket_id, None, *settled)
        if terms.mode in ("pull", "dispatcher"):
            # Not settled for all of equal needs: others may take from these people in between.
            return Match(ticket.ticket_id, None, *left_open(group, weighed, self._policies))
        decision = choice(group, weighed, self._policies)
        chosen = weighed.best_first[0].member
        self._take(chosen, group)
        return Match(ticket.ticket_id, chosen.id, "chosen", decision)

    def _group(self, ticket: WaitingTicket, terms: Terms, rules: Rules) -> Group:
        return Group(self._members, Call(ticket, terms, units_of(ticket, rules), self._asking, {}))

    def _take(self, chosen: Member, group: Group) -> None:
        """The chosen one has more now, and new work."""
        self._moved.append(chosen)
        chosen.load += taken_by(chosen, group.call.units)
        chosen.idle_s = 0.0
        chosen.given += 1
        chosen.turn = len(self._moved)
        chosen.standing = standing(chosen, self._asking.rules)
