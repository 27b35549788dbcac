"""The clocks' oracle is worth something: each of these faults, put into the state machine, is caught by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, settings

from services.routing.ticket.clocks import Clock, Situation, decide, time
from services.routing.ticket.clocks.clock import NO_TIME
from services.routing.ticket.clocks.decide import _Desk
from tests.unit.clocks.stories import disagreement, stories

SEARCH = settings(max_examples=1_000, database=None, deadline=None, phases=[Phase.generate])
Patch = pytest.MonkeyPatch


def a_pause_counted_twice(patch: Patch) -> None:
    right = _Desk._paused_by_now
    patch.setattr(_Desk, "_paused_by_now", lambda self, clock: clock.paused + 2 * (right(self, clock) - clock.paused))


def a_pause_measured_on_the_wall(patch: Patch) -> None:
    patch.setattr(_Desk, "_paused_by_now", lambda self, clock: clock.paused + (self._now.at - clock.since))


def settled_time_that_counts_on_when_reopened(patch: Patch) -> None:
    right = _Desk._paused_by_now

    def paused(self: _Desk, clock: Clock) -> timedelta:
        return clock.paused if clock.state == "stopped" else right(self, clock)

    patch.setattr(_Desk, "_paused_by_now", paused)


def due_while_paused(patch: Patch) -> None:
    right = time.passed

    def passed(clock: Clock, now: datetime, calendars: Any, *, is_silent: bool) -> Any:
        running = replace(clock, state="running", due_at=time.due_of(clock, calendars))
        return right(running if clock.state == "paused" else clock, now, calendars, is_silent=is_silent)

    patch.setattr(decide, "passed", passed)


def late_in_the_very_instant(patch: Patch) -> None:
    right = time.passed

    def passed(clock: Clock, now: datetime, calendars: Any, *, is_silent: bool) -> Any:
        return right(clock, now + timedelta(microseconds=1), calendars, is_silent=is_silent)

    patch.setattr(decide, "passed", passed)


def pauses_before_a_new_agreement_forgotten(patch: Patch) -> None:
    patch.setattr(_Desk, "_paused_before", lambda self, rule, begin: NO_TIME)


def a_new_agreement_that_always_counts_from_now(patch: Patch) -> None:
    patch.setattr(Situation, "begin_of", lambda self, begins: self.at)


def the_newest_word_instead_of_the_oldest(patch: Patch) -> None:
    right = Situation.begin_of
    patch.setattr(
        Situation, "begin_of", lambda self, begins: self.at if begins == "unanswered" else right(self, begins)
    )


def an_overrun_that_counts_pauses(patch: Patch) -> None:
    right = time.overrun_of
    patch.setattr(
        decide, "overrun_of", lambda clock, now, calendars: right(replace(clock, paused=NO_TIME), now, calendars)
    )


def a_reply_that_begins_no_new_update(patch: Patch) -> None:
    right = _Desk._attach

    def attach(self: _Desk, rule: Any) -> None:
        if rule.metric != "next_update" or self._now.event != "ticket.replied":
            right(self, rule)

    patch.setattr(_Desk, "_attach", attach)


def a_priority_that_changes_no_target(patch: Patch) -> None:
    right = _Desk._outdated

    def outdated(self: _Desk, clock: Clock, rule: Any) -> Any:
        found = right(self, clock, rule)
        return None if found == "priority" else found

    patch.setattr(_Desk, "_outdated", outdated)


MUTANTS: tuple[Callable[[Patch], None], ...] = (
    a_pause_counted_twice,
    a_pause_measured_on_the_wall,
    settled_time_that_counts_on_when_reopened,
    due_while_paused,
    late_in_the_very_instant,
    pauses_before_a_new_agreement_forgotten,
    a_new_agreement_that_always_counts_from_now,
    the_newest_word_instead_of_the_oldest,
    an_overrun_that_counts_pauses,
    a_reply_that_begins_no_new_update,
    a_priority_that_changes_no_target,
)


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutate: mutate.__name__)
def test_the_oracle_catches(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutate(monkeypatch)

    def is_caught(story: Any) -> bool:
        try:
            return disagreement(story) is not None
        except AssertionError:
            return True

    assert find(stories(), is_caught, settings=SEARCH, random=Random(5))
