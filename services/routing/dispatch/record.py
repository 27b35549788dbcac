"""The decision record: candidates, who was removed by what, scores, the numbers behind them, words."""

from collections.abc import Mapping
from typing import Any, Literal

from services.routing.dispatch.candidates import FILTERS, Call, FilterName, hindrances, taken_by
from services.routing.dispatch.group import Asked, Candidate, Weighed
from services.routing.dispatch.members import Member
from services.routing.dispatch.words import chosen_words, exchanged_words, left_open_words, nobody_words
from shared.events.fact import Decision

MatchReason = Literal["chosen", "no_capacity", "nobody_eligible", "all_declined", "pool", "dispatcher"]
"""`chosen`, or why nobody: all who could are full; nobody there can do it; all who could were asked or declined;
whoever takes it first has it; a person chooses."""

KM_DIGITS = 2
_RULES = {"push": "best_score", "round_robin": "next_in_turn"}
_REASONS: dict[FilterName, MatchReason] = {
    "already_asked": "all_declined",
    "declined": "all_declined",
    "fairness": "no_capacity",
    "capacity": "no_capacity",
}


def choice(group: Asked, weighed: Weighed, candidate: Candidate, policies: Mapping[str, int]) -> Decision:
    """Why this candidate gets it: the first of them, or another for the sake of the batch. Before their load grows."""
    chosen, call = candidate.member, group.call
    is_first = candidate is weighed.best_first[0]
    inputs = {"load": chosen.load, "capacity": chosen.capacity, **_inputs(weighed, call)}
    taken = taken_by(chosen, call.units)
    if taken != 1:
        inputs["units"] = taken
    words = chosen_words(weighed, group.scale) if is_first else exchanged_words(weighed, candidate, group.call)
    rule = _RULES[call.terms.mode] if is_first else "best_together"
    return _decision(rule, weighed, inputs=inputs, policies=policies, words=words)


def left_open(group: Asked, weighed: Weighed, policies: Mapping[str, int]) -> tuple[MatchReason, Decision]:
    """Why nobody was chosen although somebody could: a pool, or a person who chooses."""
    reason: MatchReason = "pool" if group.call.terms.mode == "pull" else "dispatcher"
    words = left_open_words(weighed, group.scale)
    return reason, _decision(reason, weighed, inputs=_inputs(weighed, group.call), policies=policies, words=words)


def refusal(
    group: Asked, weighed: Weighed, members: Mapping[str, Member], policies: Mapping[str, int]
) -> tuple[MatchReason, Decision]:
    """Why nobody is left: the last filter that took somebody away is the one that stands in the way."""
    last = next((name for name in reversed(FILTERS) if name in weighed.removed), None)
    reason: MatchReason = _REASONS.get(last, "nobody_eligible") if last else "nobody_eligible"
    nearest = [members[id_] for id_ in weighed.removed[last]] if last else []
    full = nearest if last == "capacity" else []
    inputs = {**_inputs(weighed, group.call), "loads": {one.id: [one.load, one.capacity] for one in full}}
    words = nobody_words(last, _also(nearest, last, group.call), weighed.removed_counts)
    return reason, _decision(reason, weighed, inputs=inputs, policies=policies, words=words)


def _also(nearest: list[Member], last: FilterName | None, call: Call) -> list[FilterName]:
    """What else stands in the way of whoever the last filter took and who is nearest; nothing if it is that alone."""
    others = [[name for name in hindrances(member, call) if name != last] for member in nearest]
    return min(others, key=len, default=[])


def _inputs(weighed: Weighed, call: Call) -> dict[str, Any]:
    """The other numbers that the decision stood on; what says nothing special is left out."""
    named = weighed.best_first
    inputs: dict[str, Any] = {
        "skills": sorted(call.terms.needed),
        "loads": {one.member.id: [one.member.load, one.member.capacity] for one in named},
    }
    if call.ticket.wants.place is not None:
        km = [(one.id, call.km_of(one.member)) for one in named]
        inputs["km"] = {id_: round(found, KM_DIGITS) for id_, found in km if found is not None}
    if call.terms.dropped:
        inputs["dropped_skills"] = sorted(call.terms.dropped)
    if call.terms.step:
        inputs["step"] = call.terms.step
    if weighed.left_count > len(named):
        inputs["candidates"] = weighed.left_count
    if any(weighed.removed_counts[name] > len(ids) for name, ids in weighed.removed.items()):
        inputs["removed"] = weighed.removed_counts
    return inputs


def _decision(
    rule: str, weighed: Weighed, *, inputs: dict[str, Any], policies: Mapping[str, int], words: dict[Any, str]
) -> Decision:
    return Decision(
        rule=rule,
        candidates=[one.member.id for one in weighed.best_first],
        removed=weighed.removed,
        scores=_scores(weighed.best_first),
        policies=dict(policies),
        inputs=inputs,
        words=words,
    )


def _scores(candidates: list[Candidate]) -> dict[str, float]:
    return {one.member.id: one.score for one in candidates}
