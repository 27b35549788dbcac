"""Weighs the candidates that the filters left: the weighted mean of the criteria that this ticket has.

A score has two parts: what only the technician changes (`standing`: free capacity, idleness, load), the same for all
tickets until they get one, and what is between them and this ticket (`fit`: skills, distance, affinity).
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import inf
from typing import NamedTuple

from services.routing.dispatch import criteria
from services.routing.dispatch.candidates import Call
from services.routing.dispatch.criteria import CriterionName
from services.routing.dispatch.members import Member
from services.routing.dispatch.rules import FitName, Rules
from services.routing.dispatch.waiting import PLAIN, Wants
from shared.policies.dispatch import Affinity

SCORE_DIGITS = 6
"""Scores are rounded, so that two machines never rank by the last bit of a float."""

_FITS: dict[FitName, Callable[[Member, Call], float]] = {
    "skill": criteria.skill,
    "distance": criteria.distance,
    "preferred": criteria.preferred,
    "same_order": criteria.same_order,
    "history": criteria.history,
    "today": criteria.today,
}
_AFFINITIES: dict[Affinity, Callable[[Member, Call], float]] = {
    "preferred": criteria.preferred,
    "same_order": criteria.same_order,
    "history": criteria.history,
}


Fit = tuple[FitName, float, Callable[[Member, Call], float]]
"""A criterion between a technician and a ticket, its weight, its rating."""


class Scale(NamedTuple):
    """How one ticket weighs its candidates: the criteria that it has, with their weights."""

    call: Call
    fits: tuple[Fit, ...]
    total: float
    """All weights together, those of `standing` included."""
    affinities: tuple[Affinity, ...]
    is_in_turn: bool
    """Whether the turn decides and not the score."""


def scale_of(call: Call) -> Scale:
    """The criteria that count for this ticket: distance where it has a place, and so on."""
    fits, total, affinities = _criteria(call.asking.rules, _known(call.ticket.wants))
    return Scale(call, fits, total, affinities, call.terms.mode == "round_robin")


def standing(member: Member, rules: Rules) -> float:
    """The weighted sum of what only the member changes; to be computed anew after each choice that falls on them."""
    weights, scales = rules.weights, rules.scales
    return (
        weights.free * criteria.free(member)
        + weights.idle * criteria.idle(member, scales.idle_s)
        + (weights.load * criteria.load(member, scales.load_units) if weights.load else 0.0)
    )


def set_standings(members: Iterable[Member], rules: Rules) -> None:
    """`standing` of everybody, without a call for each where only free capacity and idleness weigh."""
    weights, scale_s = rules.weights, rules.scales.idle_s
    if weights.load:
        for member in members:
            member.standing = standing(member, rules)
        return
    free_weight, idle_weight = weights.free, weights.idle
    for member in members:
        room, idle_s = member.capacity - member.load, member.idle_s
        free = room / member.capacity if room > 0 else 0.0
        member.standing = free_weight * free + idle_weight * (1.0 if idle_s == inf else idle_s / (idle_s + scale_s))


def fit(member: Member, scale: Scale) -> float:
    """The weighted sum of what is between a member and the ticket; the same for the whole batch."""
    points = 0.0
    for _, weight, rating in scale.fits:
        points += weight * rating(member, scale.call)
    return points


def distance_weight(scale: Scale) -> float:
    """How much the distance counts; 0 where it does not."""
    return next((weight for name, weight, _ in scale.fits if name == "distance"), 0.0)


def around_distance(member: Member, scale: Scale) -> tuple[float, float]:
    """What `fit` adds up before and after the distance, for a ticket that has no affinity to the member.

    Of what comes after, only `today` is not 0 then: so the sum of the three is `fit` to the last bit.
    """
    before = after = 0.0
    for name, weight, rating in scale.fits:
        if name == "today":
            after += weight * rating(member, scale.call)
        elif name == "skill":
            before += weight * rating(member, scale.call)
    return before, after


def tier(member: Member, scale: Scale) -> int:
    """Which of the policy's affinities comes first that the member has; without any, after all of them."""
    if not scale.affinities:
        return 0
    found = (at for at, name in enumerate(scale.affinities) if _AFFINITIES[name](member, scale.call))
    return next(found, len(scale.affinities))


def leads(first: Member, second: Member, scale: Scale) -> list[tuple[CriterionName, float]]:
    """What each criterion puts the first before the second by; together the difference of the scores."""
    rules, call, total = scale.call.asking.rules, scale.call, scale.total or 1.0
    weights, scales = rules.weights, rules.scales
    found: list[tuple[CriterionName, float]] = [
        ("free", weights.free * (criteria.free(first) - criteria.free(second)) / total),
        ("idle", weights.idle * (criteria.idle(first, scales.idle_s) - criteria.idle(second, scales.idle_s)) / total),
    ]
    if weights.load:
        units = scales.load_units
        found.append(("load", weights.load * (criteria.load(first, units) - criteria.load(second, units)) / total))
    for name, weight, rating in scale.fits:
        found.append((name, weight * (rating(first, call) - rating(second, call)) / total))
    return found


ALWAYS: frozenset[FitName] = frozenset(("skill", "today"))


def _known(wants: Wants) -> frozenset[FitName]:
    """What the ticket has that a criterion looks at; not what the members have, so that it is the same for all."""
    if wants is PLAIN:
        return ALWAYS
    found: set[FitName] = set(ALWAYS)
    if wants.place is not None:
        found.add("distance")
    if wants.preferred:
        found.add("preferred")
    if wants.same_order:
        found.add("same_order")
    if wants.history:
        found.add("history")
    return frozenset(found)


@lru_cache(maxsize=1024)
def _criteria(rules: Rules, known: frozenset[FitName]) -> tuple[tuple[Fit, ...], float, tuple[Affinity, ...]]:
    """The criteria that weigh anything for such tickets, all weights together, the affinities; the same for many."""
    fits = tuple((name, weight, _FITS[name]) for name, weight in rules.fits if name in known)
    total = rules.standing_weight + sum(weight for _, weight, _ in fits)
    return fits, total, tuple(name for name in rules.affinity if name in known)
