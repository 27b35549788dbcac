"""One clock of a ticket, the facts about it, and what each fact makes of it.

A fact carries what was computed when it was decided, so that folding needs neither policy nor calendar, and a calendar
changed later rewrites nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from shared.policies.agreement import ClockRule

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A goal under way, or how it ended. Durations are open time on the rule's calendar."""

    clock_id: str
    rule: ClockRule
    """As it was when the clock was attached."""
    started_at: datetime
    """What it counts from."""
    target: timedelta
    state: Literal["running", "paused", "stopped", "cancelled"] = "running"
    since: datetime
    """When it came into this state."""
    paused: timedelta = NO_TIME
    due_at: datetime | None = None
    """Only while it runs; None then too when nothing is due within ten years."""
    promised_at: datetime | None = None
    """What a promise is due at, whatever happens."""
    breached_at: datetime | None = None
    """Failed stays failed."""
    fired: frozenset[str] = frozenset()
    """The names of alarms that have sounded: each once per clock."""
    overrun: timedelta | None = None
    """Once it is stopped: the open time after its target."""
    is_silent: bool = False
    """It was breached before it was attached: nobody is told of it."""

    @property
    def is_active(self) -> bool:
        """Whether its goal is still to be met."""
        return self.state in {"running", "paused"}


@dataclass(frozen=True, slots=True)
class Attached:
    """A clock begins."""

    clock: Clock
    at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """It stands still, and nothing is due."""

    clock_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """It runs again, after a pause or because the ticket was reopened."""

    clock_id: str
    at: datetime
    paused: timedelta
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Its goal is met, in time or not."""

    clock_id: str
    at: datetime
    paused: timedelta
    overrun: timedelta


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It does not apply any more."""

    clock_id: str
    at: datetime
    reason: Literal["condition", "policy", "priority", "promise"]


@dataclass(frozen=True, slots=True)
class Warned:
    """The instant of an alarm is over. `(clock_id, alarm)` comes once, however often time is looked at."""

    clock_id: str
    alarm: str
    at: datetime
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Breached:
    """The instant at which it was due is over."""

    clock_id: str
    at: datetime
    is_silent: bool


ClockFact = Attached | Paused | Resumed | Stopped | Cancelled | Warned | Breached
Clocks = tuple[Clock, ...]
"""All clocks that a ticket ever had, the oldest first."""


def evolve_clocks(clocks: Clocks, fact: ClockFact) -> Clocks:
    """Take one fact in. Total: a fact about a clock that is not there changes nothing."""
    if isinstance(fact, Attached):
        return (*clocks, fact.clock)
    return tuple(_changed(clock, fact) if clock.clock_id == fact.clock_id else clock for clock in clocks)


def _changed(clock: Clock, fact: Paused | Resumed | Stopped | Cancelled | Warned | Breached) -> Clock:
    match fact:
        case Paused():
            return replace(clock, state="paused", since=fact.at, due_at=None)
        case Resumed():
            return replace(clock, state="running", since=fact.at, paused=fact.paused, due_at=fact.due_at, overrun=None)
        case Stopped():
            return replace(clock, state="stopped", since=fact.at, paused=fact.paused, due_at=None, overrun=fact.overrun)
        case Cancelled():
            return replace(clock, state="cancelled", since=fact.at, due_at=None)
        case Warned():
            return replace(clock, fired=clock.fired | {fact.alarm})
        case Breached():
            return replace(clock, breached_at=fact.at)
        case _:
            assert_never(fact)
