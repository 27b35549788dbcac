"""The hard filters: who may be offered a ticket at all. Each removal has a name; weights never bring anybody back.

Two of them, `fairness` and `capacity`, can change within a batch and come last; the others are asked once for all
tickets of equal needs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from services.routing.dispatch.members import Member, is_within
from services.routing.dispatch.rules import Rules, Terms
from services.routing.dispatch.waiting import WaitingTicket
from services.routing.geodesy.distance import km_between
from shared.ids import StoreId, TechnicianId
from shared.policies.dispatch import Units

FilterName = Literal[
    "dependency",
    "store",
    "territory",
    "excluded",
    "skills",
    "parts",
    "on_duty",
    "shift",
    "leave",
    "radius",
    "already_asked",
    "declined",
    "fairness",
    "capacity",
]

FILTERS: tuple[FilterName, ...] = get_args(FilterName)
"""In this order: each is named by the first thing that stands in the way, the lasting before the passing."""

CROWD = 100
"""Candidates."""

Test = Callable[[Member], bool]
"""Whether a filter removes somebody."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the store, its neighbours, at what moment, by which rules."""

    store_id: StoreId
    neighbours: frozenset[str]
    now: datetime
    rules: Rules
    has_facts: bool
    """Whether anything is known of any member beside the policy; else most filters need not be asked."""
    crowd: int = CROWD
    """More candidates than this are a crowd, of which a record names only the first."""


@dataclass(frozen=True, slots=True)
class Call:
    """One ticket's (or many equal tickets') question for somebody, ready to be asked of every member."""

    ticket: WaitingTicket
    terms: Terms
    units: Units
    asking: Asking
    km: dict[TechnicianId, float | None]
    """Of whoever was measured; `km_of` asks it."""

    def km_of(self, member: Member) -> float | None:
        """Kilometres from the member to the ticket's place, measured once; None where one of the two is not known."""
        if member.id not in self.km:
            here, there = self.ticket.wants.place, member.facts.place
            self.km[member.id] = None if here is None or there is None else km_between(here, there)
        return self.km[member.id]


@dataclass(frozen=True, slots=True)
class Sieved:
    """Who is left for a ticket, and whom each filter took away (ids, sorted)."""

    left: list[Member]
    removed: dict[str, list[str]]
    """Of a large crew only the first of each."""
    counts: dict[str, int]
    """How many each filter took."""


def sieve(members: Sequence[Member], call: Call) -> Sieved:
    """The filters whose answer lasts for a whole batch, in their order; members come and stay sorted by id. Total."""
    left, removed = list(members), dict[str, list[str]]()
    for name, is_out in lasting_tests(call):
        out = [member.id for member in left if is_out(member)]
        if out:
            gone = set(out)
            removed[name] = [str(id_) for id_ in out]
            left = [member for member in left if member.id not in gone]
    return Sieved(left, removed, {name: len(ids) for name, ids in removed.items()})


def lasting_tests(call: Call) -> Iterator[tuple[FilterName, Test]]:
    """Every filter but the last two that this ticket can be stopped by, in their order."""
    wants, terms = call.ticket.wants, call.terms
    if wants.blocked_by:
        yield "dependency", lambda _: True
    if call.asking.has_facts:
        allowed = {call.asking.store_id, *(call.asking.neighbours if terms.is_widened else ())}
        yield "store", lambda one: one.facts.stores is not None and allowed.isdisjoint(one.facts.stores)
    if wants.division is not None:
        code = wants.division
        yield "territory", lambda one: bool(one.facts.divisions) and not _covers(one.facts.divisions, code)
    if wants.excluded or wants.customer_id is not None:
        yield "excluded", lambda one: one.id in wants.excluded or wants.customer_id in one.facts.excluded
    yield "skills", _skills_test(call)
    if wants.parts:
        yield "parts", lambda one: not wants.parts <= one.facts.parts
    yield "on_duty", lambda one: not one.on_duty
    if call.asking.has_facts:
        yield "shift", lambda one: one.facts.shift is not None and not is_within(one.facts.shift, call.asking.now)
        yield "leave", lambda one: bool(one.facts.leave) and is_within(one.facts.leave, call.asking.now)
    if wants.place is not None:
        yield "radius", lambda one: _is_too_far(one, call)
    if call.ticket.asked:
        yield "already_asked", lambda one: one.id in call.ticket.asked
    if wants.declined:
        recent = recently_declined(call)
        yield "declined", lambda one: one.id in recent


def has_room(member: Member, units: Units) -> bool:
    """Whether the member can hold so much more at this moment."""
    return member.load + taken_by(member, units) <= member.capacity


def taken_by(member: Member, units: Units) -> int:
    """How many units of the member's capacity the ticket takes; no ticket takes nothing, of whoever has none either."""
    return max(1, member.capacity) if units == "whole" else units


def passing_filter(member: Member, call: Call) -> FilterName | None:
    """Which of the last two filters stands in a member's way at this moment."""
    if member.given >= call.terms.guard:
        return "fairness"
    return None if has_room(member, call.units) else "capacity"


def hindrances(member: Member, call: Call) -> list[FilterName]:
    """Everything that stands in a member's way, not only the first; in the order of the filters."""
    found = [name for name, is_out in lasting_tests(call) if is_out(member)]
    if member.given >= call.terms.guard:
        found.append("fairness")
    if not has_room(member, call.units):
        found.append("capacity")
    return found


def recently_declined(call: Call) -> frozenset[TechnicianId]:
    """Who declined this ticket so short a time ago that they are not asked about it again."""
    pause_s = call.asking.rules.declined_again_after_s
    now = call.asking.now
    return frozenset(id_ for id_, at in call.ticket.wants.declined if (now - at).total_seconds() < pause_s)


def recently_served(call: Call) -> Iterator[TechnicianId]:
    """Who served this ticket's customer within the policy's days."""
    now, history_s = call.asking.now, call.asking.rules.history_s
    return (id_ for id_, at in call.ticket.wants.history if (now - at).total_seconds() <= history_s)


def _skills_test(call: Call) -> Test:
    needed = call.terms.needed
    levels = [(skill, level) for skill, level in call.ticket.wants.levels if skill in needed and level > 1]
    if not levels:
        return lambda one: not needed <= one.skills
    return lambda one: not needed <= one.skills or any(level_of(one, skill) < level for skill, level in levels)


def level_of(member: Member, skill: str) -> int:
    """At which level a member has a skill that they have."""
    return (member.facts.levels or {}).get(skill, 1)


def _is_too_far(member: Member, call: Call) -> bool:
    """Beyond the policy's radius or the member's own; a distance that is not known is none."""
    radius_km, own_km = call.terms.radius_km, member.facts.radius_km
    if radius_km is None and own_km is None:
        return False
    km = call.km_of(member)
    return km is not None and any(limit is not None and km > limit for limit in (radius_km, own_km))


def _covers(divisions: Sequence[str], code: str) -> bool:
    """Whether one of the divisions is or holds the place; a province is `330000`, a city `330100`."""
    return any(code.startswith(_stem(division)) for division in divisions)


def _stem(code: str) -> str:
    """The digits of a six-digit code that its level uses: `330100` → `3301`."""
    if len(code) != len("330100"):
        return code
    return code.removesuffix("0000") if code.endswith("0000") else code.removesuffix("00")
