"""What becomes of a ticket's clocks when something happens to it, or when only time has passed.

The order of ServiceNow's engine, which most people who know such clocks expect: what time alone has brought about
comes first; then, rule by rule, attach what is new (start, and neither stop nor cancel), then look at what there is:
stop, cancel, reset, pause or resume.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from services.routing.ticket.clocks.clock import (
    NO_TIME,
    Attached,
    Cancelled,
    Clock,
    ClockFact,
    Clocks,
    Paused,
    Resumed,
    Stopped,
    Warned,
    evolve_clocks,
)
from services.routing.ticket.clocks.past import may_resume, past_pauses
from services.routing.ticket.clocks.situation import Situation
from services.routing.ticket.clocks.time import Calendars, due_of, overrun_of, passed
from shared.policies.agreement import ClockRule, ServiceAgreement
from shared.policies.conditions import holds


def decide_clocks(
    clocks: Clocks,
    agreement: ServiceAgreement,
    situation: Situation,
    calendars: Calendars,
    history: Sequence[Situation] = (),
) -> list[ClockFact]:
    """The facts that follow from a situation; the same situation again gives none. Pure.

    `history` are the situations before it, the oldest first; they are looked at only where a clock is attached with
    `retroactive_pause`. A new version of the agreement is one more situation.
    """
    desk = _Desk(clocks, agreement, situation, calendars, history)
    desk.let_time_pass()
    for rule in agreement.clocks:
        desk.apply(rule)
    desk.cancel_without_rule()
    desk.let_time_pass()
    return desk.facts


class _Desk:
    """One decision under way: the facts so far, and the clocks as they leave them."""

    def __init__(
        self,
        clocks: Clocks,
        agreement: ServiceAgreement,
        situation: Situation,
        calendars: Calendars,
        history: Sequence[Situation],
    ) -> None:
        self.facts: list[ClockFact] = []
        self._clocks = clocks
        self._agreement = agreement
        self._now = situation
        self._values = situation.values()
        self._calendars = calendars
        self._history = history

    def let_time_pass(self) -> None:
        """Alarms and breaches before now."""
        for clock in self._clocks:
            for fact in passed(clock, self._now.at, self._calendars, is_silent=self._now.is_imported):
                self._add(fact)

    def apply(self, rule: ClockRule) -> None:
        """Attach a clock of this rule if it is time, then see what becomes of the one there is."""
        clock = self._active(rule.name)
        if clock is None:
            self._attach_or_continue(rule)
        elif holds(clock.rule.goal.stop, self._values):
            self._stop(clock)
        elif (reason := self._outdated(clock, rule)) is not None:
            self._add(Cancelled(clock.clock_id, self._now.at, reason))
            self._attach(rule)
        elif self._is_cancelled(rule):
            self._add(Cancelled(clock.clock_id, self._now.at, "condition"))
        elif holds(rule.goal.reset, self._values) and clock.since < self._now.at:
            self._stop(clock)
            self._attach(rule)
        self._pause_or_resume(rule)

    def cancel_without_rule(self) -> None:
        """A clock whose rule the agreement no longer has does not apply any more."""
        named = {rule.name for rule in self._agreement.clocks}
        for clock in self._clocks:
            if clock.is_active and clock.rule.name not in named:
                self._add(Cancelled(clock.clock_id, self._now.at, "policy"))

    def _active(self, name: str) -> Clock | None:
        return next((clock for clock in reversed(self._clocks) if clock.rule.name == name and clock.is_active), None)

    def _last(self, name: str) -> Clock | None:
        return next((clock for clock in reversed(self._clocks) if clock.rule.name == name), None)

    def _attach_or_continue(self, rule: ClockRule) -> None:
        last = self._last(rule.name)
        if last is None or last.state == "cancelled" or rule.goal.again == "anew":
            self._attach(rule)
        elif rule.goal.again == "continue" and self._may_run(rule):
            if self._outdated(last, rule) is None:
                self._resume(last)
            else:
                self._attach(rule)

    def _attach(self, rule: ClockRule) -> None:
        """A new clock, from where its goal begins, or from now where the agreement is not retroactive."""
        target = self._target(rule)
        if target is None or not self._may_run(rule):
            return
        begin = self._now.begin_of(rule.goal.begins) if self._agreement.retroactive_start else self._now.at
        number = 1 + sum(clock.rule.name == rule.name for clock in self._clocks)
        clock = Clock(
            clock_id=f"{rule.name}#{number}",
            rule=rule,
            started_at=begin,
            target=target,
            since=self._now.at,
            paused=self._paused_before(rule, begin),
            promised_at=self._now.promised_at if rule.metric == "promise" else None,
        )
        clock = replace(clock, due_at=due_of(clock, self._calendars))
        is_late = clock.due_at is not None and clock.due_at < self._now.at
        clock = replace(clock, is_silent=is_late and not self._agreement.run_for_breached)
        before = self._last(rule.name)
        if before is not None and before.started_at == begin:
            clock = replace(clock, fired=before.fired & self._over(clock))
        self._add(Attached(clock, self._now.at))

    def _over(self, clock: Clock) -> set[str]:
        """The alarms that would sound at once: what has sounded for the same goal before is no news."""
        found = passed(clock, self._now.at, self._calendars, is_silent=True)
        return {fact.alarm for fact in found if isinstance(fact, Warned)}

    def _paused_before(self, rule: ClockRule, begin: datetime) -> timedelta:
        if not self._agreement.retroactive_pause or begin >= self._now.at or rule.metric == "promise":
            return NO_TIME
        pauses = past_pauses(rule, self._history, until=self._now.at)
        return self._calendars[rule.calendar].paused_between(begin, self._now.at, pauses)

    def _pause_or_resume(self, rule: ClockRule) -> None:
        clock = self._active(rule.name)
        if clock is None or rule.metric == "promise":
            return
        must_pause = holds(rule.pause, self._values)
        if clock.state == "running" and must_pause:
            self._add(Paused(clock.clock_id, self._now.at))
        elif clock.state == "paused" and not must_pause and may_resume(rule, self._values):
            self._resume(clock)

    def _resume(self, clock: Clock) -> None:
        """Run again: the open time since it paused or stopped counts as a pause."""
        paused = self._paused_by_now(clock)
        running = replace(clock, state="running", paused=paused)
        self._add(Resumed(clock.clock_id, self._now.at, paused, due_of(running, self._calendars)))

    def _stop(self, clock: Clock) -> None:
        paused = self._paused_by_now(clock) if clock.state == "paused" else clock.paused
        overrun = overrun_of(clock, self._now.at, self._calendars)
        self._add(Stopped(clock.clock_id, self._now.at, paused, overrun))

    def _paused_by_now(self, clock: Clock) -> timedelta:
        return clock.paused + self._calendars[clock.rule.calendar].open_between(clock.since, self._now.at)

    def _may_run(self, rule: ClockRule) -> bool:
        """Whether a clock of this rule could be attached now."""
        goal = rule.goal
        return holds(goal.start, self._values) and not holds((*goal.stop, *goal.cancel), self._values)

    def _is_cancelled(self, rule: ClockRule) -> bool:
        has_ended = rule.goal.start_must_last and not holds(rule.goal.start, self._values)
        return has_ended or holds(rule.goal.cancel, self._values)

    def _target(self, rule: ClockRule) -> timedelta | None:
        """How much open time there is; None when there is no clock for such a ticket."""
        if rule.metric == "promise":
            promised_at = self._now.promised_at
            return self._calendars[rule.calendar].open_between(self._now.at, promised_at) if promised_at else None
        seconds = rule.target_for(self._now.priority)
        return None if seconds is None else timedelta(seconds=seconds)

    def _outdated(self, clock: Clock, rule: ClockRule) -> Literal["policy", "priority", "promise"] | None:
        """Why a clock no longer is what the agreement says; None when it is."""
        if clock.rule != rule:
            return "policy"
        if rule.metric == "promise":
            return "promise" if clock.promised_at != self._now.promised_at else None
        return "priority" if self._target(rule) != clock.target else None

    def _add(self, fact: ClockFact) -> None:
        self.facts.append(fact)
        self._clocks = evolve_clocks(self._clocks, fact)
