"""A service agreement is refused when its clocks look right and never do what they say, each time with the reason."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Refused
from shared.events.fact import Channel, Priority
from shared.policies import Policies, check_policies
from shared.policies.agreement import ClockRule, ServiceAgreement
from shared.policies.conditions import Clause, WaitingFor, exclude_each_other, holds, is_within
from shared.policies.kinds import parse_policy, policy_body
from shared.policies.metrics import GOALS, UNDER_WAY, Metric

CUSTOM: dict[str, Any] = {
    "name": "diagnosis",
    "metric": "custom",
    "target_s": 3600,
    "start": [{"status": ["accepted", "in_progress", "waiting"]}],
    "stop": [{"status": ["resolved"]}],
}
PRIORITIES = list(get_args(Priority))
OTHER_CHANNELS = [channel for channel in get_args(Channel) if channel != "store"]
RESOLVE: dict[str, Any] = {"name": "resolve", "metric": "resolve", "target_s": 3600}


def refusal(rule: dict[str, Any], **fields: Any) -> str:
    with pytest.raises(Refused) as caught:
        parse_policy("service_agreement", "default", {"clocks": [rule], **fields})
    return str(caught.value)


@pytest.mark.parametrize("metric", GOALS)
def test_every_named_goal_walks_into_no_trap(metric: Metric) -> None:
    target = {} if metric == "promise" else {"target_s": 60}
    assert ClockRule.model_validate({"name": "a", "metric": metric, **target}).goal.start


def test_an_agreement_written_out_reads_back_equal() -> None:
    alarms = [{"name": "half", "fraction": 0.5}, {"name": "soon", "lead_s": 900}]
    body = {"clocks": [CUSTOM, {**RESOLVE, "pause": [{"status": ["waiting"]}], "alarms": alarms}]}
    agreement = parse_policy("service_agreement", "default", body)
    assert isinstance(agreement, ServiceAgreement)
    assert parse_policy("service_agreement", "default", policy_body(agreement)) == agreement


def test_an_agreement_published_before_its_trap_was_known_still_holds() -> None:
    """Else an update that knows one trap more would stop routing, which reads what stands in its database."""
    body = {"clocks": [{**RESOLVE, "pause": [{"status": list(UNDER_WAY)}]}]}
    policies = Policies().with_policy("service_agreement", "default", 3, body, is_published=True)
    agreement = policies.service_agreement()
    assert agreement is not None
    assert "it never runs" in refusal(policy_body(agreement)["clocks"][0])


def test_what_is_no_agreement_is_none_whoever_published_it() -> None:
    with pytest.raises(Refused):
        parse_policy("service_agreement", "default", {"clocks": [{**RESOLVE, "target_s": -1}]}, is_published=True)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({**CUSTOM, "stop": [{"status": [*UNDER_WAY, "resolved"]}]}, "it is over already and never attaches"),
        ({**CUSTOM, "cancel": [{"status": list(UNDER_WAY)}]}, "it is over already and never attaches"),
        ({**CUSTOM, "pause": CUSTOM["start"]}, "it never runs"),
        ({**RESOLVE, "pause": [{"status": list(UNDER_WAY)}]}, "it never runs"),
        ({**RESOLVE, "pause": [{"answered": [True]}, {"answered": [False]}]}, "it never runs"),
        ({**RESOLVE, "pause": [{"waiting_for": ["customer", "third_party", "nobody"]}]}, "it never runs"),
        ({**RESOLVE, "pause": [{"priority": PRIORITIES}]}, "it never runs"),
        ({**RESOLVE, "pause": [{"channel": ["store"]}, {"channel": OTHER_CHANNELS}]}, "it never runs"),
        ({**RESOLVE, "cancel": [{"priority": PRIORITIES}]}, "it is over already and never attaches"),
        ({**CUSTOM, "pause": [{"status": ["queued"]}]}, "cancelled there instead of paused"),
        ({**RESOLVE, "pause": [{"status": ["closed"]}]}, "cancelled there instead of paused"),
        (
            {**RESOLVE, "pause": [{"status": ["waiting"]}], "resume": [{"status": ["waiting"], "answered": [True]}]},
            "a paused clock never runs again",
        ),
        ({**RESOLVE, "resume": [{"status": ["open"]}]}, "a paused clock never runs again"),
        ({**CUSTOM, "start": [{"event": ["ticket.accepted"]}]}, "the next event cancels the clock"),
        ({**CUSTOM, "reset": [{"status": ["open"]}]}, "begins no new one"),
        ({**CUSTOM, "reset": [{"event": ["ticket.replied"]}, {"status": ["waiting"]}]}, "begins anew and is never due"),
        ({**CUSTOM, "reset": CUSTOM["start"]}, "begins anew and is never due"),
        ({"name": "p", "metric": "promise", "pause": [{"status": ["waiting"]}]}, "is not moved by pauses"),
        ({**RESOLVE, "start": CUSTOM["start"]}, "only with metric custom"),
        ({**CUSTOM, "stop": []}, "start and stop"),
        ({"name": "resolve", "metric": "resolve"}, "target_s or targets_s"),
        ({**RESOLVE, "metric": "promise"}, "target_s or targets_s"),
        ({**RESOLVE, "target_s": 0}, "greater than 0"),
        ({**RESOLVE, "target_s": 1.5}, "valid integer"),
        ({**RESOLVE, "target_days": 2}, "Extra inputs"),
        ({**RESOLVE, "alarms": [{"name": "a", "fraction": 0.5}, {"name": "a", "lead_s": 5}]}, "each name once"),
        ({**RESOLVE, "alarms": [{"name": "a", "fraction": 0.5, "lead_s": 5}]}, "one of them"),
        ({**RESOLVE, "alarms": [{"name": "a", "lead_s": 3600}]}, "less than every target"),
    ],
)
def test_a_trap_is_refused_with_its_reason(rule: dict[str, Any], reason: str) -> None:
    assert reason in refusal(rule)


def test_a_start_that_names_an_event_is_good_where_it_need_not_last() -> None:
    rule = {**CUSTOM, "start": [{"event": ["ticket.accepted"]}], "start_must_last": False}
    assert parse_policy("service_agreement", "default", {"clocks": [rule]})


@pytest.mark.parametrize(
    "pause",
    [
        [{"waiting_for": ["customer", "third_party"]}],
        [{"priority": PRIORITIES[1:]}],
        [{"event": ["ticket.waited"]}],
    ],
)
def test_a_pause_that_leaves_out_one_value_does_run(pause: Any) -> None:
    assert parse_policy("service_agreement", "default", {"clocks": [{**RESOLVE, "pause": pause}]})


def test_a_reset_by_events_is_what_a_reset_is_for() -> None:
    rule = {**CUSTOM, "reset": [{"event": ["ticket.replied"], "status": ["waiting"]}]}
    assert parse_policy("service_agreement", "default", {"clocks": [rule]})


def test_a_pause_within_the_start_is_what_a_pause_is_for() -> None:
    assert parse_policy("service_agreement", "default", {"clocks": [{**RESOLVE, "pause": [{"status": ["waiting"]}]}]})


def test_two_clocks_of_one_name_and_half_a_retroaction_are_refused() -> None:
    with pytest.raises(Refused, match="each name once"):
        parse_policy("service_agreement", "default", {"clocks": [RESOLVE, RESOLVE]})
    assert "retroactive_pause only with" in refusal(RESOLVE, retroactive_start=False)


CLAUSES = st.builds(
    Clause,
    status=st.lists(st.sampled_from(("open", "waiting", "resolved")), max_size=2).map(tuple),
    category=st.lists(st.sampled_from(("leak", "safety")), max_size=2).map(tuple),
    waiting_for=st.lists(st.sampled_from(get_args(WaitingFor)), max_size=3).map(tuple),
    answered=st.lists(st.booleans(), max_size=2).map(tuple),
)
CONDITIONS = st.lists(CLAUSES, max_size=3)
SITUATIONS = [
    {"status": status, "category": category, "waiting_for": waiting_for, "answered": answered}
    for status in ("open", "waiting", "resolved", "closed")
    for category in ("leak", "safety", "other", None)
    for waiting_for in get_args(WaitingFor)
    for answered in (True, False)
]


@given(CONDITIONS, CONDITIONS)
def test_what_contains_or_excludes_what_is_told_right(one: list[Clause], other: list[Clause]) -> None:
    found = [(holds(one, situation), holds(other, situation)) for situation in SITUATIONS]
    assert is_within(one, other) == all(second for first, second in found if first)
    assert exclude_each_other(one, other) == (not any(first and second for first, second in found))


def test_conditions_too_large_to_compare_are_refused() -> None:
    wide = {
        field: [f"{field}-{n}" if field == "category" else f"ticket.{chr(97 + n)}" for n in range(26)]
        for field in ("category", "event")
    }
    clause = {**wide, "status": [*UNDER_WAY], "priority": ["low", "normal", "high", "urgent", "major"]}
    clause |= {"channel": ["store", "phone", "chat", "weibo", "email"], "answered": [True], "customer_waits": [True]}
    assert "at most 200000 combinations" in refusal({**CUSTOM, "pause": [clause]})


def test_a_clock_on_a_calendar_that_is_not_there_is_told() -> None:
    policies = Policies().with_policy("service_agreement", "default", 1, {"clocks": [RESOLVE]})
    assert [problem.error.field for problem in check_policies(policies)] == ["clocks.0.calendar"]
