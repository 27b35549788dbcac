"""Open time as people meet it: nights, holidays, clocks that change, dates that a zone skipped."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.calendar import OpenTime
from services.routing.calendar import open_time as open_time_module
from shared.policies.calendar import WEEKDAYS, Calendar
from tests.support.examples import examples
from tests.unit.calendar.cases import cases, instant, open_time
from tests.unit.calendar.oracle import Case

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
NEW_YORK = "America/New_York"


def a_calendar(zone: str, *spans: tuple[str, str], **fields: Any) -> OpenTime:
    """The same hours every day."""
    return OpenTime(Calendar.model_validate({"zone": zone, "week": dict.fromkeys(WEEKDAYS, spans), **fields}))


def on(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type]  # year, month, day and so on


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    bar = OpenTime(Calendar.model_validate({"zone": "Asia/Shanghai", "week": {"fri": [["20:00", "02:00"]]}}))
    friday = on("Asia/Shanghai", 2026, 11, 27, 12)
    assert bar.open_between(friday, friday + 24 * HOUR) == 6 * HOUR
    assert bar.add(friday, 6 * HOUR) == on("Asia/Shanghai", 2026, 11, 28, 2)


def test_an_exception_does_not_cut_what_began_the_day_before() -> None:
    bar = a_calendar("Asia/Shanghai", ("20:00", "02:00"), exceptions=[{"date": "2026-11-28", "open": []}])
    friday = on("Asia/Shanghai", 2026, 11, 27, 12)
    assert bar.add(friday, 7 * HOUR) == on("Asia/Shanghai", 2026, 11, 29, 21)


def test_equal_ends_are_a_whole_day_and_so_is_midnight_to_midnight() -> None:
    for spans in ((("00:00", "24:00"),), (("00:00", "00:00"),), (("09:00", "09:00"),)):
        assert a_calendar("UTC", *spans).add(on("UTC", 2026, 1, 1), 48 * HOUR) == on("UTC", 2026, 1, 3)


def test_a_night_in_which_clocks_go_forward_is_an_hour_shorter_and_back_an_hour_longer() -> None:
    night = a_calendar(NEW_YORK, ("22:00", "06:00"))
    assert night.open_between(on(NEW_YORK, 2026, 3, 7, 12), on(NEW_YORK, 2026, 3, 8, 12)) == 7 * HOUR
    assert night.open_between(on(NEW_YORK, 2026, 10, 31, 12), on(NEW_YORK, 2026, 11, 1, 12)) == 9 * HOUR


def test_a_wall_time_in_the_gap_moves_forward_by_the_gap() -> None:
    early = a_calendar(NEW_YORK, ("02:30", "04:00"))
    assert early.add(on(NEW_YORK, 2026, 3, 8), SECOND) == on(NEW_YORK, 2026, 3, 8, 3, 30, 1)
    assert early.open_between(on(NEW_YORK, 2026, 3, 8), on(NEW_YORK, 2026, 3, 9)) == HOUR / 2


def test_hours_that_the_gap_turns_round_are_none() -> None:
    early = a_calendar(NEW_YORK, ("02:30", "03:00"))
    assert not early.open_between(on(NEW_YORK, 2026, 3, 8), on(NEW_YORK, 2026, 3, 9))


def test_of_a_wall_time_that_comes_twice_the_first_counts() -> None:
    late = a_calendar(NEW_YORK, ("01:30", "02:00"))
    assert late.add(on(NEW_YORK, 2026, 11, 1), SECOND) == datetime(2026, 11, 1, 5, 30, 1, tzinfo=UTC)
    assert late.open_between(on(NEW_YORK, 2026, 11, 1), on(NEW_YORK, 2026, 11, 2)) == HOUR * 3 / 2


def test_a_zone_may_change_by_half_an_hour() -> None:
    island = a_calendar("Australia/Lord_Howe", ("01:00", "03:00"))
    day = on("Australia/Lord_Howe", 2026, 10, 4)
    assert island.open_between(day, day + 24 * HOUR) == HOUR * 3 / 2


def test_a_date_that_a_zone_skipped_keeps_its_hours_moved() -> None:
    # Samoa went from the 29th to the 31st of December 2011; the 30th was a Friday.
    shop = OpenTime(Calendar.model_validate({"zone": "Pacific/Apia", "week": {"fri": [["09:00", "17:00"]]}}))
    thursday = on("Pacific/Apia", 2011, 12, 29, 12)
    assert shop.add(thursday, HOUR) == on("Pacific/Apia", 2011, 12, 31, 10)


def test_years_add_up_over_new_year() -> None:
    party = a_calendar("UTC", exceptions=[{"date": "2026-12-31", "open": [["22:00", "03:00"]]}])
    assert party.add(on("UTC", 2026, 12, 1), 3 * HOUR) == on("UTC", 2027, 1, 1, 1)
    assert party.open_between(on("UTC", 2026, 12, 31, 23), on("UTC", 2027, 1, 1, 2)) == 3 * HOUR
    assert a_calendar("UTC", ("00:00", "24:00")).add(on("UTC", 2020, 2, 1), 5 * 365 * 24 * HOUR) == on(
        "UTC", 2025, 1, 30
    )


def test_old_dates_keep_their_old_hours() -> None:
    morning, evening = {"mon": [["08:00", "12:00"]]}, {"mon": [["13:00", "17:00"]]}
    periods = [{"last": "2026-06-30", "week": morning}, {"first": "2026-09-01", "last": "2026-09-07", "week": {}}]
    shop = OpenTime(Calendar.model_validate({"zone": "UTC", "week": evening, "periods": periods}))
    found = [shop.add(on("UTC", 2026, *day), SECOND) for day in ((6, 28), (6, 30), (9, 1), (9, 7))]
    assert [due and (due.month, due.day, due.hour) for due in found] == [
        (6, 29, 8),
        (7, 6, 13),
        (9, 14, 13),
        (9, 14, 13),
    ]


@pytest.mark.parametrize("days", [3652, 3653])
def test_ten_years_are_ten_calendar_years(days: int) -> None:
    always = a_calendar("UTC", ("00:00", "24:00"))
    # From 2026 to 2036 there are 3,652 days.
    due = always.add(on("UTC", 2026, 1, 1), timedelta(days=days))
    assert due == (on("UTC", 2036, 1, 1) if days == 3652 else None)


def test_however_many_years_are_asked_about_few_are_kept() -> None:
    shop = a_calendar("UTC", ("09:00", "17:00"))
    for year in range(1900, 2000):
        assert shop.add(on("UTC", year, 6, 1), 17 * HOUR) == on("UTC", year, 6, 3, 10)
    assert len(shop._years) <= open_time_module.YEARS_KEPT


def test_ten_years_from_a_leap_day_end_on_the_first_of_march() -> None:
    always, leap_day = a_calendar("UTC", ("00:00", "24:00")), on("UTC", 2024, 2, 29)
    end = on("UTC", 2034, 3, 1)
    assert always.add(leap_day, end - leap_day) == end
    assert always.add(leap_day, end - leap_day + SECOND) is None


def test_what_never_opens_is_never_due_and_its_pauses_take_nothing() -> None:
    never = a_calendar("Asia/Shanghai")
    start = on("Asia/Shanghai", 2026, 1, 1)
    assert never.due(start, SECOND, [(start, start + HOUR)]) is None
    assert never.due(start, timedelta(0)) is not None


def test_a_target_of_less_than_nothing_and_an_instant_beyond_the_years_are_refused() -> None:
    shop = a_calendar("UTC", ("09:00", "17:00"))
    with pytest.raises(ValueError, match="no less than nothing"):
        shop.add(on("UTC", 2026, 1, 1), -SECOND)
    with pytest.raises(ValueError, match="of the years 1000 to 9979"):
        shop.add(on("UTC", 9990, 1, 1), SECOND)


@examples(40)
@given(cases(steps=(1,)), st.integers(0, 999_999))
def test_between_start_and_due_lies_the_target_and_what_pauses_took(case: Case, fraction: int) -> None:
    calendar = open_time(case)
    start = instant(case.start) + timedelta(microseconds=fraction)
    pauses = [(instant(from_), instant(to)) for from_, to in case.pauses]
    due = calendar.due(start, timedelta(seconds=case.target), pauses)
    if due is not None:
        assert calendar.open_between(start, due.due_at) == timedelta(seconds=case.target) + due.paused
        assert calendar.paused_between(start, due.due_at, pauses) == due.paused
        earlier = due.due_at - timedelta(microseconds=1)
        assert calendar.open_between(start, earlier) < timedelta(seconds=case.target) + due.paused


@examples(25)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_hours_exceptions_and_pauses_never_matters(case: Case, chance: Any) -> None:
    def shuffled(items: Any) -> Any:
        return tuple(chance.sample(items, len(items)))

    other = Case(
        case.zone,
        tuple(shuffled(hours) for hours in case.week),
        shuffled(tuple((day, shuffled(hours)) for day, hours in case.exceptions)),
        case.start,
        case.target,
        shuffled(case.pauses),
        case.step,
    )
    asked = [
        open_time(one).due(
            instant(one.start),
            timedelta(seconds=one.target),
            [(instant(from_), instant(to)) for from_, to in one.pauses],
        )
        for one in (case, other)
    ]
    assert asked[0] == asked[1]
