"""Weighs the candidates that the filters left: free capacity, closeness of skills, time without new work.

Closeness is 1 for exactly the skills that are needed and less with every further one: who can do more is kept for what
needs more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.routing.dispatch.candidates import Member
from shared.policies.dispatch import Weights

SCORE_DIGITS = 6
"""Scores are rounded, so that two machines never rank by the last bit of a float."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first, with the score of each (0…1)."""

    best_first: tuple[Member, ...]
    scores: dict[str, float]


def rank(members: Sequence[Member], *, skills: frozenset[str], weights: Weights) -> Ranked:
    """The members by weighted score; equals by least load, then longest idle, then lowest id. Total order."""
    idle_s_max = max((member.idle_s for member in members if member.idle_s < math.inf), default=0.0)
    scores = {member.id: _score(member, skills, weights, idle_s_max=idle_s_max) for member in members}
    best_first = sorted(members, key=lambda member: (-scores[member.id], member.load, -member.idle_s, member.id))
    return Ranked(tuple(best_first), {member.id: scores[member.id] for member in best_first})


def _score(member: Member, skills: frozenset[str], weights: Weights, *, idle_s_max: float) -> float:
    """The weighted mean of the criteria, each 0…1, more is better; 0 when all weights are."""
    total = weights.free + weights.skill + weights.idle
    if not total:
        return 0.0
    weighted = (
        weights.free * (member.capacity - member.load) / member.capacity
        + weights.skill * (1 + len(skills)) / (1 + len(member.skills))
        + weights.idle * _idleness(member.idle_s, idle_s_max)
    )
    return round(weighted / total, SCORE_DIGITS)


def _idleness(idle_s: float, idle_s_max: float) -> float:
    """The part of the longest time without new work; who never had any is as idle as can be."""
    if idle_s == math.inf:
        return 1.0
    return idle_s / idle_s_max if idle_s_max else 0.0
