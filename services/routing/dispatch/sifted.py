"""One ticket before a large crew: who is too far from it, and whom it names; all others are as its crowd knows them.

Whom a ticket names (asked, declined, wished for, …) are few, and looked at one by one. The best of the others come
from a heap, or where the distance counts from cells: so ten thousand tickets, each at another place, are matched with
three thousand technicians in about two seconds.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain

from services.routing.dispatch.candidates import (
    FILTERS,
    Call,
    FilterName,
    Sieved,
    lasting_tests,
    passing_filter,
    recently_declined,
    recently_served,
)
from services.routing.dispatch.cells import Standing, Weighing, exact
from services.routing.dispatch.crowd import Crowd
from services.routing.dispatch.group import NAMED, Asked, Candidate, Group, Row, Weighed, candidate_of, row_of
from services.routing.dispatch.members import Member
from services.routing.dispatch.roll import Roll, Some, places
from services.routing.dispatch.score import distance_weight, scale_of
from services.routing.dispatch.waiting import Wants
from services.routing.geodesy.distance import unit_vector


class Crowds:
    """The crowds of a batch."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._roll = Roll(members)
        self._known: dict[Hashable, Crowd] = {}
        self._out: dict[tuple[FilterName, Hashable], Some] = {}
        self._has_radii = any(member.facts.radius_km is not None for member in members)
        self._excluders: dict[str, Some] = {}
        for at, member in enumerate(members):
            for customer_id in member.facts.excluded:
                self._excluders[customer_id] = self._excluders.get(customer_id, 0) | 1 << at

    def sifted(self, call: Call) -> "Sifted":
        """Who is left for a ticket."""
        crowd = self._crowd(call)
        named = self._named(call)
        removed = {name: out & ~named for name, out in crowd.removed.items()} if named else dict(crowd.removed)
        left, far = crowd.left & ~named, 0
        if call.ticket.wants.place is not None and left:
            far = crowd.too_far(call) & left
        if far:
            removed["radius"], left = far, left ^ far
        own = 0
        for at in places(named) if named else ():
            stopped = next((name for name, is_out in lasting_tests(call) if is_out(self._roll.members[at])), None)
            if stopped is None:
                own |= 1 << at
            else:
                removed[stopped] = removed.get(stopped, 0) | 1 << at
        is_measured = call.ticket.wants.place is not None and (self._has_radii or call.terms.radius_km is not None)
        return Sifted(crowd, call, removed, left, own, is_plain=not named and not is_measured)

    def _crowd(self, call: Call) -> Crowd:
        wants, terms = call.ticket.wants, call.terms
        needs = (
            terms.needed,
            terms.dropped,
            terms.step,
            call.units,
            wants.levels,
            wants.parts,
            wants.division,
            bool(wants.blocked_by),
        )
        crowd = self._known.get(needs)
        if crowd is None:
            general = _for_all_alike(call)
            crowd = self._known[needs] = Crowd(self._roll, general, self._outs(general))
        return crowd

    def _outs(self, call: Call) -> Iterator[tuple[FilterName, Some]]:
        """Whom each filter takes away by itself; asked of everybody once for all that it depends on."""
        wants, terms = call.ticket.wants, call.terms
        depends: dict[FilterName, Hashable] = {
            "store": terms.is_widened,
            "territory": wants.division,
            "skills": (terms.needed, wants.levels),
            "parts": wants.parts,
        }
        for name, is_out in lasting_tests(call):
            asked = (name, depends.get(name))
            if asked not in self._out:
                self._out[asked] = self._roll.where(is_out)
            yield name, self._out[asked]

    def _named(self, call: Call) -> Some:
        """Whom the ticket names in any way, so that they are not to it as everybody else is."""
        ticket, wants = call.ticket, call.ticket.wants
        found = self._excluders.get(wants.customer_id, 0) if wants.customer_id is not None else 0
        ids = chain(ticket.asked, wants.excluded, wants.preferred, wants.same_order)
        if wants.declined:
            ids = chain(ids, recently_declined(call))
        if wants.history:
            ids = chain(ids, recently_served(call))
        return found | self._roll.some(ids)


def _for_all_alike(call: Call) -> Call:
    """The call without its place and without anybody named."""
    wants = call.ticket.wants
    general = Wants(levels=wants.levels, parts=wants.parts, division=wants.division, blocked_by=wants.blocked_by)
    return replace(call, ticket=replace(call.ticket, asked=frozenset(), wants=general), km={})


