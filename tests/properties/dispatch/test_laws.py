"""The laws of dispatch with more documents; ten thousand each by `--hypothesis-profile=many --timeout=0`."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from tests.support.examples import examples
from tests.unit.dispatch import test_crowd, test_laws, test_oracle, test_words
from tests.unit.dispatch.drawn import SEEDS

LAWS: tuple[Callable[..., Any], ...] = (
    test_oracle.test_a_decision_equals_the_one_found_by_hand,
    test_laws.test_nobody_is_given_more_than_they_can_hold,
    test_laws.test_nobody_is_chosen_whom_a_filter_removed,
    test_laws.test_together_the_same_tickets_are_served_by_the_same_people_as_often,
    test_laws.test_nobody_is_given_more_than_the_fairness_guard_allows,
    test_laws.test_the_order_of_the_lists_never_matters,
    test_laws.test_one_more_candidate_is_chosen_or_changes_nothing,
    test_laws.test_one_more_technician_never_costs_a_ticket_its_place,
    test_laws.test_a_crowd_is_ranked_as_a_small_group_is,
    test_laws.test_scores_are_between_0_and_1_and_fall_along_the_candidates,
    test_crowd.test_before_a_large_crew_all_is_decided_as_before_a_small_one,
    test_crowd.test_a_crowd_that_is_named_whole_is_answered_to_the_letter,
    test_words.test_whoever_was_removed_is_not_removed_by_that_once_the_fact_is_lifted,
    test_words.test_lifting_the_one_reason_for_nobody_gives_somebody,
    test_words.test_were_the_criteria_named_equal_the_next_would_be_no_worse,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("test_"))
def test_with_more_documents(law: Callable[..., Any]) -> None:
    check = law.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis's handle on the function below @given

    @examples(200)
    @given(SEEDS)
    def holds(seed: int) -> None:
        check(seed)

    holds()
