"""A decision's words name the true reason: change the fact that they name, and the decision changes."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given

from services.routing.dispatch.candidates import FILTERS
from services.routing.dispatch.criteria import CRITERIA
from services.routing.dispatch.phrases import ALSO, FILTER_PHRASES, NOBODY
from tests.unit.dispatch.documents import (
    FAR,
    HERE,
    NEAR,
    Document,
    Maker,
    a_document,
    at,
    decided,
    someone,
)
from tests.unit.dispatch.drawn import FEW, SEEDS

FACTS_OF: dict[str, tuple[str, ...]] = {
    "free": ("load", "capacity"),
    "skill": ("skills",),
    "idle": ("last_assigned_at",),
    "distance": ("location",),
    "same_order": ("orders",),
    "history": ("served",),
    "today": ("shift",),
}
"""Which facts of a technician a criterion looks at."""


def lift(document: Document, id_: str, name: str) -> Document:
    """The document without the one thing that the filter found about somebody."""
    found = deepcopy(document)
    ticket, one = found["ticket"], next(one for one in found["technicians"] if one["id"] == id_)
    edits: dict[str, Callable[[], Any]] = {
        "dependency": lambda: ticket.pop("blocked_by"),
        "store": lambda: one.pop("store"),
        "territory": lambda: one.pop("divisions"),
        "excluded": lambda: (one.pop("excluded_customers", None), ticket.pop("excluded", None)),
        "skills": lambda: one.update(skills=dict.fromkeys(("general", "electrical", "piano"), 2)),
        "parts": lambda: one.update(parts=["pump"]),
        "on_duty": lambda: one.update(on_duty=True),
        "shift": lambda: one.pop("shift"),
        "leave": lambda: one.pop("leave"),
        "radius": lambda: one.pop("location"),
        "already_asked": lambda: ticket["asked"].remove(id_),
        "declined": lambda: (one.pop("declined", None), ticket.pop("declined", None)),
        "fairness": lambda: one.pop("assigned_recently"),
        "capacity": lambda: one.update(load=0, capacity=4),
    }
    edits[name]()
    return found


@FEW
@given(SEEDS)
def test_whoever_was_removed_is_not_removed_by_that_once_the_fact_is_lifted(seed: int) -> None:
    document = Maker(seed).document()
    before = decided(document)
    for name, ids in before["removed"].items():
        assert f"{len(ids)} {FILTER_PHRASES[name][1]}" in before["words"]["en"]
        assert f"{len(ids)} 位{FILTER_PHRASES[name][0]}" in before["words"]["zh"]
        after = decided(lift(document, ids[0], name))
        assert ids[0] not in after["removed"].get(name, [])
        assert after["words"] != before["words"]


@FEW
@given(SEEDS)
def test_lifting_the_one_reason_for_nobody_gives_somebody(seed: int) -> None:
    document = Maker(seed).document()
    document["policy"].pop("ladder", None)
    document["policy"]["mode"] = "push"
    before = decided(document)
    if not before["removed"] or before["chosen"]:
        return
    last = max(before["removed"], key=FILTERS.index)
    main, is_alone = (
        NOBODY[last][1],
        not any(f"also {FILTER_PHRASES[name][1]}" in before["words"]["en"] for name in ALSO),
    )
    assert f"nobody for now: {main}" in before["words"]["en"]
    lifted = [decided(lift(document, id_, last))["chosen"] for id_ in before["removed"][last]]
    assert any(lifted) == is_alone


@FEW
@given(SEEDS)
def test_were_the_criteria_named_equal_the_next_would_be_no_worse(seed: int) -> None:
    document = Maker(seed).document()
    for one in document["technicians"]:
        one.pop("radius_km", None)
    document["policy"] = {"weights": {"today": 3, "idle": 10}}
    document["ticket"].pop("preferred", None)
    before = decided(document)
    if before["rule"] != "best_score" or len(before["candidates"]) == 1:
        return
    named = [one.name for one in CRITERIA if one.en in before["words"]["en"] and one.name in FACTS_OF]
    first, second = before["candidates"][:2]
    if before["scores"][first] == before["scores"][second]:
        assert "best score" not in before["words"]["en"]
        return
    after = decided(equal_in(document, named, first, second))
    assert after["scores"][second] >= after["scores"][first] - 2e-6


def equal_in(document: Document, names: Sequence[str], first: str, second: str) -> Document:
    """The second with the first one's facts in these criteria."""
    found = deepcopy(document)
    people = {one["id"]: one for one in found["technicians"]}
    for fact in (fact for name in names for fact in FACTS_OF[name]):
        people[second].pop(fact, None)
        if fact in people[first]:
            people[second][fact] = people[first][fact]
    return found


