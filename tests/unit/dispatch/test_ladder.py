"""Who is asked next when an offer runs out, and how the circle widens."""

from typing import Any

import pytest

from services.routing.dispatch.document import decide_document
from shared.policies.calendar import WEEKDAYS
from tests.unit.dispatch.documents import FAR, HERE, NEAR, Document, a_document, at, someone


def ladder(*technicians: Document, policy: Document, accept_s: int = 1800, **ticket: Any) -> list[tuple[str, str, int]]:
    """Technician, instant, step of every offer to come."""
    document = a_document(*technicians, policy=policy, **{"opened_at": at(0), **ticket})
    found = decide_document({**document, "neighbours": ["s2"], "accept_s": accept_s}, foretell=True)["ladder"]
    return [(one["technician"], one["at"].replace("Z", "+00:00"), one["step"]) for one in found]


def test_one_after_the_other_is_asked_best_first_and_nobody_twice() -> None:
    people = (someone("a", load=2), someone("b"), someone("c", load=1))
    assert ladder(*people, policy={}) == [("b", at(0), 0), ("c", at(30), 0), ("a", at(60), 0)]


def test_whoever_was_asked_is_not_asked_again() -> None:
    assert ladder(someone("a"), someone("b"), policy={}, asked=["a"]) == [("b", at(0), 0)]


def test_the_circle_is_widened_when_its_time_has_come() -> None:
    people = (someone("a", location=NEAR), someone("b", location=FAR), someone("c", store="s2", location=NEAR))
    policy = {"radius_km": 5, "ladder": [{"after_s": 3600, "radius_km": 100}, {"after_s": 7200, "neighbours": True}]}
    expected = [("a", at(0), 0), ("b", at(60), 1), ("c", at(120), 2)]
    assert ladder(*people, policy=policy, location=HERE) == expected


def test_a_rung_can_count_offers() -> None:
    people = (someone("a"), someone("b", store="s2"))
    policy = {"ladder": [{"after_offers": 1, "neighbours": True}]}
    assert ladder(*people, policy=policy) == [("a", at(0), 0), ("b", at(30), 1)]


def test_the_ladder_ends_where_the_choice_is_not_its_own() -> None:
    policy = {"ladder": [{"after_s": 1800, "mode": "pull"}]}
    assert ladder(someone("a"), someone("b"), policy=policy) == [("a", at(0), 0)]


def test_relaxation_and_the_end_of_a_decline_bring_somebody_in_later() -> None:
    people = (someone("a", declined={"T1": at(-20)}), someone("b", skills=["general", "piano"]))
    policy = {"relax_after_s": 7200}
    found = ladder(*people, policy=policy, additional_skills=["piano"])
    assert found == [("b", at(0), 0), ("a", at(120), 0)]


def test_who_declined_without_an_instant_is_asked_again_when_the_pause_is_over() -> None:
    policy = {"declined_again_after_s": 3600}
    assert ladder(someone("a"), policy=policy, declined=["a"]) == [("a", at(60), 0)]


@pytest.mark.parametrize("shift", [[["09:00", "18:00"]], {day: ["09:00-18:00"] for day in WEEKDAYS}])
def test_whoever_works_every_day_is_asked_on_any_day(shift: Any) -> None:
    people = [someone(id_, shift=shift) for id_ in "abcde"]
    found = ladder(*people, policy={}, accept_s=86_400)
    assert found == [(id_, at(day * 1440), 0) for day, id_ in enumerate("abcde")]


def test_a_shift_of_one_day_is_not_there_on_the_next() -> None:
    people = (someone("a"), someone("b", shift={"sun": ["09:00-18:00"]}), someone("c", shift={"mon": ["09:00-18:00"]}))
    assert [one[0] for one in ladder(*people, policy={}, accept_s=86_400)] == ["a", "c"]


def test_nobody_ever_is_an_empty_ladder() -> None:
    assert ladder(someone("a", on_duty=False), policy={}) == []


def test_foretelling_changes_no_decision() -> None:
    document = a_document(someone("a"), someone("b"))
    answer = decide_document(document, foretell=True)
    answer.pop("ladder")
    assert answer == decide_document(document)
