"""Gives a store's waiting tickets to its technicians: the oldest of the highest priority first, none over capacity."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.routing.dispatch.candidates import Asking, Call, sieve, taken_by
from services.routing.dispatch.group import Asked, Group
from services.routing.dispatch.members import Facts, Member, Now, members_of
from services.routing.dispatch.record import MatchReason, choice, left_open, refusal
from services.routing.dispatch.rules import AUTOMATIC, rules_of, terms_of, units_of
from services.routing.dispatch.score import set_standings, standing
from services.routing.dispatch.sifted import Crowds
from services.routing.dispatch.together import Choice, exchanged
from services.routing.dispatch.waiting import PLAIN, WaitingTicket, Wants, turn
from shared.events.fact import Decision
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies

__all__ = ["Desk", "Match", "MatchReason", "WaitingTicket", "match"]


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
    return desk.give_all(waiting)


_Settled = tuple[MatchReason, Decision]
"""The answer for needs that nobody can meet any more."""


class Desk:
    """Matches one batch: the members' loads grow as tickets are given.

    Tickets of equal needs are sieved once, and before a large crew those of like needs, too. Once nobody is left for
    some needs, all later tickets with the same needs get the same answer: a long queue before a full crew costs one
    look, not one for each ticket. What only one ticket can ever use is not kept.
    """

    def __init__(self, members: list[Member], asking: Asking, policies: Mapping[str, int]) -> None:
        """`members` sorted by id; `policies` the versions that stand in the records."""
        self._members = members
        self._by_id = {str(member.id): member for member in members}
        self._asking = asking
        self._policies = policies
        self._crowds = Crowds(members) if len(members) > asking.crowd else None
        self._known: dict[Hashable, Asked | _Settled] = {}
        self._alike: Counter[Wants] = Counter()
        """How many tickets want the same; of those that want nothing special none."""
        self._moved: list[Member] = []
        set_standings(members, asking.rules)

    def give_all(self, waiting: Iterable[WaitingTicket]) -> list[Match]:
        """One decision per ticket, in the order of service; one by one, or exchanged where the policy says together."""
        tickets = sorted(waiting, key=turn)
        self._alike.update(ticket.wants for ticket in tickets if ticket.wants is not PLAIN)
        if self._asking.rules.matching == "one_by_one" or len(tickets) == 1:
            return [self.give(ticket) for ticket in tickets]
        wished = self._plan(tickets)
        # Whoever nobody is left for is answered last: by then all is given that the others get.
        later = [ticket for ticket in tickets if ticket.ticket_id not in wished]
        sooner = [ticket for ticket in tickets if ticket.ticket_id in wished]
        found = [self.give(ticket, wished.get(ticket.ticket_id)) for ticket in (*sooner, *later)]
        by_ticket = {one.ticket_id: one for one in found}
        return [by_ticket[ticket.ticket_id] for ticket in tickets]

    def give(self, ticket: WaitingTicket, wished: TechnicianId | None = None) -> Match:
        """The ticket to the best who is left (or to whom it was planned for), or to nobody, with the reason."""
        needs, group = self._look(ticket)
        if isinstance(group, tuple):
            # Loads only grow within a batch, so what was in the way of these needs still is.
            return Match(ticket.ticket_id, None, *group)
        weighed = group.weigh(self._moved)
        if not weighed.best_first:
            settled = refusal(group, weighed, self._by_id, self._policies)
            if needs is not None:
                self._known[needs] = settled
            return Match(ticket.ticket_id, None, *settled)
        if group.call.terms.mode not in AUTOMATIC:
            # Not settled for all of equal needs: others may take from these people in between.
            return Match(ticket.ticket_id, None, *left_open(group, weighed, self._policies))
        chosen = weighed.best_first[0]
        if wished is not None and wished != chosen.id:
            chosen = next((one for one in weighed.best_first if one.id == wished), chosen)
        decision = choice(group, weighed, chosen, self._policies)
        self._take(chosen.member, group)
        return Match(ticket.ticket_id, chosen.member.id, "chosen", decision)

    def _plan(self, tickets: Sequence[WaitingTicket]) -> dict[TicketId, TechnicianId]:
        """Who gets what when all are looked at together; tried on copies of the members."""
        trial = Desk([replace(member) for member in self._members], self._asking, {})
        trial._alike = self._alike
        choices = [(ticket.ticket_id, choice) for ticket in tickets if (choice := trial._try(ticket)) is not None]
        given = exchanged([choice for _, choice in choices])
        return {ticket_id: member.id for (ticket_id, _), member in zip(choices, given, strict=True)}

    def _try(self, ticket: WaitingTicket) -> Choice | None:
        """Give the ticket without writing why; None where it gets nobody."""
        _, group = self._look(ticket)
        if isinstance(group, tuple) or group.call.terms.mode not in AUTOMATIC:
            return None
        best_first = group.weigh(self._moved).best_first
        if not best_first:
            return None
        self._take(best_first[0].member, group)
        return group, best_first[0].member

    def _look(self, ticket: WaitingTicket) -> tuple[Hashable, Asked | _Settled]:
        """The group of the ticket's needs, or the answer that they have got already; before it, what stands for them.

        That is None for a ticket with which no other has its needs in common.
        """
        terms = terms_of(ticket, self._asking.rules, self._asking.now)
        wants = None if ticket.wants is PLAIN else ticket.wants
        is_alone = wants is not None and self._alike[wants] == 1
        needs: Hashable = None if is_alone else (ticket.skills, ticket.asked, wants, terms.step, terms.dropped)
        known = None if is_alone else self._known.get(needs)
        if known is not None:
            return needs, known
        call = Call(ticket, terms, units_of(ticket, self._asking.rules), self._asking, {})
        if is_alone:
            return self._look_alone(call)
        group = self._known[needs] = self._group(call)
        return needs, group

    def _look_alone(self, call: Call) -> tuple[Hashable, Asked | _Settled]:
        """As `_look`, for a ticket of which no other has the very needs; before a large crew others are like it."""
        if self._crowds is None:
            return None, self._group(call)
        sifted = self._crowds.sifted(call)
        if sifted.likeness is None:
            return None, sifted.group()
        # As long as nobody is given anything, all who are like it get the same answer.
        likeness = (sifted.likeness, len(self._moved))
        return likeness, self._known.get(likeness) or sifted.group()

    def _group(self, call: Call) -> Asked:
        if self._crowds is None:
            return Group(call, sieve(self._members, call))
        return self._crowds.sifted(call).group()

    def _take(self, chosen: Member, group: Asked) -> None:
        """The chosen one has more now, and new work."""
        self._moved.append(chosen)
        chosen.load += taken_by(chosen, group.call.units)
        chosen.idle_s = 0.0
        chosen.given += 1
        chosen.turn = len(self._moved)
        chosen.standing = standing(chosen, self._asking.rules)
