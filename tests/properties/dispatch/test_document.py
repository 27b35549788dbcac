"""Whatever stands in a document, the answer is a decision or an error that names a field: never a bug."""

from contextlib import suppress
from random import Random
from typing import Any

import orjson
from hypothesis import given

from services.routing.dispatch.document import decide_document
from shared.errors import Unreadable
from tests.support.examples import examples
from tests.unit.dispatch.documents import Maker
from tests.unit.dispatch.drawn import SEEDS

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 0.5, 1e300, 2**62, "", "x", "a", "T1", "2026-11-22", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "9999-12-31", "09:00", "25:00", "24:00", "America", "../x", "whole", [], [[]], [None],
    ["a"], {}, {"": 1}, {"a": None}, {"lat": 0, "lon": 0}, [1, 2], [[1, 2]], ["09:00", "18:00"], [["24:00", "00:00"]],
    "é-中",
)  # fmt: skip
FIELDS = (
    "now",
    "zone",
    "store",
    "neighbours",
    "tickets",
    "accept_s",
    "leave",
    "shift",
    "served",
    "history",
    "radius_km",
)


def spoilt(value: Any, chance: Random, *, likely: float) -> Any:
    """The same with odd values here and there, and odd fields."""
    if chance.random() < likely:
        return chance.choice(ODD)
    if isinstance(value, dict):
        found = {name: spoilt(one, chance, likely=likely) for name, one in value.items()}
        if chance.random() < likely:
            found[chance.choice(FIELDS)] = chance.choice(ODD)
        return found
    if isinstance(value, list):
        return [spoilt(one, chance, likely=likely) for one in value]
    return value


@examples(1_000)
@given(SEEDS)
def test_a_spoilt_document_is_answered_or_refused(seed: int) -> None:
    chance = Random(seed)
    document = spoilt(Maker(seed).document(), chance, likely=chance.choice((0.003, 0.01, 0.05)))
    if not isinstance(document, dict):
        return
    with suppress(Unreadable):
        assert orjson.dumps(decide_document(document, foretell=chance.random() < 0.3))
