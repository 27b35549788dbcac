"""Law 6, the calendar's part, with more cases; ten thousand by `--hypothesis-profile=many`."""

import pytest
from hypothesis import given

from tests.support.examples import examples
from tests.unit.calendar.cases import cases
from tests.unit.calendar.oracle import Case
from tests.unit.calendar.test_oracle import disagreement

TIMEOUT_S = 1800
"""Thousands of walks, on machines that do other things too."""


@pytest.mark.timeout(TIMEOUT_S)
@examples(2_000)
@given(cases())
def test_a_deadline_equals_that_of_a_walk_in_steps(case: Case) -> None:
    assert disagreement(case) is None
