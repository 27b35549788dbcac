"""Law 6, the clocks' part, with more stories; ten thousand by `--hypothesis-profile=many`."""

import pytest
from hypothesis import given

from tests.support.examples import examples
from tests.unit.clocks.stories import Story, disagreement, stories

TIMEOUT_S = 1800
"""Thousands of walks, on machines that do other things too."""


@pytest.mark.timeout(TIMEOUT_S)
@examples(200)
@given(stories())
def test_clocks_agree_with_a_walk_minute_by_minute(story: Story) -> None:
    assert disagreement(story) is None
