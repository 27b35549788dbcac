"""One calendar in one year, compiled: the stretches in which it is open, as sorted arrays.

Years are those of UTC, so that a stretch over New Year's Eve lies partly in each and years simply add up. Instants are
microseconds since 1970-01-01T00:00Z.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from services.routing.calendar.walls import BEFORE, DAY, EPOCH_DAY, SECOND, instant_of, plain_offsets
from shared.policies.calendar import WEEKDAYS, Calendar, DayHours, Holidays, Week

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

    def between(self, first: int, last: int) -> Iterator[tuple[int, Walls]]:
        """Each day from `first` to `last`, both included, with its hours."""
        for day in range(first, last + 1):
            walls = self.dated.get(day)
            # Day 1 was a Monday.
            yield day, self._week_on(day)[(day - 1) % 7] if walls is None else walls

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
    stretches = sorted(_stretches(zone, days.between(begin - BEFORE, end), plain_offsets(zone, year)))
    starts, ends = array(INSTANTS), array(INSTANTS)
    for start, stop in merged(stretches, (begin - EPOCH_DAY) * DAY, (end - EPOCH_DAY) * DAY):
        starts.append(start)
        ends.append(stop)
    open_by_end = array(INSTANTS, accumulate(stop - start for start, stop in zip(starts, ends, strict=True)))
    return Year(starts, ends, open_by_end, open_by_end[-1] if open_by_end else 0)


def merged(stretches: Iterable[Stretch], begin: int, end: int) -> list[Stretch]:
    """What sorted stretches cover of `[begin, end)`; those that overlap or touch become one."""
    found: list[Stretch] = []
    for start, stop in stretches:
        from_, to = max(start, begin), min(stop, end)
        if found and from_ <= found[-1][1]:
            if to > found[-1][1]:
                found[-1] = found[-1][0], to
        elif from_ < to:
            found.append((from_, to))
    return found


def _stretches(zone: str, days: Iterable[tuple[int, Walls]], offsets: Iterable[int | None]) -> Iterator[Stretch]:
    """The hours of each day as instants; those that a clock change makes empty or turns round are none."""
    for (day, walls), offset in zip(days, offsets, strict=True):
        if offset is not None:
            midnight = (day - EPOCH_DAY) * DAY - offset
            for opens, closes in walls:
                yield midnight + opens, midnight + closes
            continue
        for opens, closes in walls:
            start, stop = instant_of(zone, day, opens), instant_of(zone, day, closes)
            if start < stop:
                yield start, stop


def _week_walls(week: Week) -> WeekWalls:
    return tuple(_walls(week.get(day, ())) for day in WEEKDAYS)


def _walls(hours: DayHours) -> Walls:
    return tuple(_wall(opens, closes) for opens, closes in hours)


def _wall(opens: str, closes: str) -> Stretch:
    start, stop = _since_midnight(opens), _since_midnight(closes)
    return start, stop if stop > start else stop + DAY


def _since_midnight(wall: str) -> int:
    hours, minutes, *seconds = map(int, wall.split(":"))
    return (hours * 3600 + minutes * 60 + sum(seconds)) * SECOND
