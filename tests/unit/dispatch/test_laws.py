"""What holds for every document: nobody over capacity, nobody brought back, no order, no chance, nothing worse."""

import subprocess
import sys
from collections import Counter
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given

from services.routing.dispatch import document as reading
from tests.tidy.tree import ROOT
from tests.unit.dispatch.documents import Document, Maker, a_batch, at, decided, digest, without_nothing
from tests.unit.dispatch.drawn import FEW, SEEDS

DIGEST = "from tests.unit.dispatch.documents import digest; print(digest())"


def taken(answer: Document) -> int:
    units: int = answer["inputs"].get("units", 1)
    return units


@FEW
@given(SEEDS)
def test_nobody_is_given_more_than_they_can_hold(seed: int) -> None:
    document = a_batch(seed)
    given_to: Counter[str] = Counter()
    for answer in decided(document)["decisions"]:
        if answer["chosen"] is not None:
            given_to[answer["chosen"]] += taken(answer)
    for one in document["technicians"]:
        assert given_to[one["id"]] <= max(0, one["capacity"] - one["load"])


@FEW
@given(SEEDS)
def test_nobody_is_chosen_whom_a_filter_removed(seed: int) -> None:
    document = a_batch(seed)
    everybody = sorted(one["id"] for one in document["technicians"])
    for answer in decided(document)["decisions"]:
        removed = [id_ for ids in answer["removed"].values() for id_ in ids]
        assert sorted(removed + answer["candidates"]) == everybody
        first = answer["candidates"] if answer["rule"] == "best_together" else answer["candidates"][:1]
        assert answer["chosen"] in {None, *first}


@FEW
@given(SEEDS)
def test_together_the_same_tickets_are_served_by_the_same_people_as_often(seed: int) -> None:
    by = {}
    for matching in ("one_by_one", "together"):
        document = a_batch(seed)
        document["policy"]["matching"] = matching
        by[matching] = [(one["ticket"], one["chosen"]) for one in decided(document)["decisions"]]
    one_by_one, together = by["one_by_one"], by["together"]
    assert [ticket for ticket, _ in together] == [ticket for ticket, _ in one_by_one]
    assert [bool(chosen) for _, chosen in together] == [bool(chosen) for _, chosen in one_by_one]
    assert Counter(chosen for _, chosen in together) == Counter(chosen for _, chosen in one_by_one)


@FEW
@given(SEEDS)
def test_nobody_is_given_more_than_the_fairness_guard_allows(seed: int) -> None:
    document = a_batch(seed)
    document["policy"]["guard"] = {"assignments": 3}
    for one in document["technicians"]:
        one["assigned_recently"] = seed % 3
    given_to = Counter(answer["chosen"] for answer in decided(document)["decisions"] if answer["chosen"])
    assert all(count <= 3 - seed % 3 for count in given_to.values())


@FEW
@given(SEEDS)
def test_the_order_of_the_lists_never_matters(seed: int) -> None:
    document = a_batch(seed)
    assert decided(shuffled(document, Random(seed))) == decided(document)


@FEW
@given(SEEDS)
def test_one_more_candidate_is_chosen_or_changes_nothing(seed: int) -> None:
    document = Maker(seed).document()
    before = decided(document)
    more = deepcopy(document)
    newcomer = Maker(seed + 1).technician("z") | {"last_assigned_at": at(-(seed % 5000))}
    more["technicians"].append(without_nothing(newcomer))
    after = decided(more)
    if before["chosen"] is not None:
        assert after["chosen"] in {before["chosen"], "z"}
    assert [id_ for id_ in after["candidates"] if id_ != "z"] == before["candidates"]


@FEW
@given(SEEDS)
def test_one_more_technician_never_costs_a_ticket_its_place(seed: int) -> None:
    document = a_batch(seed)
    # With tickets of several units a newcomer can change how the pieces fit; one more is only sure to help with ones.
    for ticket in document["tickets"]:
        ticket["units"] = 1
    document["policy"].pop("guard", None)
    before = decided(document)["decisions"]
    more = deepcopy(document)
    more["technicians"].append({"id": "z", "skills": ["general"], "capacity": seed % 4})
    served = {answer["ticket"] for answer in decided(more)["decisions"] if answer["chosen"]}
    assert {answer["ticket"] for answer in before if answer["chosen"]} <= served


@FEW
@given(SEEDS)
def test_a_crowd_is_ranked_as_a_small_group_is(seed: int) -> None:
    document = a_batch(seed)
    # A crowd is not exchanged with.
    document["policy"]["matching"] = "one_by_one"
    small = decided(document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "crowd_of", lambda pairs: 0)
        assert decided(document) == small


@FEW
@given(SEEDS)
def test_scores_are_between_0_and_1_and_fall_along_the_candidates(seed: int) -> None:
    document = Maker(seed).document()
    document["policy"].pop("affinity", None)
    answer = decided(document)
    points = [answer["scores"][id_] for id_ in answer["candidates"]]
    assert all(0 <= one <= 1 for one in points)
    if answer["rule"] == "best_score":
        assert points == sorted(points, reverse=True)


def test_another_process_with_another_hash_seed_answers_the_same() -> None:
    command = [sys.executable, "-c", DIGEST]
    other = subprocess.run(
        command, cwd=ROOT, env={"PYTHONHASHSEED": "4711"}, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest()


def shuffled(value: Any, chance: Random) -> Any:
    """The same with every list and object in another order, but those in which order says something."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        kept = {"affinity", "ladder", "shift", "leave"}
        return {name: value[name] if name in kept else shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        found = [shuffled(one, chance) for one in value]
        chance.shuffle(found)
        return found
    return value
