"""What a calendar must hold before it is published, beside being well-formed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.routing.calendar.open_time import OpenTime
from shared.errors import FieldError
from shared.policies import Policies, Problem
from shared.policies.calendar import Calendar, Holidays

LOOK_AHEAD: Final = timedelta(days=366)


def open_time_of(policies: Policies, name: str) -> OpenTime | None:
    """The calendar of that name with its holidays, ready to count with; None when there is none."""
    calendar = policies.calendar(name)
    return OpenTime(calendar, policies.holidays(calendar.holidays)) if calendar else None


def check_calendars(policies: Policies, now: datetime) -> list[Problem]:
    """Calendars that never open, or whose holidays nobody knows: errors; years without confirmed ones: a warning."""
    return [
        problem
        for one in policies.of_kind("calendar")
        if isinstance(one.body, Calendar)
        for problem in _problems(one.key, one.body, policies.holidays(one.body.holidays), now)
    ]


def _problems(key: str, calendar: Calendar, holidays: Holidays | None, now: datetime) -> Iterator[Problem]:
    if calendar.holidays is not None and holidays is None:
        yield Problem(key, FieldError("holidays", "the name of a holiday policy", calendar.holidays))
        return
    open_time = OpenTime(calendar, holidays)
    if not open_time.open_between(now, now + LOOK_AHEAD):
        # A deadline would be looked for in year after year, and never be found.
        expected = "hours of which some are open within the next year, for else nothing is ever due"
        yield Problem(key, FieldError("week", expected, "none"))
    if unconfirmed := open_time.unconfirmed_years(now, now + LOOK_AHEAD):
        expected = "confirmed holidays of every year that deadlines reach"
        got = f"none of {', '.join(map(str, unconfirmed))}"
        yield Problem(key, FieldError("holidays", expected, got), "warning")
