from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.errors import Refused
from shared.http import validate_json
from shared.http.instants import AskedInstant
from shared.instants import EXPECTED, Instant

NINE = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T09:30:00+08:00", "2026-11-22T01:30:00Z", "2026-11-22t01:30:00.000z", "2026-11-21T15:30:00-1000"],
)
def test_an_instant_with_offset_is_taken_and_then_in_utc(text: str) -> None:
    instant = TypeAdapter(AskedInstant).validate_python(text)
    assert instant == NINE
    assert instant.tzinfo is UTC


def test_a_plus_that_an_address_lost_is_mended_in_addresses_only() -> None:
    assert TypeAdapter(AskedInstant).validate_python("2026-11-22T09:30:00 08:00") == NINE
    with pytest.raises(ValueError, match="with offset"):
        TypeAdapter(Instant).validate_python("2026-11-22T09:30:00 08:00")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_taken_in_utc(text: str) -> None:
    assert TypeAdapter(Instant).validate_python(text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "1700000000",
        1800000000,
        1.5,
        True,
        "2026-11-22",
        "2026-11-22T09:30:00",
        "2026-02-30T09:30:00Z",
        "2026-11-22T09:30:00+99:00",
        "",
    ],
)
def test_everything_else_is_refused_with_what_was_expected(value: Any) -> None:
    with pytest.raises(ValueError, match=EXPECTED):
        TypeAdapter(AskedInstant).validate_python(value)


def test_a_body_names_the_field() -> None:
    with pytest.raises(Refused) as refused:
        validate_json(b'{"at":"9999-12-31T23:59:59-12:00"}', TypeAdapter(dict[str, Instant]))
    assert [(error.field, error.expected) for error in refused.value.errors] == [("at", EXPECTED)]
