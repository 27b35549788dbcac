"""A decision equals the one found by hand: who is removed by what, every score, the order, the choice."""

from typing import Any

from hypothesis import given

from tests.support.examples import examples
from tests.unit.dispatch.documents import Document, Maker, decided
from tests.unit.dispatch.drawn import SEEDS
from tests.unit.dispatch.oracle import Oracle

ROUNDED = 1.1e-6
"""Scores have six digits; the oracle sums in another order and measures distances by another formula."""
REASONS = {
    "already_asked": "all_declined",
    "declined": "all_declined",
    "fairness": "no_capacity",
    "capacity": "no_capacity",
}
ORDER = ("dependency", "store", "territory", "excluded", "skills", "parts", "on_duty", "shift", "leave", "radius",
         "already_asked", "declined", "fairness", "capacity")  # fmt: skip


def disagreement(document: Document) -> str | None:
    """What is wrong about the program's answer; None when the oracle finds the same."""
    found, oracle = decided(document), Oracle(document)
    removed: dict[str, list[str]] = {}
    left = []
    for one in sorted(oracle.people, key=lambda one: str(one["id"])):
        if (name := oracle.removed_by(one)) is None:
            left.append(one)
        else:
            removed.setdefault(name, []).append(one["id"])
    if found["removed"] != removed:
        return f"expected {removed} removed, got {found['removed']}"
    scores = {one["id"]: oracle.score(one) for one in left}
    if scores.keys() != found["scores"].keys() or any(
        abs(found["scores"][id_] - scores[id_]) > ROUNDED for id_ in scores
    ):
        return f"expected scores {scores}, got {found['scores']}"
    ranked = [one["id"] for one in sorted(left, key=lambda one: _key(one, found["scores"], oracle))]
    if found["candidates"] != ranked:
        return f"expected {ranked}, got {found['candidates']}"
    expected = _choice(ranked, removed, oracle.mode)
    if (found["chosen"], found["reason"]) != expected:
        return f"expected {expected}, got {(found['chosen'], found['reason'])}"
    return None


def _key(one: dict[str, Any], scores: dict[str, float], oracle: Oracle) -> tuple[Any, ...]:
    """The order of the reference, by the program's own rounded scores (compared above)."""
    idle_s = oracle.seconds_since(one["last_assigned_at"]) if "last_assigned_at" in one else 10**9
    if oracle.mode == "round_robin":
        return oracle.tier(one), -idle_s, one["id"]
    return oracle.tier(one), -scores[one["id"]], -idle_s, one["id"]


def _choice(ranked: list[str], removed: dict[str, list[str]], mode: str) -> tuple[str | None, str]:
    if not ranked:
        last = max(removed, key=ORDER.index, default="nobody there")
        return None, REASONS.get(last, "nobody_eligible")
    if mode in {"pull", "dispatcher"}:
        return None, "pool" if mode == "pull" else mode
    return ranked[0], "chosen"


@examples(200)
@given(SEEDS)
def test_a_decision_equals_the_one_found_by_hand(seed: int) -> None:
    assert disagreement(Maker(seed).document()) is None
