from typing import Any

import pytest

from shared.errors import Refused
from shared.policies import POLICY_KINDS, Crew, Workflow, parse_policy, policy_body

A_CREW: dict[str, Any] = {"technicians": [{"id": "t-1", "name": "王师傅", "skills": ["general"], "capacity": 2}]}


def refusal(kind: str, name: str, body: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_policy(kind, name, body)
    return caught.value


def test_a_body_is_read_as_the_model_of_its_kind() -> None:
    crew = parse_policy("crew", "hz-wulin", A_CREW)
    assert isinstance(crew, Crew)
    assert crew.technicians[0].on_duty


def test_a_policy_written_out_reads_back_equal() -> None:
    crew = parse_policy("crew", "hz-wulin", A_CREW)
    assert parse_policy("crew", "hz-wulin", policy_body(crew)) == crew


def test_names_in_several_languages_keep_their_language_tags() -> None:
    chain = parse_policy("chain", "default", {"name": {"zh-CN": "安居", "en": "Anju"}})
    assert policy_body(chain)["name"] == {"zh-CN": "安居", "en": "Anju"}


def test_an_unknown_kind_names_the_kinds_there_are() -> None:
    refused = refusal("calender", "default", {})
    assert refused.status == 404
    assert all(kind in refused.detail for kind in POLICY_KINDS)


def test_a_misspelt_field_is_refused_by_its_place() -> None:
    refused = refusal("crew", "hz-wulin", {"technicians": [{**A_CREW["technicians"][0], "capasity": 3}]})
    assert refused.status == 422
    assert [error.field for error in refused.errors] == ["technicians.0.capasity"]


def test_a_missing_field_says_that_nothing_came() -> None:
    refused = refusal("crew", "hz-wulin", {"technicians": [{"id": "t-1", "name": "王"}]})
    assert [(error.field, error.got) for error in refused.errors] == [("technicians.0.capacity", "nothing")]


def test_a_value_of_the_wrong_type_shows_what_came() -> None:
    refused = refusal("crew", "hz-wulin", {"technicians": [{"id": "t-1", "name": "王", "capacity": "many"}]})
    assert refused.errors[0].got == "many"


def test_what_came_is_shown_only_in_its_beginning() -> None:
    refused = refusal("territory", "all", {"areas": [{"division": "1" * 5000, "store_id": "a"}]})
    assert len(refused.errors[0].got) < 100


@pytest.mark.parametrize("name", ["", "Hz", "hz_wulin", "-a", "a/b", "a" * 64])
def test_a_name_that_cannot_be_an_id_is_refused(name: str) -> None:
    assert refusal("crew", name, A_CREW).errors[0].field == "name"


def test_a_technician_twice_in_one_crew_is_refused() -> None:
    twice = {"technicians": [*A_CREW["technicians"], *A_CREW["technicians"]]}
    assert "t-1 is here twice" in refusal("crew", "hz-wulin", twice).errors[0].expected


def test_a_model_that_compares_its_fields_names_the_one_that_is_wrong() -> None:
    twice = {"name": "resolve", "metric": "resolve", "target_s": 60}
    found = refusal("service_agreement", "default", {"clocks": [twice, twice]})
    assert (found.errors[0].field, found.errors[0].expected) == ("clocks", "each name once")
    paused = refusal("service_agreement", "default", {"clocks": [{**twice, "pause": [{"answered": [True, False]}]}]})
    assert paused.errors[0].field == "clocks.0.pause"
    assert paused.errors[0].expected.startswith("holds wherever start does")


def test_a_sentence_about_several_fields_names_the_whole() -> None:
    found = refusal("calendar", "default", {"zone": "Asia/Shanghai", "holidays": "cn"})
    assert (found.errors[0].field, found.errors[0].got) == ("body", "object")


def test_a_capacity_of_none_is_refused() -> None:
    assert refusal("crew", "hz-wulin", {"technicians": [{"id": "t-1", "name": "王", "capacity": 0}]}).status == 422


def workflow_body(**changes: Any) -> dict[str, Any]:
    row = {"low": "low", "normal": "normal", "high": "high"}
    commands = {"cancel": {"from": ["open"], "to": "cancelled", "roles": ["agent"]}}
    return {"commands": commands, "priorities": {"low": row, "normal": row, "high": row}, **changes}


def test_a_role_that_never_acts_on_tickets_is_refused() -> None:
    body = workflow_body(commands={"cancel": {"from": ["open"], "to": "cancelled", "roles": ["auditor"]}})
    assert refusal("workflow", "default", body).errors[0].field == "commands.cancel.roles.0"


def test_a_state_that_no_ticket_has_is_refused() -> None:
    body = workflow_body(commands={"cancel": {"from": ["opne"], "to": "cancelled", "roles": ["agent"]}})
    assert refusal("workflow", "default", body).errors[0].field == "commands.cancel.from.0"


def test_a_field_cannot_be_required_and_optional() -> None:
    rule = {"from": ["open"], "roles": ["agent"], "required": ["text"], "optional": ["text"]}
    assert "text is both" in refusal("workflow", "default", workflow_body(commands={"note": rule})).errors[0].expected


def test_a_priority_matrix_with_a_hole_is_refused() -> None:
    body = workflow_body()
    body["priorities"] = {"low": {"low": "low"}}
    assert "urgency low and impact normal" in refusal("workflow", "default", body).errors[0].expected


def test_the_matrix_never_gives_major() -> None:
    body = workflow_body()
    body["priorities"] = {**body["priorities"], "high": {"low": "low", "normal": "high", "high": "major"}}
    assert "only a person may give" in refusal("workflow", "default", body).errors[0].expected


def test_a_workflow_says_what_is_allowed_in_a_state() -> None:
    workflow = parse_policy("workflow", "default", workflow_body())
    assert isinstance(workflow, Workflow)
    assert list(workflow.allowed("open")) == ["cancel"]
    assert workflow.allowed("closed") == {}
