"""National holidays as policy data: what was announced, by date, and what nobody has announced yet."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from deploy.holidays import generate
from services.routing.calendar import OpenTime, check_calendars, open_time_of
from shared.policies import Calendar, Policies
from shared.policies.files import read_policies

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return read_policies(generate.DEPLOY / "policies")


@pytest.fixture(scope="module")
def open_time(policies: Policies) -> OpenTime:
    found = open_time_of(policies, "default")
    assert found is not None
    return found


def test_the_file_equals_what_the_generator_writes() -> None:
    made = (generate.DEPLOY / generate.PATH).read_text(encoding="utf-8")
    assert made == generate.content(), "run: python -m deploy.holidays.generate"


@pytest.mark.parametrize("year", generate.YEARS)
def test_each_day_is_worked_as_the_package_says(open_time: OpenTime, year: int) -> None:
    first = date(year, 1, 1)
    for day in (first + timedelta(days=ahead) for ahead in range((date(year + 1, 1, 1) - first).days)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - 8 * HOUR
        is_worked = open_time.open_between(midnight, midnight + 24 * HOUR) == 8 * HOUR
        assert is_worked == chinese_calendar.is_workday(day), day


def test_the_spring_festival_of_2026_is_counted_over_and_its_make_up_saturdays_count(open_time: OpenTime) -> None:
    # From Saturday the 14th of February, a make-up day, over the holidays to Tuesday the 24th.
    start = datetime(2026, 2, 14, 17, tzinfo=UTC) - 8 * HOUR
    assert open_time.add(start, 2 * HOUR) == datetime(2026, 2, 24, 10, tzinfo=UTC) - 8 * HOUR
    # The 28th is a make-up Saturday.
    friday = datetime(2026, 2, 27, 17, tzinfo=UTC) - 8 * HOUR
    assert open_time.add(friday, 9 * HOUR) == datetime(2026, 2, 28, 18, tzinfo=UTC) - 8 * HOUR


def test_a_deadline_in_a_year_without_holidays_says_so(open_time: OpenTime) -> None:
    near = open_time.due(datetime(2026, 12, 1, tzinfo=UTC), HOUR)
    far = open_time.due(datetime(2026, 12, 31, 9, 30, tzinfo=UTC), HOUR)
    assert near is not None
    assert far is not None
    assert (near.unconfirmed_years, far.unconfirmed_years) == ((), (2027,))


def test_which_year_it_is_the_walls_say(open_time: OpenTime) -> None:
    # 17:00 in UTC on New Year's Eve is 01:00 of the next year in Shanghai.
    evening = datetime(2025, 12, 31, 17, tzinfo=UTC)
    assert open_time.unconfirmed_years(evening + timedelta(days=365), evening + timedelta(days=366)) == (2027,)
    assert open_time.unconfirmed_years(evening - timedelta(days=3 * 365), evening) == (2023,)


def test_a_calendar_without_holidays_is_never_unconfirmed() -> None:
    shop = OpenTime(Calendar.model_validate({"zone": "Asia/Shanghai", "week": {"sun": [["09:00", "18:00"]]}}))
    assert shop.unconfirmed_years(datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)) == ()


def problems(now: datetime, policies: Policies) -> list[tuple[str, str]]:
    return [(problem.severity, problem.error.field) for problem in check_calendars(policies, now)]


def test_the_sample_chains_calendar_is_good_and_warns_of_the_year_that_is_not_announced(policies: Policies) -> None:
    assert problems(datetime(2025, 1, 1, tzinfo=UTC), policies) == []
    assert problems(datetime(2026, 1, 2, tzinfo=UTC), policies) == [("warning", "holidays")]


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        ({"week": {}}, True),
        ({"week": {"mon": []}}, True),
        ({"week": {}, "exceptions": [{"date": "2026-06-01", "open": [["09:00", "10:00"]]}]}, False),
        ({"week": {}, "exceptions": [{"date": "2027-06-01", "open": [["09:00", "10:00"]]}]}, True),
        ({"week": {}, "exceptions": [{"date": "2025-06-01", "open": [["09:00", "10:00"]]}]}, True),
        ({"week": {"mon": [["09:00", "10:00"]]}, "periods": [{"first": "2026-01-01", "week": {}}]}, True),
        # Each Sunday of the gap is one hour that does not exist, and no other day is open.
        ({"week": {}, "exceptions": [{"date": "2026-03-29", "open": [["02:30", "03:00"]]}]}, True),
    ],
)
def test_a_calendar_that_never_opens_in_the_next_year_is_refused(body: dict[str, object], *, is_refused: bool) -> None:
    policies = Policies().with_policy("calendar", "default", 1, {"zone": "Europe/Berlin", **body})
    assert problems(datetime(2026, 1, 1, tzinfo=UTC), policies) == ([("error", "week")] if is_refused else [])


def test_holidays_that_nobody_knows_are_refused() -> None:
    body = {"zone": "Asia/Shanghai", "holidays": "cn", "make_up": [["09:00", "18:00"]]}
    policies = Policies().with_policy("calendar", "default", 1, body)
    assert problems(datetime(2026, 1, 1, tzinfo=UTC), policies) == [("error", "holidays")]
