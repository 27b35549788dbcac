"""The oracle is worth something: each of these faults, put into the arithmetic, is caught by it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, settings

from services.routing.calendar import open_time, walls, year
from services.routing.calendar.walls import DAY, SECOND
from services.routing.calendar.year import Days, Year
from tests.unit.calendar.cases import cases
from tests.unit.calendar.test_oracle import disagreement

SEARCH = settings(max_examples=2_000, database=None, deadline=None, phases=[Phase.generate])
"""Without shrinking: whether one is found is the claim, not how small it is."""

Patch = pytest.MonkeyPatch


def one_second_late(patch: Patch) -> None:
    right = Year.instant_after
    patch.setattr(Year, "instant_after", lambda self, open_time: right(self, open_time) + SECOND)


def one_second_of_a_stretch_lost(patch: Patch) -> None:
    right = Year.open_until
    patch.setattr(Year, "open_until", lambda self, instant: max(0, right(self, instant) - SECOND))


def due_at_the_next_opening_instead_of_at_closing(patch: Patch) -> None:
    patch.setattr(year, "bisect_left", bisect_right)
    right = Year.instant_after

    def after(self: Year, open_time: int) -> int:
        return right(self, open_time) if open_time < self.total else self.ends[-1]

    patch.setattr(Year, "instant_after", after)


def the_second_of_two_equal_wall_times(patch: Patch) -> None:
    right = walls._offset
    patch.setattr(walls, "_offset", lambda zone, shown: right(zone, shown.replace(fold=1)))


def wall_times_in_a_gap_moved_back(patch: Patch) -> None:
    right = walls._offset

    def offset(zone: str, shown: datetime) -> int:
        # In a gap the later offset is the larger one.
        return max(right(zone, shown), right(zone, shown.replace(fold=1)))

    patch.setattr(walls, "_offset", offset)


def a_fixed_offset_for_all_of_a_day(patch: Patch) -> None:
    right = walls._offset

    def plain(zone: str, number: int) -> tuple[int, ...]:
        first = date(number, 1, 1).toordinal() - walls.BEFORE
        last = date(number + 1, 1, 1).toordinal()
        return tuple(right(zone, datetime.fromordinal(day)) for day in range(first, last + 1))

    patch.setattr(year, "plain_offsets", plain)


def a_pause_counted_twice_where_two_overlap(patch: Patch) -> None:
    def in_order(pauses: Any, begin: int, end: int) -> list[tuple[int, int]]:
        each = [right([pause], begin, end) for pause in pauses]
        return sorted(stretch for stretches in each for stretch in stretches)

    right = open_time._in_order
    patch.setattr(open_time, "_in_order", in_order)


def a_pause_counted_from_before_the_start(patch: Patch) -> None:
    right = open_time._in_order
    patch.setattr(open_time, "_in_order", lambda pauses, begin, end: right(pauses, begin - DAY, end))


def pauses_counted_in_closed_time_too(patch: Patch) -> None:
    patch.setattr(open_time.OpenTime, "_between", lambda self, start, end: end - start)


def hours_of_a_day_counted_twice_where_they_overlap(patch: Patch) -> None:
    def merged(stretches: Any, begin: int, end: int) -> list[tuple[int, int]]:
        clipped = ((max(start, begin), min(stop, end)) for start, stop in sorted(stretches))
        return [(start, stop) for start, stop in clipped if start < stop]

    patch.setattr(year, "merged", merged)


def hours_cut_at_midnight(patch: Patch) -> None:
    right = year._wall
    patch.setattr(year, "_wall", lambda opens, closes: (right(opens, closes)[0], min(right(opens, closes)[1], DAY)))


def equal_ends_as_no_hours(patch: Patch) -> None:
    right = year._walls
    patch.setattr(year, "_walls", lambda hours: right(tuple((opens, to) for opens, to in hours if opens != to)))


def exceptions_that_only_open(patch: Patch) -> None:
    right = Days.hours_on

    def hours_on(self: Days, day: int) -> Any:
        dated = {day: hours for day, hours in self.dated.items() if hours}
        return right(Days(self.week, self.periods, dated), day)

    patch.setattr(Days, "hours_on", hours_on)


def inverted_hours_that_are_turned_round(patch: Patch) -> None:
    right = walls.instant_of
    seen: dict[tuple[str, int], int] = {}

    def instant_of(zone: str, day: int, wall: int) -> int:
        found = right(zone, day, wall)
        last = seen.pop((zone, day), None)
        if last is None:
            seen[zone, day] = found
            return found
        # The second of two ends.
        return max(found, 2 * last - found)

    patch.setattr(year, "instant_of", instant_of)


MUTANTS: tuple[Callable[[Patch], None], ...] = (
    one_second_late,
    one_second_of_a_stretch_lost,
    due_at_the_next_opening_instead_of_at_closing,
    the_second_of_two_equal_wall_times,
    wall_times_in_a_gap_moved_back,
    a_fixed_offset_for_all_of_a_day,
    a_pause_counted_twice_where_two_overlap,
    a_pause_counted_from_before_the_start,
    pauses_counted_in_closed_time_too,
    hours_of_a_day_counted_twice_where_they_overlap,
    hours_cut_at_midnight,
    equal_ends_as_no_hours,
    exceptions_that_only_open,
    inverted_hours_that_are_turned_round,
)


@pytest.fixture(autouse=True)
def _no_offsets_of_another_mutant() -> Iterator[None]:
    walls.plain_offsets.cache_clear()
    yield
    walls.plain_offsets.cache_clear()


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutate: mutate.__name__)
def test_the_oracle_catches(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutate(monkeypatch)
    assert find(cases(), lambda case: disagreement(case) is not None, settings=SEARCH, random=Random(5))
