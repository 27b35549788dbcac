"""`gongdan try due` as documented, and what it says about lines that are wrong."""

from typing import Any

import pytest

from services.cli.trying.due import answer
from shared.errors import Unreadable

NINE_TO_SIX = [["09:00", "18:00"]]
A_LINE: dict[str, Any] = {
    "id": "d-1",
    "calendar": {"zone": "Asia/Shanghai", "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_SIX)},
    "start": "2026-11-23T17:00:00+08:00",
    "target_s": 7200,
}


def a_line(**changes: Any) -> dict[str, Any]:
    return {**A_LINE, **changes}


def a_calendar(**changes: Any) -> dict[str, Any]:
    return a_line(calendar={**A_LINE["calendar"], **changes})


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(Unreadable) as caught:
        answer(document)
    return str(caught.value)


def test_the_rest_of_a_target_is_due_on_the_next_open_day() -> None:
    assert answer(A_LINE) == {"id": "d-1", "due_at": "2026-11-24T02:00:00Z", "paused_s": 0}


def test_a_target_reached_exactly_at_closing_time_is_due_at_closing_time() -> None:
    assert answer(a_line(target_s=3600))["due_at"] == "2026-11-23T10:00:00Z"


def test_pauses_may_overlap_and_come_in_any_order_and_count_once() -> None:
    later, earlier, inside = ("T17:20", "T17:40"), ("T17:10", "T17:30"), ("T17:15", "T17:16")
    pauses = [[f"2026-11-23{at}:00+08:00" for at in ends] for ends in (later, inside, earlier)]
    found = answer(a_line(pauses=pauses))
    assert (found["due_at"], found["paused_s"]) == ("2026-11-24T02:30:00Z", 1800)


def test_only_what_pauses_took_until_then_is_counted() -> None:
    pauses = [["2026-11-23T00:00:00Z", "2026-11-23T09:10:00Z"], ["2026-11-24T02:10:00Z", "2026-12-24T02:00:00Z"]]
    assert answer(a_line(pauses=pauses)) == {"id": "d-1", "due_at": "2026-11-24T02:10:00Z", "paused_s": 600}


def test_fractions_of_a_second_are_kept_exactly() -> None:
    found = answer(a_line(start="2026-11-23T17:00:00.250001+08:00", pauses=[["2026-11-23T09:30:00Z"] * 2]))
    assert found == {"id": "d-1", "due_at": "2026-11-24T02:00:00.250001Z", "paused_s": 0}
    half = answer(a_line(target_s=60, pauses=[["2026-11-23T09:00:00.5Z", "2026-11-23T09:00:10Z"]]))
    assert half == {"id": "d-1", "due_at": "2026-11-23T09:01:09.500000Z", "paused_s": 9.5}


def test_no_target_is_due_at_once_even_while_it_is_closed() -> None:
    assert answer(a_line(target_s=0, start="2026-11-22T12:00:00Z"))["due_at"] == "2026-11-22T12:00:00Z"


def test_fields_that_need_not_be_there() -> None:
    line = a_calendar(week={}, exceptions=[{"date": "2026-11-28", "open": NINE_TO_SIX}])
    del line["id"]
    assert answer(line) == {"id": None, "due_at": "2026-11-28T03:00:00Z", "paused_s": 0}
    assert answer(a_line(pauses=None, id=[7]))["id"] == [7]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (a_line(calendar=None), "calendar"),
        (a_line(calendar=[]), "calendar"),
        (a_calendar(zone="Asia/Hangzhou"), "calendar.zone"),
        (a_calendar(zone="../../etc/passwd"), "calendar.zone"),
        (a_calendar(zone=8), "calendar.zone"),
        (a_calendar(weeks={}), "calendar.weeks"),
        (a_calendar(week={"monday": NINE_TO_SIX}), "calendar.week.monday"),
        (a_calendar(week={"mon": [["25:00", "26:00"]]}), "calendar.week.mon.0.0"),
        (a_calendar(week={"mon": [["09:00", "18:00"], ["24:00", "24:00"]]}), "calendar.week.mon.1.0"),
        (a_calendar(week={"mon": [["09:00", "24:01"]]}), "calendar.week.mon.0.1"),
        (a_calendar(week={"mon": [["9:00", "18:00"]]}), "calendar.week.mon.0.0"),
        (a_calendar(week={"mon": [["09:00"]]}), "calendar.week.mon.0.1"),
        (a_calendar(week={"mon": ["09:00", "18:00"]}), "calendar.week.mon.0"),
        (a_calendar(exceptions=[{"date": "2026-02-30", "open": []}]), "calendar.exceptions.0.date"),
        (a_calendar(exceptions=[{"date": "2026-02-20"}]), "calendar.exceptions.0.open"),
        (a_calendar(exceptions=[{"date": "2026-02-20", "open": []}] * 2), "calendar.exceptions"),
        (a_calendar(periods=[{"week": {}}] * 2), "calendar.periods"),
        (a_calendar(holidays="cn", make_up=NINE_TO_SIX), "calendar.holidays"),
        (a_line(start=None), "start"),
        (a_line(start="2026-11-23T17:00:00"), "start"),
        (a_line(start="2026-11-23"), "start"),
        (a_line(start=1763884800), "start"),
        (a_line(start="0999-11-23T17:00:00Z"), "start"),
        (a_line(start="9999-11-23T17:00:00Z"), "start"),
        (a_line(target_s=-1), "target_s"),
        (a_line(target_s=None), "target_s"),
        (a_line(target_s="7200"), "target_s"),
        (a_line(target_s=0.5), "target_s"),
        (a_line(target_s=True), "target_s"),
        (a_line(target_s=10**30), "target_s"),
        (a_line(target_s=10 * 366 * 86_400), "target_s"),
        (a_line(pauses={}), "pauses"),
        (a_line(pauses=[["2026-11-23T09:30:00Z"]]), "pauses.0"),
        (a_line(pauses=[["2026-11-23T09:30:00Z", None]]), "pauses.0.1"),
        (a_line(pauses=[["2026-11-23T09:30:00Z", "2026-11-23T09:29:00Z"]]), "pauses.0"),
        (a_line(pauses=[["2026-11-23T09:30:00Z", "9999-01-01T00:00:00Z"]]), "target_s"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_field(line: dict[str, Any], field: str) -> None:
    said = refusal(line)
    assert said.startswith(f"{field}: expected ")
    assert ", got " in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (a_calendar(open=1), "calendar.open: expected no such field, got 1"),
        (
            a_calendar(exceptions=[{"date": "2026-02-20", "open": []}] * 2),
            "calendar.exceptions: expected each date once, 2026-02-20 is here twice, got list",
        ),
        (a_calendar(week=[]), "calendar.week: expected an object, got list"),
        (a_calendar(week={"mon": "09:00-18:00"}), "calendar.week.mon: expected a list, got 09:00-18:00"),
        (a_calendar(week={"mon": [[9, 18]]}), "calendar.week.mon.0.0: expected a text, got 9"),
        (a_calendar(week={"mon": [["09:00"] * 3]}), "calendar.week.mon.0: expected two ends, got list"),
    ],
)
def test_an_error_speaks_of_json_and_not_of_our_types(line: dict[str, Any], said: str) -> None:
    assert refusal(line) == said
