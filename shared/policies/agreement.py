"""A service agreement (standard term: SLA): how long each goal of a ticket may take, and what pauses its clock.

Times are whole seconds of open time on a calendar. There are no "days": a working day of eight hours and one of 24
differ by a factor of three, and whoever wrote the policy meant only one of them.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, model_validator

from shared.events.fact import Priority
from shared.policies.conditions import Condition, exclude_each_other, is_within
from shared.policies.metrics import GOALS, Goal, Metric
from shared.policies.model import PUBLISHED, PolicyName, Rule

TARGET_S_MAX: Final = 366 * 86_400
Seconds = Annotated[int, Field(gt=0, le=TARGET_S_MAX, strict=True)]


class Alarm(Rule):
    """When somebody is warned: once a part of the target is over, or so many open seconds before it is."""

    name: PolicyName
    fraction: Annotated[float, Field(gt=0, le=10)] | None = None
    """Of the target; more than 1 is after the breach."""
    lead_s: Seconds | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "Alarm":
        """A fraction or a lead."""
        if (self.fraction is None) == (self.lead_s is None):
            raise ValueError("fraction or lead_s, one of them")
        return self


class ClockRule(Rule):
    """One clock of the agreement: its goal, its target, its six conditions."""

    name: PolicyName
    metric: Metric
    target_s: Seconds | None = None
    """For every priority that `targets_s` does not name; unset: no clock for those."""
    targets_s: dict[Priority, Seconds] = {}
    calendar: PolicyName = "default"
    alarms: Annotated[tuple[Alarm, ...], Field(max_length=20)] = ()
    pause: Condition = ()
    resume: Condition | None = None
    """Unset: as soon as `pause` no longer holds."""
    cancel: Condition = ()
    start: Condition | None = None
    """Of `custom` only, like `stop` and `reset`; the other metrics know theirs."""
    stop: Condition | None = None
    reset: Condition | None = None
    start_must_last: bool | None = None
    """Whether it is cancelled as soon as `start` no longer holds; of `custom` only, and then yes unless set."""

    @property
    def goal(self) -> Goal:
        """What it measures, with the policy's own conditions."""
        if self.metric == "custom":
            lasts = self.start_must_last is not False
            return Goal("now", "never", self.start or (), self.stop or (), self.reset or (), self.cancel, lasts)
        goal = GOALS[self.metric]
        return Goal(
            goal.begins, goal.again, goal.start, goal.stop, goal.reset, (*goal.cancel, *self.cancel),
            goal.start_must_last,
        )  # fmt: skip

    def target_for(self, priority: Priority) -> int | None:
        """Open seconds for a ticket of that priority; None: no clock."""
        return self.targets_s.get(priority, self.target_s)

    @model_validator(mode="after")
    def says_what_it_measures(self) -> "ClockRule":
        """A named metric brings its own conditions, `custom` says them, a promise brings its own date."""
        own = (self.start, self.stop, self.reset, self.start_must_last)
        if self.metric != "custom" and any(part is not None for part in own):
            raise ValueError(f"start, stop, reset and start_must_last only with metric custom, {self.metric} knows its")
        if self.metric == "custom" and not (self.start and self.stop):
            raise ValueError("start and stop: a custom clock says when it begins and when its goal is met")
        if (self.metric == "promise") == bool(self.target_s or self.targets_s):
            raise ValueError("target_s or targets_s for every metric but promise, which is due on the promised date")
        if len({alarm.name for alarm in self.alarms}) < len(self.alarms):
            raise ValueError("alarms: each name once, for each fires once per clock")
        targets = [*self.targets_s.values(), *([self.target_s] if self.target_s else [])]
        if targets and max((alarm.lead_s or 0 for alarm in self.alarms), default=0) >= min(targets):
            raise ValueError(f"alarms: a lead_s less than every target, the least is {min(targets)}")
        return self

    @model_validator(mode="after")
    def walks_into_no_trap(self, read: ValidationInfo) -> "ClockRule":
        """Conditions that look right and never do what they say."""
        if read.context != PUBLISHED:
            for trap in traps(self):
                raise ValueError(trap)
        return self


class ServiceAgreement(Rule):
    """`service_agreement/<name>`: the clocks of the tickets that it holds for."""

    clocks: Annotated[tuple[ClockRule, ...], Field(min_length=1, max_length=50)]
    retroactive_start: bool = True
    """A clock attached in mid-ticket counts from where its goal begins, not from now."""
    retroactive_pause: bool = True
    """What would have paused it before it was attached is not counted; only with `retroactive_start`."""
    run_for_breached: bool = False
    """Whether a clock that is breached already when it is attached still sounds its alarms."""

    @model_validator(mode="after")
    def names_differ(self) -> "ServiceAgreement":
        """Two clocks of one name could not be told apart."""
        if len({clock.name for clock in self.clocks}) < len(self.clocks):
            raise ValueError("clocks: each name once")
        if self.retroactive_pause and not self.retroactive_start:
            raise ValueError(
                "retroactive_pause only with retroactive_start: from now on there is nothing to pause back"
            )
        return self


def traps(rule: ClockRule) -> Iterator[str]:
    """Each trap that the conditions of a clock walk into, with the reason why it is one."""
    goal = rule.goal
    over = (*goal.stop, *goal.cancel)
    if is_within(goal.start, over):
        yield "start: lies within stop and cancel, so wherever it could begin it is over already and never attaches"
    elif rule.pause and is_within(goal.start, (*rule.pause, *over)):
        yield "pause: holds wherever start does, so the clock attaches paused and stays so: it never runs"
    if rule.pause and goal.start_must_last and exclude_each_other(goal.start, rule.pause):
        yield "pause: never holds together with start, so that the clock is cancelled there instead of paused"
    if rule.resume is not None and (not rule.pause or is_within(rule.resume, rule.pause)):
        yield "resume: holds only where pause does, so that a paused clock never runs again"
    if goal.start_must_last and all(clause.event for clause in goal.start):
        yield "start: names an event, which is over at once; with start_must_last the next event cancels the clock"
    if goal.reset and exclude_each_other(goal.start, goal.reset):
        yield "reset: never holds together with start, so that it only completes the clock and begins no new one"
    if any(not clause.event for clause in goal.reset):
        yield "reset: a clause names no event, so that it holds at every look; the clock begins anew and is never due"
    if rule.metric == "promise" and rule.pause:
        yield "pause: a date that a person promised is not moved by pauses"
