import pytest

from shared.errors import Refused
from shared.ids import random_id
from shared.log.position import (
    OFFSET_MAX,
    FactPosition,
    LogPosition,
    encode,
    fact_position,
    log_position,
    parse_position,
)

TICKET = str(random_id())


def test_positions_come_back_as_they_were_given() -> None:
    assert parse_position(log_position({0: 0, 11: OFFSET_MAX})) == LogPosition({0: 0, 11: OFFSET_MAX})
    assert parse_position(fact_position(TICKET, {"/intake": 3})) == FactPosition(TICKET, {"/intake": 3})


@pytest.mark.parametrize(
    "text",
    [
        encode({"o": {"0": -1}}),
        encode({"o": {"-1": 0}}),
        encode({"o": {"0": OFFSET_MAX + 1}}),
        encode({"o": {"1000000000000": 0}}),
        encode({"o": {"0": 1e40}}),
        encode({"o": {"0": "7"}}),
        encode({"o": {"0": True}}),
        encode({"o": [0]}),
        encode({"s": TICKET, "q": {"/intake": -1}}),
        encode({"s": TICKET, "q": {"/intake": OFFSET_MAX + 1}}),
        encode({"s": "a\x00b", "q": {"/intake": 1}}),
        encode({"s": 7, "q": {}}),
        encode([]),
        "",
        "%%%",
        "杭州",
    ],
)
def test_what_the_log_cannot_have_is_no_position(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_position(text, field="after")
    assert (refused.value.status, refused.value.errors[0].field) == (422, "after")