@pytest.mark.parametrize(
    ("better", "worse", "ticket", "zh", "en"),
    [
        ({"location": NEAR}, {"location": FAR}, {"location": HERE}, "离得最近（2.9 公里", "nearest (2.9 km"),
        ({"load": 0}, {"load": 2}, {}, "空余最多（4/4，其次 2/4）", "freest (4 of 4 free, next 2 of 4 free)"),
        (
            {"last_assigned_at": at(-300)},
            {"last_assigned_at": at(-5)},
            {},
            "空闲最久（5.0 小时，其次 5 分钟）",
            "longest idle",
        ),
        ({}, {"skills": ["general", "piano"]}, {}, "技能最对口（1 项技能，其次 2 项技能）", "closest in skills"),
        ({"orders": ["o1"]}, {}, {"order": "o1"}, "做过同一订单", "worked on the same order"),
        ({"served": {"c1": at(-600)}}, {}, {"customer": "c1"}, "近期服务过该顾客", "served this customer"),
    ],
)
def test_the_words_say_by_what_and_by_how_much(
    better: Document, worse: Document, ticket: Document, zh: str, en: str
) -> None:
    answer = decided(a_document(someone("b", name="小王", **better), someone("a", **worse), **ticket))
    assert answer["chosen"] == "b"
    assert "小王" in answer["words"]["zh"]
    assert zh in answer["words"]["zh"]
    assert en in answer["words"]["en"]


def test_the_least_advantage_that_a_score_shows_has_a_reason() -> None:
    people = (someone("a", last_assigned_at=at(-500)), someone("b", last_assigned_at=at(-501)))
    answer = decided(a_document(*people, policy={"weights": {"free": 1000, "skill": 0}}))
    assert answer["chosen"] == "b"
    assert 0 < answer["scores"]["b"] - answer["scores"]["a"] < 2e-6
    assert "：空闲最久（" in answer["words"]["zh"]
    assert "candidates: longest idle (" in answer["words"]["en"]


def test_a_wish_of_the_customer_is_named() -> None:
    answer = decided(a_document(someone("a"), someone("b"), preferred="b"))
    assert answer["chosen"] == "b"
    assert "顾客点名" in answer["words"]["zh"]


def test_an_affinity_is_named_as_what_goes_before_the_score() -> None:
    policy = {"affinity": ["same_order"], "weights": {"same_order": 0}}
    answer = decided(a_document(someone("a"), someone("b", load=3, orders=["o1"]), order="o1", policy=policy))
    assert answer["chosen"] == "b"
    assert answer["scores"]["a"] > answer["scores"]["b"]
    assert "goes before the score" in answer["words"]["en"]


def test_skills_that_were_given_up_are_named() -> None:
    policy = {"relax_after_s": 600}
    answer = decided(a_document(someone("a"), additional_skills=["piano"], policy=policy))
    assert answer["chosen"] == "a"
    assert "放宽技能：piano" in answer["words"]["zh"]
    assert answer["inputs"]["dropped_skills"] == ["piano"]


def test_every_filter_has_its_phrases_in_both_languages() -> None:
    assert set(FILTERS) == set(FILTER_PHRASES) == set(NOBODY) - {None}
    assert all(zh and en for zh, en in [*FILTER_PHRASES.values(), *NOBODY.values()])


def test_a_tie_is_told_by_what_broke_it_whatever_the_two_hold() -> None:
    by_id = decided(a_document(someone("a", load=2), someone("b", capacity=2, load=1)))
    assert by_id["chosen"] == "a"
    assert "first by id among the equal best (0.56), equally idle, of 2 candidates" in by_id["words"]["en"]
    assert "同分（0.56）且空闲一样久，按编号在前" in by_id["words"]["zh"]
    alike = {"policy": {"weights": {"idle": 0, "free": 0}}}
    by_time = decided(a_document(someone("a", last_assigned_at=at(-5)), someone("b", load=1), **alike))
    assert by_time["chosen"] == "b"
    assert "longest idle among the equal best (0.50)" in by_time["words"]["en"]