@dataclass(frozen=True, slots=True)
class Sifted:
    """Who is left for a ticket, and whom each lasting filter took away."""

    crowd: Crowd
    call: Call
    removed: dict[FilterName, Some]
    left: Some
    """Of those whom the ticket does not name."""
    named: Some
    """Of those whom it names."""
    is_plain: bool
    """Whether it names nobody and nobody can be too far: then others of its crowd are answered as it is."""

    @property
    def likeness(self) -> Hashable:
        """What tickets have in common of which none gets anybody if one of them does not; None: it is by itself."""
        return (id(self.crowd), self.call.ticket.wants.place is not None) if self.is_plain else None

    def group(self) -> Asked:
        """Those who are left, to be weighed."""
        count = self.left.bit_count() + self.named.bit_count()
        return InCrowd(self) if count > self.call.asking.crowd else Group(self.call, self._sieved())

    def cut(self, removed: dict[FilterName, Some]) -> tuple[dict[str, list[str]], dict[str, int]]:
        """Whom each filter took as a record names them, all or the first of many, and how many."""
        crowd = self.call.asking.crowd
        found, counts = dict[str, list[str]](), dict[str, int]()
        for name in FILTERS:
            if some := removed.get(name, 0):
                counts[name] = some.bit_count()
                found[name] = self.crowd.names(name, some, NAMED if counts[name] > crowd else None)
        return found, counts

    def _sieved(self) -> Sieved:
        return Sieved([*self.crowd.roll.among(self.left | self.named)], *self.cut(self.removed))


class InCrowd:
    """The candidates of a ticket before a crowd."""

    def __init__(self, sifted: Sifted) -> None:
        self.call = sifted.call
        self.scale = scale_of(sifted.call)
        self.is_crowd = True
        self.rows: Sequence[Row] = ()
        self._sifted = sifted

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        """Rank who has room now. `moved` lists whom something was given in this batch, in order, since its begin."""
        sifted, crowd = self._sifted, self._sifted.crowd
        crowd.follow(moved)
        removed = dict(sifted.removed)
        for name, some in crowd.stopped.items():
            removed[name] = some & sifted.left
        named = []
        for at in places(sifted.named) if sifted.named else ():
            member = crowd.roll.members[at]
            stopped = passing_filter(member, self.call)
            if stopped is None:
                named.append(self._candidate(member))
            else:
                removed[stopped] |= 1 << at
        room = crowd.room & sifted.left
        count = room.bit_count() + len(named)
        wanted = count if count <= self.call.asking.crowd else NAMED
        best_first = sorted([*named, *self._best(room, wanted)])[:wanted]
        names, counts = sifted.cut(removed)
        return Weighed(best_first, names, count, counts)

    def _best(self, room: Some, wanted: int) -> list[Candidate]:
        """The first so many of those whom the ticket does not name."""
        crowd, scale, count = self._sifted.crowd, self.scale, room.bit_count()
        if wanted >= count:
            return [self._candidate(member) for member in crowd.roll.among(room)]
        allowed = None if room == crowd.room else room
        weight, place = distance_weight(scale), self.call.ticket.wants.place
        if place is not None and scale.total and not scale.is_in_turn and (weight or allowed is not None):
            scale_km = self.call.asking.rules.scales.distance_km
            weighing = Weighing(unit_vector(place), weight, scale_km, scale.total)
            return [self._nearby(one, weighing) for one in crowd.cells().best(weighing, wanted, allowed)]
        if scale.is_in_turn and crowd.room.bit_count() - count > count:
            first = nsmallest(wanted, crowd.roll.among(room), key=lambda one: (one.turn, -one.idle_s, one.id))
            return [self._candidate(member) for member in first]
        found = crowd.heap(scale.total).best(wanted, allowed)
        if weight:
            return [self._candidate(one.member) for one in found]
        tier = len(scale.affinities)
        return [one._replace(tier=tier) for one in found] if tier else found

    def _nearby(self, found: Standing, weighing: Weighing) -> Candidate:
        """The candidate that was found among the cells."""
        member = found.member
        score, self.call.km[member.id] = exact(found, weighing)
        return Candidate(len(self.scale.affinities), -score, -member.idle_s, member.id, member, score)

    def _candidate(self, member: Member) -> Candidate:
        return candidate_of(row_of(member, self.scale), self.scale)
