"""Law 6, the clocks' part: they agree with a walk minute by minute, whatever happens and whichever rules come."""

from hypothesis import given

from tests.support.examples import examples
from tests.unit.clocks.stories import Story, disagreement, stories


@examples(40)
@given(stories())
def test_clocks_agree_with_a_walk_minute_by_minute(story: Story) -> None:
    assert disagreement(story) is None
