"""When is it open: weekly hours in a zone, validity ranges, dated exceptions both ways, national holidays.

What holds on a date, the most particular first: its exception; a holiday (closed) or make-up day (調休補班, open); the
week of the period that it lies in; the week.
"""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shared.policies.model import PolicyName, Rule, ShortText, Texts
from shared.policies.zones import ZoneName

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `date.weekday()`."""

SPANS_MAX: Final = 48
"""Of one day."""
DATES_MAX: Final = 5_000
"""Exceptions of one calendar."""

DAY_S: Final = 86_400

_WALL: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_MIDNIGHT: Final = frozenset({"24:00", "24:00:00"})
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def opening(wall: str) -> str:
    """A time of day at which hours may begin."""
    if not _WALL.fullmatch(wall):
        raise ValueError("a time of day as HH:MM or HH:MM:SS, 00:00 to 23:59:59")
    return wall


def closing(wall: str) -> str:
    """A time of day at which hours may end: `24:00` too."""
    if wall not in _MIDNIGHT and not _WALL.fullmatch(wall):
        raise ValueError("a time of day as HH:MM or HH:MM:SS, 00:00 to 24:00")
    return wall


def ends_s(opens: str, closes: str) -> tuple[int, int]:
    """Both ends of hours, in seconds by the clocks since midnight of the day that they begin on."""
    start, stop = _since_midnight_s(opens), _since_midnight_s(closes)
    return start, stop if stop > start else stop + DAY_S


def as_date(value: Any) -> date:
    """A calendar date; an instant or a bare number is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # the 30th of February: told below
    raise ValueError("a date as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(as_date)]
Hours = tuple[Annotated[str, AfterValidator(opening)], Annotated[str, AfterValidator(closing)]]
"""From and to, wall times, half-open. An end not after its beginning is on the next day: equal ends are 24 hours."""
DayHours = Annotated[tuple[Hours, ...], Field(max_length=SPANS_MAX)]
"""The hours that begin on one day; they may overlap and come in any order; none: closed."""
Week = dict[Weekday, DayHours]
"""A weekday that is not named is closed."""


class Period(Rule):
    """Dates with a week of their own, so that old dates keep old hours: from `first` to `last`, both in it."""

    first: Day | None = None
    """Unset: from ever."""
    last: Day | None = None
    """Unset: for ever."""
    week: Week

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> "Period":
        """A period that ends before it begins would hold never."""
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"a last date not before the first, {self.first}")
        return self


class ExceptionDay(Rule):
    """One date with hours of its own, whatever else would hold: none closes it, some open it."""

    date: Day
    open: DayHours
    reason: ShortText | None = None


class Calendar(Rule):
    """`calendar/<name>`: the hours that count, on walls of one zone."""

    zone: ZoneName
    week: Week = {}
    periods: tuple[Period, ...] = ()
    exceptions: Annotated[tuple[ExceptionDay, ...], Field(max_length=DATES_MAX)] = ()
    holidays: PolicyName | None = None
    """The `holiday/<name>` whose days are closed and whose make-up days are open."""
    make_up: DayHours | None = None
    """The hours of make-up days."""

    @model_validator(mode="after")
    def each_date_has_one_rule(self) -> "Calendar":
        """Two exceptions for one date, or two periods over one, would leave open which of them holds."""
        seen: set[date] = set()
        for one in self.exceptions:
            if one.date in seen:
                raise ValueError(f"exceptions: each date once, {one.date} is here twice")
            seen.add(one.date)
        ordered = sorted(self.periods, key=lambda one: one.first or date.min)
        for before, after in pairwise(ordered):
            if before.last is None or after.first is None or after.first <= before.last:
                raise ValueError(
                    f"periods: at most one for each date, two hold on {after.first or before.last or 'every date'}"
                )
        return self

    @model_validator(mode="after")
    def make_up_days_have_hours(self) -> "Calendar":
        """Make-up days are known through holidays; their hours cannot be guessed."""
        if (self.holidays is None) != (self.make_up is None):
            raise ValueError("holidays and make_up together or neither: which days, and the hours of make-up days")
        return self


class Holiday(Rule):
    """One holiday of one year."""

    name: Texts
    closed: Annotated[tuple[Day, ...], Field(min_length=1)]
    make_up: tuple[Day, ...] = ()
    """The days of rest that are worked instead."""


class HolidayYear(Rule):
    """The holidays of one year, where they were taken from, and whether they are settled."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    source: ShortText
    confirmed: bool
    """Whether the year was announced and no day is a guess. A deadline that touches another year says so."""
    holidays: tuple[Holiday, ...]

    @model_validator(mode="after")
    def days_are_of_the_year_and_differ(self) -> "HolidayYear":
        """Each day of this year and named once, so that it is closed or worked and not both."""
        seen: set[date] = set()
        for day in (day for one in self.holidays for day in (*one.closed, *one.make_up)):
            if day.year != self.year:
                raise ValueError(f"days of {self.year}, {day} is none")
            if day in seen:
                raise ValueError(f"each day once, {day} is here twice")
            seen.add(day)
        return self


class Holidays(Rule):
    """`holiday/<name>`: national holidays and make-up days, year by year."""

    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    years: tuple[HolidayYear, ...]

    @model_validator(mode="after")
    def years_differ(self) -> "Holidays":
        """Each year once."""
        if len({one.year for one in self.years}) < len(self.years):
            raise ValueError("each year once")
        return self


def _since_midnight_s(wall: str) -> int:
    hours, minutes, *seconds = map(int, wall.split(":"))
    return hours * 3600 + minutes * 60 + sum(seconds)
