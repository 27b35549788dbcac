"""What is said about publishing policies: what is wrong with them, and what they would break elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.routing.handle.policies import Proposed, new_problems
from shared.policies import Policies, policy_body
from shared.policies.files import read_policies

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


SAMPLE = Path(__file__).parents[3] / "deploy" / "policies"
DIVISION = {"code": "330190", "name": "云栖新城"}


def own_divisions(*divisions: dict[str, Any]) -> Proposed:
    """The chain's own list, beside the official ones."""
    more = {"code": "330191", "name": "云栖旧城"}
    return Proposed("division", "own", {"source": "our own", "as_of": "2026-01", "divisions": [more, *divisions]})


def moved(policies: Policies, division: str) -> Proposed:
    """A store of the sample in another division."""
    store = policies.store("hz-wensan")
    assert store is not None
    return Proposed("store", "hz-wensan", {**policy_body(store), "division": division})


def with_all(policies: Policies, *proposed: Proposed) -> Policies:
    for one in proposed:
        policies = policies.with_policy(one.kind, one.name, policies.version(one.kind, one.name) + 1, one.body)
    return policies


@pytest.fixture(scope="module")
def chain() -> Policies:
    """The sample with a store in a division that only the chain's own list knows."""
    sample = read_policies(SAMPLE)
    return with_all(sample, own_divisions(DIVISION), moved(sample, "330190"))


def problems(before: Policies, *proposed: Proposed) -> list[tuple[str, str]]:
    found = new_problems(before, with_all(before, *proposed), proposed, NOW)
    return [(one.policy, one.error.field) for one in found if one.severity == "error"]


def test_a_policy_that_breaks_another_one_is_told_there(chain: Policies) -> None:
    assert problems(chain, own_divisions()) == [("store/hz-wensan", "division")]


def test_what_was_broken_elsewhere_before_is_not_told_again(chain: Policies) -> None:
    broken = with_all(chain, own_divisions())
    crew = Proposed("crew", "tp-shilin", {"technicians": [{"id": "t-new", "name": "陈", "capacity": 1}]})
    assert problems(broken, crew) == []


def test_what_is_wrong_with_the_policy_itself_is_told_although_it_was_before(chain: Policies) -> None:
    crew = Proposed("crew", "nowhere", {"technicians": []})
    assert problems(with_all(chain, crew), crew) == [("crew/nowhere", "name")]


def test_what_is_mended_in_the_same_step_is_no_problem(chain: Policies) -> None:
    assert problems(chain, own_divisions(), moved(chain, "330106")) == []
