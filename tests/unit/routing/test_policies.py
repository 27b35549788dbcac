"""What is said about publishing policies: what is wrong with them, and what they would break elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.routing.handle.policies import Proposed, new_problems
from shared.policies import Policies, policy_body
from shared.policies.files import read_policies

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample() -> Policies:
    return read_policies(Path(__file__).parents[3] / "deploy" / "policies")


def problems(before: Policies, *proposed: Proposed) -> list[tuple[str, str]]:
    after = before
    for one in proposed:
        after = after.with_policy(one.kind, one.name, 2, one.body)
    found = new_problems(before, after, proposed, NOW)
    return [(one.policy, one.error.field) for one in found if one.severity == "error"]


def without_hangzhou(sample: Policies) -> Proposed:
    """The sample's divisions without the counties in which its stores of Hangzhou lie."""
    found: dict[str, Any] = policy_body(next(one for one in sample.divisions() if one.name == "sample").body)
    kept = [one for one in found["divisions"] if not one["code"].startswith("3301")]
    return Proposed("division", "sample", {**found, "divisions": kept})


def test_a_policy_that_breaks_another_one_is_told_there(sample: Policies) -> None:
    found = problems(sample, without_hangzhou(sample))
    assert ("store/hz-wensan", "division") in found


def test_what_was_broken_elsewhere_before_is_not_told_again(sample: Policies) -> None:
    gone = without_hangzhou(sample)
    broken = sample.with_policy(gone.kind, gone.name, 2, gone.body)
    crew = Proposed("crew", "tp-shilin", {"technicians": [{"id": "t-new", "name": "陈", "capacity": 1}]})
    assert problems(broken, crew) == []


def test_what_is_wrong_with_the_policy_itself_is_told_although_it_was_before(sample: Policies) -> None:
    crew = Proposed("crew", "nowhere", {"technicians": []})
    broken = sample.with_policy(crew.kind, crew.name, 1, crew.body)
    assert problems(broken, crew) == [("crew/nowhere", "name")]


def test_what_is_mended_in_the_same_step_is_no_problem(sample: Policies) -> None:
    stores = [
        Proposed("store", one.name, {**policy_body(one.body), "division": "310101"}) for one in sample.of_kind("store")
    ]
    areas: list[dict[str, Any]] = policy_body(next(one for one in sample.territories() if one.name == "zhejiang").body)[
        "areas"
    ]
    kept = [one for one in areas if not one.get("division", "").startswith("3301")]
    territory = Proposed("territory", "zhejiang", {"areas": kept})
    assert problems(sample, without_hangzhou(sample), *stores, territory) == []
