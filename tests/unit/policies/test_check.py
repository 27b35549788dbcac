from pathlib import Path
from typing import Any

import pytest

from shared.policies import Policies, Problem, check_policies
from shared.policies.files import read_policies


@pytest.fixture(scope="module")
def sample() -> Policies:
    return read_policies(Path(__file__).parents[3] / "deploy" / "policies")


def problems(policies: Policies) -> list[tuple[str, str, str]]:
    return [(one.policy, one.error.field, one.severity) for one in check_policies(policies)]


def test_the_sample_chain_has_no_problems(sample: Policies) -> None:
    assert check_policies(sample) == []


def test_nothing_at_all_has_no_problems() -> None:
    assert check_policies(Policies()) == []


def test_an_area_of_an_unknown_store_is_an_error(sample: Policies) -> None:
    changed = sample.with_policy("territory", "more", 1, {"areas": [{"division": "330127", "store_id": "nowhere"}]})
    assert problems(changed) == [("territory/more", "areas.0.store_id", "error")]


def test_an_area_in_an_unknown_division_is_an_error(sample: Policies) -> None:
    changed = sample.with_policy("territory", "more", 1, {"areas": [{"division": "999999", "store_id": "hz-wulin"}]})
    assert problems(changed) == [("territory/more", "areas.0.division", "error")]


def test_an_area_may_name_any_official_division_and_the_chains_own(sample: Policies) -> None:
    own = {"source": "our own", "as_of": "2026-01", "divisions": [{"code": "330190", "name": "云栖新城"}]}
    areas = [{"division": code, "store_id": "hz-wulin"} for code in ("110105", "510100", "330106002", "330190")]
    changed = sample.with_policy("division", "own", 1, own).with_policy("territory", "more", 1, {"areas": areas})
    assert problems(changed) == []


def test_a_store_in_an_unknown_division_is_an_error() -> None:
    store = {
        "name": {"zh-CN": "店"},
        "address": "x",
        "division": "339999",
        "email": "a@b.example",
        "phone": "+8657100000001",
    }
    assert problems(Policies().with_policy("store", "a", 1, store)) == [("store/a", "division", "error")]


def test_two_areas_of_one_division_name_each_other(sample: Policies) -> None:
    changed = sample.with_policy("territory", "zz", 1, {"areas": [{"division": "330110", "store_id": "hz-wulin"}]})
    found = check_policies(changed)
    assert [one.policy for one in found] == ["territory/zhejiang", "territory/zz"]
    assert "territory/zz areas.0" in found[0].error.expected
    assert "territory/zhejiang areas." in found[1].error.expected


def test_one_territory_that_names_a_division_twice_is_told_at_both_places(sample: Policies) -> None:
    area = {"division": "330127", "store_id": "hz-wulin"}
    changed = sample.with_policy("territory", "zz", 1, {"areas": [area, area]})
    assert problems(changed) == [
        ("territory/zz", "areas.0.division", "error"),
        ("territory/zz", "areas.1.division", "error"),
    ]


def test_a_crew_without_its_store_is_an_error(sample: Policies) -> None:
    changed = sample.with_policy("crew", "nowhere", 1, {"technicians": []})
    assert problems(changed) == [("crew/nowhere", "name", "error")]


def test_a_technician_in_two_crews_is_an_error(sample: Policies) -> None:
    crew = {"technicians": [{"id": "t-hz-wulin-01", "name": "王", "capacity": 1}]}
    assert ("tp-shilin", "technicians.0.id") in [
        (one.policy.removeprefix("crew/"), one.error.field)
        for one in check_policies(sample.with_policy("crew", "tp-shilin", 2, crew))
    ]


def a_workflow(commands: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {"low": "low", "normal": "normal", "high": "high"}
    return {"commands": commands, "priorities": {"low": row, "normal": row, "high": row}, **more}


def found_in(body: dict[str, Any], sample: Policies) -> list[Problem]:
    return check_policies(sample.with_policy("workflow", "default", 2, body))


def test_a_command_from_a_state_that_is_never_reached_is_an_error(sample: Policies) -> None:
    body = a_workflow(
        {
            "resolve": {"from": ["offered"], "to": "resolved", "roles": ["agent"]},
            "resume": {"from": ["waiting"], "to": "in_progress", "roles": ["agent"]},
        }
    )
    assert [(one.error.field, one.error.got) for one in found_in(body, sample)] == [("commands.resume.from", "waiting")]


def test_a_workflow_in_which_nothing_ends_is_an_error(sample: Policies) -> None:
    body = a_workflow({"accept": {"from": ["offered"], "to": "accepted", "roles": ["technician"]}})
    assert [one.error.field for one in found_in(body, sample)] == ["commands"]


def test_a_skill_that_nobody_has_is_only_a_warning(sample: Policies) -> None:
    rule = {"name": "piano", "category": "tuning", "words": ["钢琴"], "skills": ["piano"]}
    commands = {"cancel": {"from": ["open"], "to": "cancelled", "roles": ["agent"]}}
    found = found_in(a_workflow(commands, categories=[rule]), sample)
    assert [(one.error.got, one.severity) for one in found] == [("piano", "warning")]


def test_two_category_rules_of_one_name_are_an_error(sample: Policies) -> None:
    rule = {"name": "leak", "category": "leak", "words": ["漏"]}
    commands = {"cancel": {"from": ["open"], "to": "cancelled", "roles": ["agent"]}}
    assert [one.error.field for one in found_in(a_workflow(commands, categories=[rule, rule]), sample)] == [
        "categories.1.name"
    ]
