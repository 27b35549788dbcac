"""Law 6, the calendar's part: a deadline equals that of a walk in steps, to the second."""

from datetime import timedelta

from hypothesis import given

from tests.support.examples import examples
from tests.unit.calendar.cases import asked, cases, instant, walked
from tests.unit.calendar.oracle import Case


def disagreement(case: Case) -> str | None:
    """What is wrong about the program's answer; None when the walk finds the same."""
    due, found = asked(case), walked(case)
    if found.due is None:
        return None if due is None or due.due_at > instant(found.until) else f"not due before the walk ended, got {due}"
    if due is None or due.due_at != instant(found.due):
        return f"expected {instant(found.due)}, got {due}"
    if due.paused != timedelta(seconds=found.paused):
        return f"expected {found.paused} s paused, got {due.paused}"
    return None


@examples(200)
@given(cases())
def test_a_deadline_equals_that_of_a_walk_in_steps(case: Case) -> None:
    assert disagreement(case) is None
