"""What would have paused a clock before it was attached, from the situations that the ticket was in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.routing.calendar import Pause
from services.routing.ticket.clocks.situation import Situation
from shared.policies.agreement import ClockRule
from shared.policies.conditions import holds


def past_pauses(rule: ClockRule, history: Sequence[Situation], *, until: datetime) -> list[Pause]:
    """The spells before `until` in which the clock would have stood still, had it been there from the beginning.

    What was stopped and went on later (a resolved ticket that was reopened) stood still too.
    """
    begun: datetime | None = None
    pauses: list[Pause] = []
    for situation, stands_still in _walked(rule, history):
        if stands_still and begun is None:
            begun = situation.at
        elif not stands_still and begun is not None:
            pauses.append((begun, situation.at))
            begun = None
    return pauses if begun is None else [*pauses, (begun, until)]


def may_resume(rule: ClockRule, values: Mapping[str, Any]) -> bool:
    """Whether a paused clock runs again, now that its pause does not hold."""
    return rule.resume is None or holds(rule.resume, values)


def _walked(rule: ClockRule, history: Sequence[Situation]) -> Iterator[tuple[Situation, bool]]:
    """Each situation with whether the clock stands still from there on."""
    is_paused = False
    for situation in history:
        values = situation.values()
        is_paused = holds(rule.pause, values) or (is_paused and not may_resume(rule, values))
        is_stopped = rule.goal.again == "continue" and holds(rule.goal.stop, values)
        yield situation, is_paused or is_stopped
