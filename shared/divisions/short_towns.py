"""When a township's short name is one, and when the same characters are only a part of something else."""

from shared.divisions.codes import CITY, COUNTY
from shared.divisions.gazetteer import Gazetteer
from shared.divisions.mentions import Found, is_a_village_s
from shared.divisions.words_around import (
    EVERYDAY,
    ROAD_OF_ANY_TOWN,
    SEPARATORS,
    STATION,
    STREET_BEFORE_A_ROAD,
    TAKEN,
    TAKEN_TOWN,
    TOWN_KINDS,
)

NAMESAKES_MAX = 10
"""A short name that so many townships have says nothing amid other words where only the city is known: 新华书店."""


def meant(found: Found, at: int, end: int, town: int, names: Gazetteer, *, in_city: bool) -> tuple[str, int] | None:
    """The rule by which the characters from `at` to `end` name this township, and where the name ends; None if not.

    `in_city`: only a city is known to hold it, no county. A village that is called as a street office lies in it in
    four of ten cases where many are called so, in three of four else; one called as a town nearly always does.
    """
    kind = TOWN_KINDS.match(found.folded, end)
    if kind is not None:
        return "town_kind_changed", kind.end()
    if not in_city and STREET_BEFORE_A_ROAD.match(found.folded, end):
        return "town_kind_changed", end + 1
    if is_taken(found, at, end) and (in_city or ROAD_OF_ANY_TOWN.match(found.folded, end) is None):
        return None
    if is_a_village_s(found.folded, end) and (names.name(town) or "").endswith("街道"):
        few = names.namesakes(found.folded[at:end]) < NAMESAKES_MAX
        return ("a_village_is_called_so", end) if few and not in_city else None
    if not in_city or town - town % COUNTY == town - town % CITY:
        amid = in_city and _goes_on(found.folded, end)
        return "town_short_amid_words" if amid else "town_short", end
    text = found.folded[at:end]
    if EVERYDAY.fullmatch(text):
        return None
    if not _goes_on(found.folded, end):
        return "town_short_in_the_city", end
    return ("town_short_amid_words", end) if names.namesakes(text) < NAMESAKES_MAX else None


def is_taken(found: Found, at: int, end: int) -> bool:
    """Whether these characters only begin a road's, a building's or a station's name."""
    if any(one.start == at and one.stop >= end for one in found.taken):
        return True
    return any(word.match(found.folded, end) for word in (TAKEN_TOWN, TAKEN, STATION))


def _goes_on(folded: str, end: int) -> bool:
    return end < len(folded) and folded[end] not in SEPARATORS
