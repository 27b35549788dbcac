"""What a calendar and a list of holidays may say."""

from typing import Any

import pytest

from shared.errors import Refused
from shared.policies import Calendar
from shared.policies.kinds import parse_policy, policy_body
from shared.policies.zones import time_zone, zone_names

DAY = [["09:00", "18:00"]]
WHOLE: dict[str, Any] = {
    "zone": "Asia/Shanghai",
    "week": {"mon": DAY, "tue": []},
    "periods": [
        {"last": "2025-12-31", "week": {}},
        {"first": "2026-07-01", "last": "2026-08-31", "week": {"sun": DAY}},
    ],
    "exceptions": [{"date": "2026-10-10", "open": [["22:00", "24:00"]], "reason": "调休"}],
    "holidays": "cn",
    "make_up": DAY,
}
A_YEAR: dict[str, Any] = {"year": 2026, "source": "a notice", "confirmed": True}
NEW_YEAR: dict[str, Any] = {"name": {"zh-CN": "元旦"}, "closed": ["2026-01-01"], "make_up": ["2026-01-04"]}


def test_a_calendar_written_out_reads_back_equal() -> None:
    calendar = parse_policy("calendar", "default", WHOLE)
    assert isinstance(calendar, Calendar)
    assert parse_policy("calendar", "default", policy_body(calendar)) == calendar
    assert policy_body(calendar)["exceptions"][0]["date"] == "2026-10-10"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zone": "Shanghai"}, "IANA name"),
        (
            {"periods": [{"last": "2026-02-01", "week": {}}, {"first": "2026-02-01", "week": {}}]},
            "two hold on 2026-02-01",
        ),
        ({"periods": [{"week": {}}, {"week": {}}]}, "at most one for each date"),
        ({"periods": [{"first": "2026-02-02", "last": "2026-02-01", "week": {}}]}, "not before the first"),
        ({"exceptions": [{"date": "2026-02-01", "open": []}, {"date": "2026-02-01", "open": DAY}]}, "is here twice"),
        ({"exceptions": [{"date": 20260201, "open": []}]}, "a date as YYYY-MM-DD"),
        ({"exceptions": [{"date": "2026-02-01T00:00:00", "open": []}]}, "a date as YYYY-MM-DD"),
        ({"holidays": None}, "together or neither"),
        ({"make_up": None}, "together or neither"),
        # What YAML makes of 10:00 without quotes.
        ({"week": {"mon": [[600, "18:00"]]}}, "valid string"),
        ({"week": {"mon": [["24:00", "24:00"]]}}, "00:00 to 23:59"),
        ({"week": {"mon": [["09:00", "18:60"]]}}, "00:00 to 24:00"),
        ({"week": {"mon": [["09:00", "18:00"]] * 49}}, "at most 48"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_policy("calendar", "default", {**WHOLE, **changes})
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("years", "reason"),
    [
        ([{**A_YEAR, "holidays": [NEW_YEAR, NEW_YEAR]}], "is here twice"),
        ([{**A_YEAR, "holidays": [{**NEW_YEAR, "make_up": ["2026-01-01"]}]}], "is here twice"),
        ([{**A_YEAR, "year": 2025, "holidays": [NEW_YEAR]}], "days of 2025, 2026-01-01 is none"),
        ([{**A_YEAR, "holidays": []}] * 2, "each year once"),
        ([{"year": 2026, "source": "a guess", "holidays": []}], "Field required"),
    ],
)
def test_holidays_that_contradict_themselves_are_refused(years: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_policy("holiday", "cn", {"region": "CN", "years": years})
    assert reason in str(caught.value)


def test_every_zone_that_is_named_can_be_read() -> None:
    assert all(time_zone(name).key == name for name in zone_names())
