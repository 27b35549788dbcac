"""The oracle and the laws are worth something: each of these faults, put into dispatch, is caught."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from services.routing.dispatch import candidates, criteria, document, group, record, rules, score, words
from services.routing.dispatch.group import Group
from shared.policies import Dispatch
from tests.unit.dispatch import test_laws, test_words
from tests.unit.dispatch.documents import Maker
from tests.unit.dispatch.test_oracle import disagreement

Patch = pytest.MonkeyPatch
SEEDS = range(1500)
match = import_module("services.routing.dispatch.match")
"""The module; the package gives its function that name."""


def one_unit_too_many(patch: Patch) -> None:
    patch.setattr(group, "passing_filter", passing(lambda one, call: one.load + 1 <= one.capacity))


def a_whole_ticket_for_who_holds_something(patch: Patch) -> None:
    patch.setattr(candidates, "taken_by", lambda one, units: 1 if units == "whole" else units)


def the_guard_lets_one_more_pass(patch: Patch) -> None:
    right = rules.compiled

    def compiled(policy: Any, version: int) -> Any:
        more = policy.guard.model_copy(update={"assignments": policy.guard.assignments + 1})
        return right(policy.model_copy(update={"guard": more}), version)

    patch.setattr(document, "compiled", compiled)
    patch.setattr(document, "DEFAULT", compiled(Dispatch(), 0))
    document._rules.cache_clear()


def mandatory_skills_relaxed_too(patch: Patch) -> None:
    patch.setattr(rules, "dropped_of", lambda ticket, by, waited_s: ticket.wants.additional | ticket.skills)
    right = rules.terms_of
    patch.setattr(match, "terms_of", lambda ticket, by, now: without_needs(right(ticket, by, now)))


def additional_skills_never_dropped(patch: Patch) -> None:
    patch.setattr(rules, "dropped_of", lambda ticket, by, waited_s: frozenset())


def levels_not_looked_at(patch: Patch) -> None:
    patch.setattr(candidates, "level_of", lambda member, skill: 9)


def a_shift_that_holds_at_its_end(patch: Patch) -> None:
    patch.setattr(candidates, "is_within", lambda spans, at: any(start <= at <= end for start, end in spans))


def a_decline_forgotten_too_late(patch: Patch) -> None:
    patch.setattr(candidates, "recently_declined", lambda call: frozenset(id_ for id_, _ in call.ticket.wants.declined))


def the_policy_radius_forgotten(patch: Patch) -> None:
    def is_too_far(member: Any, call: Any) -> bool:
        km, own = call.km_of(member), member.facts.radius_km
        return km is not None and own is not None and km > own

    patch.setattr(candidates, "_is_too_far", is_too_far)


def neighbours_always_let_in(patch: Patch) -> None:
    right = candidates.lasting_tests
    patch.setattr(candidates, "lasting_tests", lambda call: (x for x in right(call) if x[0] != "store"))


def a_province_read_as_a_county(patch: Patch) -> None:
    patch.setattr(candidates, "_stem", lambda code: code)


def distance_turned_round(patch: Patch) -> None:
    right = criteria.distance
    patch.setitem(score._FITS, "distance", lambda member, call: 1 - right(member, call))


def distance_weighed_where_the_ticket_has_no_place(patch: Patch) -> None:
    right = score._known
    patch.setattr(score, "_known", lambda wants: right(wants) | {"distance"})


def an_old_visit_counted(patch: Patch) -> None:
    patch.setitem(score._FITS, "history", lambda member, call: float(member.id in dict(call.ticket.wants.history)))


def affinity_ignored(patch: Patch) -> None:
    patch.setattr(group, "tier", lambda member, scale: 0)


def the_last_of_the_equal_chosen(patch: Patch) -> None:
    right = Group.candidate

    def candidate(self: Group, row: Any) -> Any:
        found = right(self, row)
        return found._replace(id=chr(200 - ord(found.id)))

    patch.setattr(Group, "candidate", candidate)


def who_worked_last_goes_first(patch: Patch) -> None:
    right = Group.candidate

    def candidate(self: Group, row: Any) -> Any:
        found = right(self, row)
        return found._replace(minus_idle_s=-found.minus_idle_s)

    patch.setattr(Group, "candidate", candidate)


def a_pool_that_chooses(patch: Patch) -> None:
    right = rules.terms_of

    def terms_of(*given: Any) -> Any:
        return right(*given)._replace(mode="push")

    patch.setattr(match, "terms_of", terms_of)


def the_reason_of_the_first_filter(patch: Patch) -> None:
    patch.setattr(record, "FILTERS", tuple(reversed(candidates.FILTERS)))


def a_guard_over_what_people_choose(patch: Patch) -> None:
    patch.setattr(rules, "guard_of", lambda mode, by: by.guard_assignments)


WRONG_DECISIONS: tuple[Callable[[Patch], None], ...] = (
    one_unit_too_many,
    a_whole_ticket_for_who_holds_something,
    the_guard_lets_one_more_pass,
    mandatory_skills_relaxed_too,
    additional_skills_never_dropped,
    levels_not_looked_at,
    a_shift_that_holds_at_its_end,
    a_decline_forgotten_too_late,
    the_policy_radius_forgotten,
    neighbours_always_let_in,
    a_province_read_as_a_county,
    distance_turned_round,
    distance_weighed_where_the_ticket_has_no_place,
    an_old_visit_counted,
    affinity_ignored,
    the_last_of_the_equal_chosen,
    who_worked_last_goes_first,
    a_pool_that_chooses,
    the_reason_of_the_first_filter,
    a_guard_over_what_people_choose,
)


def a_batch_that_forgets_what_it_gave(patch: Patch) -> None:
    patch.setattr(match, "taken_by", lambda one, units: 0)


def idleness_beside_the_other_candidates(patch: Patch) -> None:
    # As it once was: the longest idle of the candidates is 1, so that a newcomer changes everybody's rating.
    def set_standings(members: Any, by: Any) -> None:
        longest = max((one.idle_s for one in members if one.idle_s < float("inf")), default=1.0) or 1.0
        for one in members:
            one.standing = by.weights.free * criteria.free(one) + by.weights.idle * min(1.0, one.idle_s / longest)

    patch.setattr(match, "set_standings", set_standings)


def the_weakest_criterion_named(patch: Patch) -> None:
    right = words.decisive
    patch.setattr(words, "decisive", lambda *given: right(*given)[-1:])


def only_the_first_hindrance_named(patch: Patch) -> None:
    patch.setattr(record, "hindrances", lambda member, call: [])


BROKEN_LAWS: tuple[tuple[Callable[[Patch], None], Callable[..., Any]], ...] = (
    (a_batch_that_forgets_what_it_gave, test_laws.test_nobody_is_given_more_than_they_can_hold),
    (idleness_beside_the_other_candidates, test_laws.test_one_more_candidate_is_chosen_or_changes_nothing),
    (the_weakest_criterion_named, test_words.test_were_the_criteria_named_equal_the_next_would_be_no_worse),
    (only_the_first_hindrance_named, test_words.test_lifting_the_one_reason_for_nobody_gives_somebody),
)


@pytest.fixture(autouse=True)
def _no_rules_of_another_mutant() -> Any:
    score._criteria.cache_clear()
    yield
    document._rules.cache_clear()
    score._criteria.cache_clear()


@pytest.mark.parametrize("mutate", WRONG_DECISIONS, ids=lambda mutate: mutate.__name__)
def test_the_oracle_catches(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutate(monkeypatch)
    assert any(disagreement(Maker(seed).document()) for seed in SEEDS)


@pytest.mark.parametrize(("mutate", "law"), BROKEN_LAWS, ids=lambda one: one.__name__)
def test_the_law_catches(mutate: Callable[[Patch], None], law: Callable[..., Any], monkeypatch: Patch) -> None:
    mutate(monkeypatch)
    check = law.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis's handle on the function below @given
    with pytest.raises(AssertionError):
        _check_all(check)


def _check_all(check: Callable[[int], None]) -> None:
    for seed in SEEDS:
        check(seed)


def passing(has_room: Callable[[Any, Any], bool]) -> Callable[[Any, Any], str | None]:
    def passing_filter(member: Any, call: Any) -> str | None:
        if member.given >= call.terms.guard:
            return "fairness"
        return None if has_room(member, call) else "capacity"

    return passing_filter


def without_needs(terms: Any) -> Any:
    return terms._replace(needed=terms.needed - terms.dropped)
