"""Wall times of a zone as instants: each by itself, as the clocks of that place show it (PEP 495, `fold=0`).

A wall time that a clock change skips moves forward by what was skipped; of one that comes twice the first counts. Both
are what the offset before the change gives. Instants are microseconds since 1970-01-01T00:00Z, days are ordinals of
`datetime.date`.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from shared.policies.zones import time_zone

SECOND: Final = 1_000_000
"""In microseconds, as all durations here."""
DAY: Final = 86_400 * SECOND
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

BEFORE: Final = 3
"""Days before a year whose hours may reach into it: hours last two days at most, offsets are less than one."""
YEARS_KEPT: Final = 1024
_MICROSECOND: Final = timedelta(microseconds=1)


def instant_of(zone: str, day: int, wall: int) -> int:
    """When the clocks of `zone` show `wall` (microseconds since midnight, may lie on the next days) of `day`."""
    shown = datetime.fromordinal(day) + wall * _MICROSECOND
    return (day - EPOCH_DAY) * DAY + wall - _offset(zone, shown)


@lru_cache(maxsize=YEARS_KEPT)
def plain_offsets(zone: str, year: int) -> tuple[int | None, ...]:
    """For each day from `BEFORE` days before the year to its end, and one more: the offset of all its wall times.

    None for a day in which, or in the day after, clocks change; there each wall time is looked up by itself.
    """
    first = date(year, 1, 1).toordinal() - BEFORE
    last = date(year + 1, 1, 1).toordinal()
    offsets = [_offset(zone, datetime.fromordinal(day)) for day in range(first, last + 3)]
    # In no zone clocks change twice within two days (the nearest two changes of any are a week apart).
    return tuple(offset if offset == later else None for offset, later in zip(offsets[:-2], offsets[2:], strict=True))


def _offset(zone: str, shown: datetime) -> int:
    ahead = shown.replace(tzinfo=time_zone(zone)).utcoffset()
    return ahead // _MICROSECOND if ahead is not None else 0
