"""Arithmetic on open time: a deadline is a look-up of its year and a binary search in it, never a walk over days.

Instants come in and go out as aware datetimes, durations as timedeltas, both exact to the microsecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.routing.calendar.walls import DAY, EPOCH_DAY
from services.routing.calendar.year import Stretch, Year, compile_year, merged, read_days
from shared.policies.calendar import Calendar, Holidays
from shared.policies.zones import time_zone

HORIZON_YEARS: Final = 10
"""A deadline that lies further ahead is none."""
YEARS: Final = range(1000, 9980)
"""The years of instants that may be asked about: dates and offsets around them exist."""

YEARS_KEPT: Final = 3 * HORIZON_YEARS
"""Of one calendar; whoever asks about more than this compiles some again."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_TIME: Final = timedelta(0)
_LESS_THAN_HORIZON: Final = HORIZON_YEARS * 365 * DAY
_MORE_THAN_HORIZON: Final = HORIZON_YEARS * 367 * DAY

Pause = tuple[datetime, datetime]
"""From and to, half-open."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a target is reached."""

    due_at: datetime
    """In UTC."""
    paused: timedelta
    """The open time that pauses took between the start and `due_at`."""
    unconfirmed_years: tuple[int, ...] = ()
    """Years between them, on the calendar's walls, whose holidays nobody has confirmed: it may still change."""


class OpenTime:
    """The open time of one calendar; years are compiled when they are first asked about, the last ones are kept."""

    def __init__(self, calendar: Calendar, holidays: Holidays | None = None) -> None:
        """`holidays` is the policy that `calendar.holidays` names."""
        self._zone = calendar.zone
        self._days = read_days(calendar, holidays)
        self._years: dict[int, Year] = {}
        self._follows_holidays = calendar.holidays is not None
        self._confirmed = frozenset(one.year for one in holidays.years if one.confirmed) if holidays else frozenset()

    def due(self, start: datetime, target: timedelta, pauses: Sequence[Pause] = ()) -> Due | None:
        """When `target` of open time has passed since `start`, not counting pauses; None: not within ten years.

        A target that is reached exactly at closing time is due then, and none at all at once. Pauses may overlap and
        come in any order. Raises ValueError for instants outside of `YEARS`, for less than no target.
        """
        begin, open_time = _number(start), target // _MICROSECOND
        if open_time < 0:
            raise ValueError(f"a target of no less than nothing, got {target}")
        paused, due = 0, self._after(begin, open_time)
        for from_, to in _in_order(pauses, begin, begin + _MORE_THAN_HORIZON):
            if due is None or due <= from_:
                break
            paused += self._between(from_, to)
            due = self._after(begin, open_time + paused)
        if due is None or (due - begin > _LESS_THAN_HORIZON and due > _last(start)):
            return None
        due_at = _instant(due)
        return Due(due_at, paused * _MICROSECOND, self.unconfirmed_years(start, due_at))

    def add(self, start: datetime, target: timedelta) -> datetime | None:
        """When `target` of open time has passed since `start`; None: not within ten years."""
        found = self.due(start, target)
        return found.due_at if found else None

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """The open time of `[start, end)`; none when it ends before it begins."""
        from_, to = _number(start), _number(end)
        return self._between(from_, to) * _MICROSECOND if from_ < to else _NO_TIME

    def paused_between(self, start: datetime, end: datetime, pauses: Sequence[Pause]) -> timedelta:
        """The open time of `[start, end)` that pauses took, each moment once however many pauses hold it."""
        found = _in_order(pauses, _number(start), _number(end))
        return sum(self._between(from_, to) for from_, to in found) * _MICROSECOND

    def unconfirmed_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """The years from `start` to `end`, on the walls of the calendar's zone, without confirmed holidays."""
        if not self._follows_holidays:
            return ()
        zone = time_zone(self._zone)
        touched = range(start.astimezone(zone).year, end.astimezone(zone).year + 1)
        return tuple(year for year in touched if year not in self._confirmed)

    def _after(self, start: int, open_time: int) -> int | None:
        """The first instant by which `open_time` has passed since `start`; None past the horizon."""
        if open_time == 0:
            return start
        first = _year_of(start)
        ahead = open_time + self._year(first).open_until(start)
        for number in range(first, first + HORIZON_YEARS + 1):
            year = self._year(number)
            if ahead <= year.total:
                return year.instant_after(ahead)
            ahead -= year.total
        return None

    def _between(self, start: int, end: int) -> int:
        first, last = _year_of(start), _year_of(end)
        if first == last:
            year = self._year(first)
            return year.open_until(end) - year.open_until(start)
        whole = sum(self._year(number).total for number in range(first, last))
        return whole + self._year(last).open_until(end) - self._year(first).open_until(start)

    def _year(self, number: int) -> Year:
        found = self._years.get(number)
        if found is None:
            if len(self._years) >= YEARS_KEPT:
                del self._years[next(iter(self._years))]
            found = self._years[number] = compile_year(self._zone, self._days, number)
        return found


def _in_order(pauses: Sequence[Pause], begin: int, end: int) -> list[Stretch]:
    """What the pauses cover of `[begin, end)`, disjoint and in order."""
    if not pauses:
        return []
    # Pauses may reach beyond the years there are; only what lies between counts.
    return merged(
        [((from_ - _EPOCH) // _MICROSECOND, (to - _EPOCH) // _MICROSECOND) for from_, to in pauses], begin, end
    )


def _number(instant: datetime) -> int:
    if instant.year not in YEARS:
        raise ValueError(f"an instant of the years {YEARS[0]} to {YEARS[-1]}, got {instant.isoformat()}")
    return (instant - _EPOCH) // _MICROSECOND


def _instant(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)


def _last(start: datetime) -> int:
    """Ten years after `start`; from a 29th of February, the 1st of March."""
    start = start.astimezone(UTC)
    year = start.year + HORIZON_YEARS
    try:
        return (start.replace(year=year) - _EPOCH) // _MICROSECOND
    except ValueError:
        return (start.replace(year=year, month=3, day=1) - _EPOCH) // _MICROSECOND


def _year_of(number: int) -> int:
    return date.fromordinal(number // DAY + EPOCH_DAY).year
