"""The dispatch policy as matching wants it: compiled once per version, and what of it holds for one ticket now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from sys import maxsize
from typing import Literal, NamedTuple, get_args

from services.routing.dispatch.waiting import PLAIN, WaitingTicket
from shared.policies import Dispatch, Policies, Policy, Versioned
from shared.policies.dispatch import Affinity, Matching, Mode, Scales, Step, Units, Weights

FitName = Literal["skill", "distance", "preferred", "same_order", "history", "today"]
"""The criteria that look at a technician and a ticket together."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The policy with plain attributes (a model's are slower to read). Compared by identity, like its policy."""

    mode: Mode
    matching: Matching
    weights: Weights
    scales: Scales
    fits: tuple[tuple[FitName, float], ...]
    """The criteria between a technician and a ticket that weigh anything, with their weights."""
    standing_weight: float
    """The weights of the other criteria together."""
    affinity: tuple[Affinity, ...]
    history_s: float
    radius_km: float | None
    relax_after_s: float | None
    declined_again_after_s: float
    guard_assignments: int
    guard_window_s: float
    units: Mapping[str, Units]
    ladder: tuple[Step, ...]
    version: int
    """0: nobody published a policy, the defaults hold."""


class Terms(NamedTuple):
    """What the policy says about one ticket at this moment, after ladder and relaxation."""

    step: int
    """The highest rung of the ladder that is reached, counted from 1; 0: none."""
    mode: Mode
    radius_km: float | None
    is_widened: bool
    """Whether technicians of the neighbouring stores are looked at, too."""
    needed: frozenset[str]
    """The skills that are needed now."""
    dropped: frozenset[str]
    """The skills that were wished for and are not needed any more."""
    guard: int
    """How often somebody may be chosen automatically; where a person chooses there is no end to it."""


def rules_of(policies: Policies) -> Rules:
    """The rules of `dispatch/default`, compiled once for each version of it."""
    entry = policies.entry("dispatch", "default")
    return DEFAULT if entry is None else _of_entry(entry)


def compiled(policy: Dispatch, version: int) -> Rules:
    """The policy as matching wants it."""
    return Rules(
        mode=policy.mode,
        matching=policy.matching,
        weights=policy.weights,
        scales=policy.scales,
        fits=tuple((name, weight) for name in get_args(FitName) if (weight := getattr(policy.weights, name))),
        standing_weight=policy.weights.free + policy.weights.idle + policy.weights.load,
        affinity=policy.affinity,
        history_s=policy.history_days * 86_400,
        radius_km=policy.radius_km,
        relax_after_s=policy.relax_after_s,
        declined_again_after_s=policy.declined_again_after_s,
        guard_assignments=policy.guard.assignments,
        guard_window_s=policy.guard.window_s,
        units=policy.units,
        ladder=policy.ladder,
        version=version,
    )


DEFAULT = compiled(Dispatch(), version=0)
NONE: frozenset[str] = frozenset()
AUTOMATIC: tuple[Mode, ...] = ("push", "round_robin")
"""Dispatch chooses; else it ranks and leaves the choice open."""


def terms_of(ticket: WaitingTicket, rules: Rules, now: datetime) -> Terms:
    """Ladder and relaxation applied to one ticket; the time counts from when it began to wait."""
    if not rules.ladder and not ticket.wants.additional:
        guard = guard_of(rules.mode, rules)
        return Terms(0, rules.mode, rules.radius_km, False, ticket.skills, NONE, guard)  # noqa: FBT003 - fields in order
    waited_s = waited_s_of(ticket, now)
    step = sum(1 for one in rules.ladder if _is_reached(one, waited_s, len(ticket.asked)))
    reached = rules.ladder[:step]
    dropped = dropped_of(ticket, rules, waited_s)
    mode = next((one.mode for one in reversed(reached) if one.mode is not None), rules.mode)
    return Terms(
        step=step,
        mode=mode,
        radius_km=next((one.radius_km for one in reversed(reached) if one.radius_km is not None), rules.radius_km),
        is_widened=any(one.neighbours for one in reached),
        needed=ticket.skills | (ticket.wants.additional - dropped),
        dropped=dropped,
        guard=guard_of(mode, rules),
    )


def guard_of(mode: Mode, rules: Rules) -> int:
    """The fairness guard is about choices that nobody made."""
    return rules.guard_assignments if mode in AUTOMATIC else maxsize


def waited_s_of(ticket: WaitingTicket, now: datetime) -> float:
    """Seconds since it began to wait for somebody; 0 for a clock that is behind."""
    return max(0.0, (now - (ticket.waiting_since or ticket.opened_at)).total_seconds())


def dropped_of(ticket: WaitingTicket, rules: Rules, waited_s: float) -> frozenset[str]:
    """The wished-for skills that are given up after so long a wait; never one that is needed."""
    if rules.relax_after_s is None or waited_s < rules.relax_after_s:
        return NONE
    return ticket.wants.additional - ticket.skills


def units_of(ticket: WaitingTicket, rules: Rules) -> Units:
    """How much of a capacity the ticket takes: what it says itself, else what the table says of its category."""
    if ticket.wants is PLAIN:
        return 1
    if ticket.wants.whole:
        return "whole"
    if ticket.wants.units is not None:
        return ticket.wants.units
    return rules.units.get(ticket.wants.category, 1) if ticket.wants.category is not None else 1


def _is_reached(step: Step, waited_s: float, offers: int) -> bool:
    return waited_s >= step.after_s and offers >= step.after_offers


@lru_cache(maxsize=8)
def _of_entry(entry: Versioned[Policy]) -> Rules:
    policy = entry.body
    assert isinstance(policy, Dispatch)  # noqa: S101 - the kind of the entry says so
    return compiled(policy, entry.version)
