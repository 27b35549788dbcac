"""Shifts and leave as people write them, as spans of instants around one moment.

A shift is instants (`[["2026-11-22T01:00:00Z", "2026-11-22T10:00:00Z"]]`), wall times of every day
(`[["09:00", "18:00"]]`, `"09:00-18:00"`), or a week (`{"mon": [["09:00", "18:00"]]}`). Wall times are those of a named
zone and read as those of calendars; what ends no later than it begins ends on the next day. A time that a clock change
skips moves forward by it, one that comes twice is the first.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.routing.dispatch.fields import instant, read_object, refused, table, text
from services.routing.dispatch.members import Span
from shared.policies.calendar import WEEKDAYS, as_date, closing, ends_s, opening
from shared.policies.zones import time_zone

DAY: Final = timedelta(days=1)
ALWAYS: Final[tuple[Span, ...]] = ((datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),)
_ENDS: Final = table({"from start": text, "to end": text, "kind reason": text})


def zone_of(value: Any, path: str) -> ZoneInfo:
    """An IANA zone by its name, from the pinned tables, so that all machines agree."""
    name = text(value, path)
    try:
        return time_zone(name)
    except ValueError:
        raise refused(path, "an IANA zone such as Asia/Shanghai", value) from None


def shift_spans(value: Any, path: str, now: datetime, zone: ZoneInfo) -> tuple[Span, ...]:
    """The spans of a shift that can hold `now`: of instants all, of wall times those of yesterday, today, tomorrow.

    So another moment has to be asked about anew.
    """
    today = now.astimezone(zone).date()
    days = [today + (at * DAY) for at in (-1, 0, 1)]
    if isinstance(value, dict) and not value.keys() & {*_ENDS}:
        return tuple(_week_spans(value, path, days, zone))
    return tuple(span for pair, place in _pairs(value, path) for span in _shift_of(pair, place, days, zone))


def leave_spans(value: Any, path: str, zone: ZoneInfo) -> tuple[Span, ...]:
    """`true` for now; else instants, or dates of which the last belongs to it (`"2026-11-22"` alone is that day)."""
    if isinstance(value, bool):
        return ALWAYS if value else ()
    return tuple(_leave_of(pair, place, zone) for pair, place in _pairs(value, path))


def _week_spans(value: Mapping[str, Any], path: str, days: list[date], zone: ZoneInfo) -> Iterator[Span]:
    for name, hours in value.items():
        if name not in WEEKDAYS:
            raise refused(f"{path}.{name}", f"one of {', '.join(WEEKDAYS)}", name)
        own = [day for day in days if WEEKDAYS[day.weekday()] == name]
        for pair, place in _pairs(hours, f"{path}.{name}"):
            yield from _shift_of(pair, place, own, zone)


def _pairs(value: Any, path: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Every pair of ends in whatever form it was given, with its path."""
    is_one = isinstance(value, str | dict) or _is_pair(value)
    for at, one in enumerate([value] if is_one else _listed(value, path)):
        place = path if is_one else f"{path}[{at}]"
        if isinstance(one, dict):
            ends = read_object(one, place, _ENDS)
            if "from" not in ends or "to" not in ends:
                raise refused(place, "from and to", ", ".join(ends) or "nothing")
            yield (ends["from"], ends["to"]), place
        elif isinstance(one, str):
            start, _, end = one.partition("-") if one.count("-") == 1 else (one, "", "")
            yield (start.strip(), end.strip()), place
        elif isinstance(one, list) and len(one) == len(("from", "to")):
            yield (text(one[0], place), text(one[1], place)), place
        else:
            raise refused(place, "from and to", one)


def _is_pair(value: Any) -> bool:
    """Whether a list is two ends, and not two ranges such as `09:00-12:00`."""
    is_two = isinstance(value, list) and len(value) == len(("from", "to"))
    return is_two and all(isinstance(one, str) and one.count("-") != 1 for one in value)


def _listed(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise refused(path, "a list of [from, to]", value)
    return value


def _shift_of(pair: tuple[str, str], path: str, days: list[date], zone: ZoneInfo) -> Iterator[Span]:
    if "T" in pair[0] or "T" in pair[1]:
        yield _ordered(instant(pair[0], path), instant(pair[1], path), path)
        return
    try:
        start, end = _walls(*pair)
    except ValueError:
        expected = "wall times such as 09:00, the end at most 24:00, or instants"
        raise refused(path, expected, " to ".join(filter(None, pair))) from None
    for day in days:
        span = _span(day, start, end, zone)
        if span[0] < span[1]:
            yield span


def _leave_of(pair: tuple[str, str], path: str, zone: ZoneInfo) -> Span:
    start, end = pair[0], pair[1] or pair[0]
    if "T" in start:
        return _ordered(instant(start, path), instant(end, path), path)
    return _ordered(_at(_date(start, path), timedelta(), zone), _at(_date(end, path), DAY, zone), path)


def _ordered(start: datetime, end: datetime, path: str) -> Span:
    if start >= end:
        raise refused(path, "an end after the beginning", f"{start.isoformat()} to {end.isoformat()}")
    return start, end


@lru_cache(maxsize=4096)
def _walls(opens: str, closes: str) -> tuple[timedelta, timedelta]:
    """Both ends since midnight, in the grammar of calendars. Raises ValueError."""
    start, end = ends_s(opening(opens), closing(closes))
    return timedelta(seconds=start), timedelta(seconds=end)


@lru_cache(maxsize=16_384)
def _span(day: date, start: timedelta, end: timedelta, zone: ZoneInfo) -> Span:
    """The same few shifts come in every line of a file."""
    return _at(day, start, zone), _at(day, end, zone)


def _date(value: str, path: str) -> date:
    try:
        return as_date(value)
    except ValueError:
        raise refused(path, "a date such as 2026-11-22, or an instant", value) from None


def _at(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time()) + since_midnight
    return wall.replace(tzinfo=zone).astimezone(UTC)
