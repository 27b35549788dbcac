"""One calendar in one year, compiled: the stretches in which it is open, as sorted arrays.

Years are those of UTC, so that a stretch over New Year's Eve lies partly in each and years simply add up. Instants are
microseconds since 1970-01-01T00:00Z.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from services.routing.calendar.walls import BEFORE, DAY, EPOCH_DAY, SECOND, instant_of, plain_offsets
from shared.policies.calendar import WEEKDAYS, Calendar, DayHours, Holidays, Week, ends_s

Stretch = tuple[int, int]
"""From and to, half-open."""
Walls = tuple[Stretch, ...]
"""The hours that begin on a day, in microseconds since its midnight; ends may lie on the next day."""
WeekWalls = tuple[Walls, ...]
"""By weekday, Monday first."""

INSTANTS: Final = "q"
"""Arrays of 64-bit integers."""


@dataclass(frozen=True, slots=True)
class Year:
    """The open stretches of one year: disjoint, not even touching, in order."""

    starts: "array[int]"
    ends: "array[int]"
    open_by_end: "array[int]"
    """Open time from the beginning of the year to the end of each stretch."""
    total: int

    def open_until(self, instant: int) -> int:
        """Open time from the beginning of the year to `instant`, which lies in it."""
        at = bisect_right(self.starts, instant) - 1
        if at < 0:
            return 0
        return self.open_by_end[at] - max(0, self.ends[at] - instant)

    def instant_after(self, open_time: int) -> int:
        """The first instant by which `open_time` (more than nothing, at most the total) of the year has passed."""
        at = bisect_left(self.open_by_end, open_time)
        return self.ends[at] - (self.open_by_end[at] - open_time)


@dataclass(frozen=True, slots=True)
class Days:
    """What a calendar says about each date, read once."""

    week: WeekWalls
    periods: tuple[tuple[int, int, WeekWalls], ...]
    """First and last day, both in it, and the week that holds there."""
    dated: Mapping[int, Walls]
    """Days with hours of their own: exceptions, holidays, make-up days."""

    def hours_on(self, day: int) -> Walls:
        """The hours that begin on a day."""
        walls = self.dated.get(day)
        # Day 1 was a Monday.
        return self._week_on(day)[(day - 1) % 7] if walls is None else walls

    def _week_on(self, day: int) -> WeekWalls:
        for first, last, week in self.periods:
            if first <= day <= last:
                return week
        return self.week


def read_days(calendar: Calendar, holidays: Holidays | None) -> Days:
    """The calendar's dates as numbers. An exception holds against a holiday, a holiday against the week."""
    dated: dict[int, Walls] = {}
    for year in holidays.years if holidays else ():
        for holiday in year.holidays:
            dated.update((day.toordinal(), ()) for day in holiday.closed)
            dated.update((day.toordinal(), _walls(calendar.make_up or ())) for day in holiday.make_up)
    dated.update((one.date.toordinal(), _walls(one.open)) for one in calendar.exceptions)
    periods = (
        ((one.first or date.min).toordinal(), (one.last or date.max).toordinal(), _week_walls(one.week))
        for one in calendar.periods
    )
    return Days(_week_walls(calendar.week), tuple(periods), dated)


def compile_year(zone: str, days: Days, year: int) -> Year:
    """The open stretches of one year of UTC."""
    begin, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    stretches = merged(_stretches(zone, days, year), (begin - EPOCH_DAY) * DAY, (end - EPOCH_DAY) * DAY)
    starts = array(INSTANTS, [start for start, _ in stretches])
    ends = array(INSTANTS, [stop for _, stop in stretches])
    open_by_end = array(INSTANTS, accumulate([stop - start for start, stop in stretches]))
    return Year(starts, ends, open_by_end, open_by_end[-1] if open_by_end else 0)


def merged(stretches: list[Stretch], begin: int, end: int) -> list[Stretch]:
    """What stretches in any order cover of `[begin, end)`; those that overlap or touch become one."""
    stretches.sort()
    found: list[Stretch] = []
    last = begin
    for start, stop in stretches:
        if stop <= last:
            # Before the beginning, or covered already.
            continue
        if start >= end:
            break
        if found and start <= last:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop) if start > begin else (begin, stop))
        last = stop
    if last > end:
        found[-1] = found[-1][0], end
    return found


def _stretches(zone: str, days: Days, year: int) -> list[Stretch]:
    """The hours of each day as instants; those that a clock change makes empty or turns round are none."""
    found: list[Stretch] = []
    first = date(year, 1, 1).toordinal() - BEFORE
    for day, offset in enumerate(plain_offsets(zone, year), first):
        walls = days.hours_on(day)
        if offset is not None:
            midnight = (day - EPOCH_DAY) * DAY - offset
            for opens, closes in walls:
                found.append((midnight + opens, midnight + closes))
        else:
            found += (
                (start, stop)
                for opens, closes in walls
                if (start := instant_of(zone, day, opens)) < (stop := instant_of(zone, day, closes))
            )
    return found


def _week_walls(week: Week) -> WeekWalls:
    return tuple(_walls(week.get(day, ())) for day in WEEKDAYS)


def _walls(hours: DayHours) -> Walls:
    return tuple(_wall(opens, closes) for opens, closes in hours)


def _wall(opens: str, closes: str) -> Stretch:
    start, stop = ends_s(opens, closes)
    return start * SECOND, stop * SECOND
