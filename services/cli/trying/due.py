"""`gongdan try due`: by when must it be done, for one calendar, start, target and pauses on each line."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson

from services.cli.trying.lines import Takes
from services.routing.calendar import YEARS, OpenTime, Pause
from shared.errors import FieldError, Refused, Unreadable
from shared.instants import read_instant
from shared.policies.calendar import Calendar
from shared.policies.kinds import parse_policy

TAKES: Final[Takes] = "json"
CALENDARS_KEPT: Final = 256
TARGET_S_MAX: Final = 10**11
"""Far beyond ten years."""
GOT_CHARACTERS_MAX: Final = 80

_SECOND: Final = timedelta(seconds=1)
_AS_OF_A_LINE: Final = {
    "Field required": "a value",
    "Extra inputs are not permitted": "no such field",
    "a valid tuple": "a list",
    "a valid dictionary": "an object",
    "a valid string": "a text",
    "Tuple should have at most 2 items after validation, not 3": "two ends",
}
"""What the models say, in the words of the other errors."""


def part() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Deadlines: {id, calendar, start, target_s, pauses} → {id, due_at, paused_s}.

    calendar: {zone, week: {mon: [["09:00","18:00"]], …}, exceptions: [{date, open: [[from, to]]}]}; start and pauses
    are instants with offset. A target that is not reached within ten years is an error.
    """
    return answer


def answer(document: Mapping[str, Any]) -> dict[str, Any]:
    """When `target_s` open seconds have passed, and what pauses took. Raises `Unreadable`, which names the field."""
    calendar = document.get("calendar")
    if not isinstance(calendar, dict):
        raise _wrong("calendar", "an object", calendar)
    open_time = _open_time(orjson.dumps(calendar))
    due = open_time.due(_start(document), _target(document), _pauses(document))
    if due is None:
        raise _wrong("target_s", "a target that is reached within ten years", document["target_s"])
    return {"id": document.get("id"), "due_at": _text(due.due_at), "paused_s": _seconds(due.paused)}


@lru_cache(maxsize=CALENDARS_KEPT)
def _open_time(calendar: bytes) -> OpenTime:
    """A calendar, compiled as far as lines have asked; lines in a row mostly share theirs."""
    try:
        policy = parse_policy("calendar", "tried", orjson.loads(calendar))
    except Refused as refused:
        raise _wrong_calendar(refused.errors[0]) from None
    if not isinstance(policy, Calendar) or policy.holidays is not None:
        raise _wrong("calendar.holidays", "holidays as exceptions, by date", "the name of a policy")
    return OpenTime(policy)


def _wrong_calendar(error: FieldError) -> Unreadable:
    """The error of a policy, whose words were written for a form, as that of a line."""
    field = "calendar" if error.field == "body" else f"calendar.{error.field.removesuffix('.[key]')}"
    expected = error.expected.removeprefix("Input should be ")
    return _wrong(field, _AS_OF_A_LINE.get(expected, expected), error.got)


def _start(document: Mapping[str, Any]) -> datetime:
    start = _instant(document.get("start"), "start")
    if start.year not in YEARS:
        raise _wrong("start", f"a year from {YEARS[0]} to {YEARS[-1]}", start.isoformat())
    return start


def _target(document: Mapping[str, Any]) -> timedelta:
    target = document.get("target_s")
    if isinstance(target, float) and target.is_integer():
        target = int(target)
    if isinstance(target, bool) or not isinstance(target, int) or target < 0:
        got = f"the text {target}" if isinstance(target, str) else target
        raise _wrong("target_s", "whole seconds, none or more", got)
    # More than any calendar opens in ten years is not reached, however much more.
    return timedelta(seconds=min(target, TARGET_S_MAX))


def _pauses(document: Mapping[str, Any]) -> list[Pause]:
    pauses = document.get("pauses")
    if pauses is None:
        return []
    if not isinstance(pauses, list):
        raise _wrong("pauses", "a list of [from, to]", pauses)
    return [_pause(pause, f"pauses.{at}") for at, pause in enumerate(pauses)]


def _pause(pause: Any, field: str) -> Pause:
    if not isinstance(pause, list) or len(pause) != len(("from", "to")):
        raise _wrong(field, "[from, to]", pause)
    from_, to = _instant(pause[0], f"{field}.0"), _instant(pause[1], f"{field}.1")
    if to < from_:
        raise _wrong(field, "an end not before its beginning", f"{pause[0]} to {pause[1]}")
    return from_, to


def _instant(value: object, field: str) -> datetime:
    try:
        return read_instant(value)
    except ValueError as error:
        raise _wrong(field, str(error), value) from None


def _wrong(field: str, expected: str, got: object) -> Unreadable:
    text = "nothing" if got is None else str(got)
    shown = text if len(text) <= GOT_CHARACTERS_MAX else text[:GOT_CHARACTERS_MAX] + "…"
    return Unreadable(f"{field}: expected {expected}, got {shown}")


def _text(instant: datetime) -> str:
    """RFC 3339 in UTC; fractions of a second only where there are some."""
    return f"{instant.replace(tzinfo=None).isoformat()}Z"


def _seconds(duration: timedelta) -> int | float:
    """Whole seconds as a whole number; with a start or pause between two seconds, to the microsecond."""
    return duration.total_seconds() if duration.microseconds else duration // _SECOND
