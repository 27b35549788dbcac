"""A large crew: the short way to the best of thousands finds whom the long way finds, and says the same."""

from random import Random
from typing import Any

import pytest
from hypothesis import given

from services.routing.dispatch import document as reading
from services.routing.dispatch.group import NAMED
from tests.unit.dispatch.documents import LADDERS, WEIGHTS, Document, at, decided
from tests.unit.dispatch.drawn import FEW, SEEDS

CROWD = 3
"""So few are a crowd here."""
EVERYWHERE = ({"lat": 90, "lon": 0}, {"lat": -90, "lon": 7}, {"lat": 0, "lon": 180}, {"lat": 0, "lon": -180})


def a_day(seed: int) -> Document:
    """A batch before a crew of up to eighty: places all over a city, all at one, or at the ends of the earth."""
    chance = Random(seed)
    spread = chance.choice((0.0, 0.001, 0.2, 0.2, 60.0))
    count = chance.choice((5, 20, 40, 80))
    return {
        "now": at(0),
        "store": "s1",
        "technicians": [a_technician(f"t{number:02}", chance, spread) for number in range(count)],
        "tickets": [a_ticket(f"T{number}", chance, spread, count) for number in range(chance.choice((3, 30)))],
        "policy": a_policy(chance),
    }


def somewhere(chance: Random, spread: float) -> Document:
    if spread > 1 and chance.random() < 0.2:
        return chance.choice(EVERYWHERE)
    return {"lat": 30 + spread * chance.uniform(-1, 1), "lon": 119 + spread * chance.uniform(-1, 1)}


def a_technician(id_: str, chance: Random, spread: float) -> Document:
    return {
        "id": id_,
        "skills": chance.choice((["general"], ["general"], ["general", "electrical"], {"general": 2})),
        "capacity": chance.choice((0, 1, 2, 3, 9)),
        "load": chance.choice((0, 0, 1)),
        **seldom(chance, "on_duty", False),
        **often(chance, "last_assigned_at", at(-chance.choice((5, 5, 90)))),
        **often(chance, "location", somewhere(chance, spread)),
        **seldom(chance, "radius_km", chance.choice((1.0, 20.0))),
        **seldom(chance, "served", {"c1": at(-chance.choice((9, 99)))}),
        **seldom(chance, "excluded_customers", ["c2"]),
        **seldom(chance, "declined", {"T1": at(-5), "T2": at(-500)}),
        **seldom(chance, "shift", [[at(-60), at(chance.choice((60, 200)))]]),
        **seldom(chance, "divisions", [chance.choice(("330100", "330110", "440000"))]),
        **seldom(chance, "assigned_recently", 3),
        **seldom(chance, "orders", ["o1"]),
        **seldom(chance, "store", "s2"),
    }


def a_ticket(id_: str, chance: Random, spread: float, count: int) -> Document:
    someone_ = f"t{chance.randrange(count):02}"
    return {
        "id": id_,
        "opened_at": at(-chance.choice((0, 11, 40))),
        **often(chance, "location", somewhere(chance, spread)),
        **seldom(chance, "skills", chance.choice((["electrical"], {"general": 2}))),
        **seldom(chance, "additional_skills", ["electrical"]),
        **seldom(chance, "customer", chance.choice(("c1", "c2", "c3"))),
        **seldom(chance, "order", "o1"),
        **seldom(chance, "asked", [someone_]),
        **seldom(chance, "preferred", someone_),
        **seldom(chance, "excluded", [someone_, "nobody"]),
        **seldom(chance, "units", chance.choice((2, 9, "whole"))),
        **seldom(chance, "division", chance.choice(("330110", "330110005"))),
        **seldom(chance, "blocked_by", ["T0"], of=40),
    }


def a_policy(chance: Random) -> Document:
    return {
        **often(chance, "mode", chance.choice(("push", "push", "push", "round_robin", "dispatcher", "pull"))),
        **often(chance, "weights", {name: chance.choice((0, 0.5, 10, 40)) for name in chance.sample(WEIGHTS, 4)}),
        **seldom(chance, "radius_km", chance.choice((5, 15))),
        **seldom(chance, "affinity", ["preferred", "history"], of=3),
        **seldom(chance, "guard", {"assignments": 4}, of=3),
        **seldom(chance, "relax_after_s", 600, of=3),
        **seldom(chance, "ladder", chance.choice(LADDERS), of=3),
        **seldom(chance, "matching", "together", of=4),
    }


