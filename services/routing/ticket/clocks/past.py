"""What the situations that a ticket was in say of pauses: before a clock was there, and longer than they should be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    return _spells(((situation.at, stands_still) for situation, stands_still in _walked(rule, history)), until)


def pauses_after_an_answer(rule: ClockRule, history: Sequence[Situation], *, until: datetime) -> list[Pause]:
    """The spells in which the clock stood still for the customer although the customer had written.

    Nobody looked, or somebody liked the clock to stand still: either way this time was not the customer's.
    """
    return _spells(
        (
            (one.at, stands_still and one.waiting_for == "customer" and one.unanswered_since is not None)
            for one, stands_still in _walked(rule, history)
        ),
        until,
    )


def _spells(marks: Iterable[tuple[datetime, bool]], until: datetime) -> list[Pause]:
    """From where something begins to hold to where it ends, or to `until`."""
    begun: datetime | None = None
    spells: list[Pause] = []
    for at, is_held in marks:
        if is_held and begun is None:
            begun = at
        elif not is_held and begun is not None:
            spells.append((begun, at))
            begun = None
    return spells if begun is None else [*spells, (begun, until)]


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
