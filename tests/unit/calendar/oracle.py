"""Deadlines by walking: an oracle that shares nothing with the program but the inputs.

It asks a zone only what its clocks show at an instant, never which instant a wall time is; it marks open steps on a
strip of bytes, wipes the paused ones out, and counts. A step is a minute where every input is whole minutes, else a
second.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import compress, islice, pairwise
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = 3600, 86_400

Hours = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One question: all that both sides get. Instants are seconds since 1970."""

    zone: str
    week: tuple[Hours, ...]
    exceptions: tuple[tuple[date, Hours], ...]
    start: int
    target: int
    pauses: tuple[tuple[int, int], ...]
    step: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk found; `due` is None when it was not over after `until`."""

    due: int | None
    paused: int
    until: int


def walk(case: Case, days: int) -> Walked:
    """Count open steps from the start for at most so many days."""
    steps = days * DAY // case.step
    is_open = open_steps(case, days)
    counts = bytearray(is_open)
    for from_, to in case.pauses:
        _fill(counts, from_ - case.start, to - case.start, case.step, 0)
    last = next(islice(compress(range(steps), counts), case.target // case.step - 1, None), None)
    if last is None:
        return Walked(None, 0, case.start + steps * case.step)
    paused = is_open.count(1, 0, last + 1) - counts.count(1, 0, last + 1)
    return Walked(case.start + (last + 1) * case.step, paused * case.step, case.start + steps * case.step)


def open_steps(case: Case, days: int) -> bytearray:
    """A byte for each step after the start: whether it is open."""
    strip = bytearray(days * DAY // case.step)
    for from_, to in _hours(case, days):
        _fill(strip, from_ - case.start, to - case.start, case.step, 1)
    return strip


def _fill(strip: bytearray, from_: int, to: int, step: int, value: int) -> None:
    first, last = max(0, from_ // step), min(len(strip), to // step)
    if first < last:
        strip[first:last] = bytes((value,)) * (last - first)


def _hours(case: Case, days: int) -> list[tuple[int, int]]:
    """Every span of hours as instants, each date by itself."""
    exceptions = dict(case.exceptions)
    first = (EPOCH + timedelta(seconds=case.start)).date() - timedelta(days=4)
    found = []
    for ahead in range(days + 8):
        on = first + timedelta(days=ahead)
        for opens, closes in exceptions.get(on, case.week[on.weekday()]):
            from_, to = _minutes(opens), _minutes(closes)
            ends_on = on if to > from_ else on + timedelta(days=1)
            found.append((shown_at(case.zone, on, from_), shown_at(case.zone, ends_on, to)))
    return found


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def shown_at(zone: str, on: date, minutes: int) -> int:
    """The first instant at which clocks show this; of a time that they skip, as much later as they skip."""
    wall = (on - EPOCH.date()).days * DAY + minutes * 60
    spells = clock(zone, on.year)
    for from_, until, ahead in spells:
        if from_ <= wall - ahead < until:
            return wall - ahead
    for (_, until, before), (_, _, after) in pairwise(spells):
        if until + before <= wall < until + after:
            skipped = after - before
            return wall + skipped - after
    raise AssertionError(f"{zone} shows {on} {minutes} neither before nor after a change of its clocks")


@cache
def clock(zone: str, year: int) -> list[tuple[int, int, int]]:
    """From, until, how far the clocks are ahead of UTC: found by looking every six hours, near changes every minute."""
    first = int((datetime(year - 1, 12, 1, tzinfo=UTC) - EPOCH).total_seconds())
    last = int((datetime(year + 1, 2, 1, tzinfo=UTC) - EPOCH).total_seconds())
    spells = [[first, last, _ahead(zone, first)]]
    for look in range(first, last, 6 * HOUR):
        if _ahead(zone, look + 6 * HOUR) != spells[-1][2]:
            change = next(at for at in range(look, look + 6 * HOUR + 1, 60) if _ahead(zone, at) != spells[-1][2])
            spells[-1][1] = change
            spells.append([change, last, _ahead(zone, change)])
    return [(from_, until, ahead) for from_, until, ahead in spells]


def _ahead(zone: str, instant: int) -> int:
    shown = (EPOCH + timedelta(seconds=instant)).astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return int((shown - EPOCH).total_seconds()) - instant