def often(chance: Random, name: str, value: Any) -> Document:
    return {name: value} if chance.random() < 0.8 else {}


def seldom(chance: Random, name: str, value: Any, of: int = 8) -> Document:
    return {name: value} if chance.randrange(of) == 0 else {}


def by_crowd(document: Document, crowd: int) -> list[Document]:
    """The answers, where so many candidates are no crowd yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "crowd_of", lambda pairs: crowd)
        found: list[Document] = decided(document)["decisions"]
    return found


def shortened(answer: Document) -> Document:
    """The answer of a small group as a crowd's record gives it: long lists cut, how many there are beside them."""
    inputs, candidates, removed = dict(answer["inputs"]), answer["candidates"], answer["removed"]
    named = candidates[:NAMED] if len(candidates) > CROWD else candidates
    for one in ("loads", "km"):
        if candidates and one in inputs:
            inputs[one] = {id_: value for id_, value in inputs[one].items() if id_ in named}
    cut = {name: ids[:NAMED] if len(ids) > CROWD else ids for name, ids in removed.items()}
    if len(named) < len(candidates):
        inputs["candidates"] = len(candidates)
    if cut != removed:
        inputs["removed"] = {name: len(ids) for name, ids in removed.items()}
    scores = {id_: answer["scores"][id_] for id_ in named}
    return {**answer, "candidates": named, "removed": cut, "scores": scores, "inputs": inputs}


def refused_shortened(answer: Document) -> Document:
    """Of a refusal only what does not depend on how many are named: the words look at whoever is named."""
    short = shortened(answer)
    return short if answer["candidates"] else {**short, "inputs": {}, "words": {}}


@FEW
@given(SEEDS)
def test_before_a_large_crew_all_is_decided_as_before_a_small_one(seed: int) -> None:
    document = a_day(seed)
    # A crowd is not exchanged with.
    matching = document["policy"].pop("matching", None)
    expected = [refused_shortened(answer) for answer in by_crowd(document, 10**9)]
    found = by_crowd(document, CROWD)
    assert [one if one["candidates"] else {**one, "inputs": {}, "words": {}} for one in found] == expected
    if matching is not None:
        document["policy"]["matching"] = matching
        assert len(by_crowd(document, CROWD)) == len(document["tickets"])


@FEW
@given(SEEDS)
def test_a_crowd_that_is_named_whole_is_answered_to_the_letter(seed: int) -> None:
    document = a_day(seed)
    document["policy"].pop("matching", None)
    document["technicians"] = document["technicians"][:NAMED]
    assert by_crowd(document, 0) == by_crowd(document, 10**9)


def test_a_crew_far_apart_is_measured_by_the_very_distance_of_a_small_one() -> None:
    people = [{"id": f"p{at_}", "location": place} for at_, place in enumerate(EVERYWHERE * 2)]
    tickets = [{"id": f"T{at_}", "location": place} for at_, place in enumerate(EVERYWHERE)]
    document = {"now": at(0), "store": "s1", "technicians": people, "tickets": tickets}
    expected = [shortened(answer) for answer in by_crowd(document, 10**9)]
    assert by_crowd(document, CROWD) == expected
    assert expected[0]["inputs"]["km"]["p1"] == pytest.approx(20015.11)


def test_a_document_that_would_name_too_many_names_the_first_of_a_crowd() -> None:
    people = [{"id": f"p{number:03}"} for number in range(150)]
    document = {"now": at(0), "store": "s1", "technicians": people, "tickets": [{"id": "T1"}, {"id": "T2"}]}
    assert [len(answer["candidates"]) for answer in decided(document)["decisions"]] == [150, 150]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "NAMES_MAX", 299)
        found = decided(document)["decisions"]
    assert [(len(answer["candidates"]), answer["inputs"]["candidates"]) for answer in found] == [(10, 150), (10, 150)]
