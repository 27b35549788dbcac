"""The criteria of the score: what each looks at, which way is better, how a value becomes a rating of 0…1.

A rating looks at one technician and one ticket, never at the other candidates: so a further candidate changes nobody's
score, and cannot turn the order of two others round.
"""

import math
from dataclasses import dataclass
from typing import Literal

from services.routing.dispatch.candidates import Call, level_of, recently_served
from services.routing.dispatch.members import Member

CriterionName = Literal["free", "skill", "idle", "load", "distance", "preferred", "same_order", "history", "today"]

WORKDAY_S = 8 * 3600
"""A shift with so much left or more is rated 1."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the table: whether more or less of it is better, and its name in words."""

    name: CriterionName
    better: Literal["more", "less"]
    zh: str
    en: str


CRITERIA: tuple[Criterion, ...] = (
    Criterion("free", "more", "空余最多", "freest"),
    Criterion("skill", "more", "技能最对口", "closest in skills"),
    Criterion("idle", "more", "空闲最久", "longest idle"),
    Criterion("load", "less", "手上最少", "least loaded"),
    Criterion("distance", "less", "离得最近", "nearest"),
    Criterion("preferred", "more", "顾客点名", "wished for by the customer"),
    Criterion("same_order", "more", "做过同一订单", "worked on the same order"),
    Criterion("history", "more", "近期服务过该顾客", "served this customer not long ago"),
    Criterion("today", "more", "当班剩余时间最多", "most of the shift left"),
)


def free(member: Member) -> float:
    """The free part of the capacity."""
    return max(0, member.capacity - member.load) / member.capacity if member.capacity else 0.0


def idle(member: Member, scale_s: float) -> float:
    """Time without new work; who never had any is as idle as can be."""
    return 1.0 if member.idle_s == math.inf else member.idle_s / (member.idle_s + scale_s)


def load(member: Member, scale_units: float) -> float:
    """Units held, whatever the capacity."""
    return scale_units / (scale_units + member.load)


def skill(member: Member, call: Call) -> float:
    """1 for exactly what is needed, less with every further skill or level: who can do more is kept for that."""
    asked = call.terms.needed | (call.terms.dropped & member.skills)
    if member.facts.levels is None and not call.ticket.wants.levels:
        return (1 + len(asked)) / (1 + len(member.skills))
    least = dict(call.ticket.wants.levels)
    wanted = sum(min(least.get(one, 1), level_of(member, one)) for one in asked)
    return (1 + wanted) / (1 + sum(level_of(member, one) for one in member.skills))


def distance(member: Member, call: Call) -> float:
    """1 at the place itself, one half at the scale's distance; 0 when it is not known."""
    km, scale_km = call.km_of(member), call.asking.rules.scales.distance_km
    return 0.0 if km is None else scale_km / (scale_km + km)


def preferred(member: Member, call: Call) -> float:
    """Whether the customer wishes for them."""
    return float(member.id in call.ticket.wants.preferred)


def same_order(member: Member, call: Call) -> float:
    """Whether they worked on the same order."""
    return float(member.id in call.ticket.wants.same_order)


def history(member: Member, call: Call) -> float:
    """Whether they served this customer within the policy's days."""
    return float(member.id in recently_served(call))


def today(member: Member, call: Call) -> float:
    """The part of a working day that is left of the shift, until leave begins; without a shift all of it."""
    spans = member.facts.shift
    if spans is None:
        return 1.0
    now = until = call.asking.now
    for start, end in sorted(spans):
        if start <= until < end:  # where one shift ends as the next begins, work goes on
            until = end
    until = min([until, *(start for start, _ in member.facts.leave if now <= start)])
    return min(1.0, (until - now).total_seconds() / WORKDAY_S)
