"""All names of all divisions, compiled once: which stand in a text, and which divisions each may mean.

About 40,000 names stand in one automaton (one pass over a text finds them all) and in arrays beside it, not in objects.
A name's number tells what it can be: below `upper` one of a province, city or county (it may be a township's too),
else the full name of a township. Short names of townships are looked up only where one is expected, in a table apart.

The automaton reads bytes of UTF-16, two for a character: with characters its root has 3,000 children, which it tries
one after the other, and an address takes four times as long (decision record 0016).
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from shared.divisions.codes import CITY, COUNTY, PROVINCE, above
from shared.folding import fold

Codes: TypeAlias = "array[int]"
"""Codes, or places in them, one after the other."""

FULL: Final = 3
SHORT: Final = 2
OTHER: Final = 1
"""How good a name is: the official one, that without its kind, another or a former one."""


MAIN_SHARE_MIN: Final = 0.75
"""A name whose area lies in several divisions stands for the one that has at least so much of it."""


FORMER_IN_SHORT: Final = "former in short"
"""The kind of a former county's name without the word for its kind, which says something only behind its city."""


@dataclass(frozen=True, slots=True)
class Former:
    """A name that is gone, or a zone's: the divisions that it may mean now, with the share of each."""

    kind: str
    shares: tuple[tuple[int, float], ...]
    until: str


@dataclass(frozen=True)
class Gazetteer:
    """The compiled names. Treat everything as constant."""

    automaton: Any
    towns_short: dict[str, int]
    """From the short name of a township to its number in `short_first`."""
    lengths: bytes
    upper: int
    upper_codes: tuple[tuple[int, ...], ...]
    upper_kinds: bytes
    lesser: dict[int, dict[int, int]]
    """Of a name that is a better one of another division: how good it is of those that it is less good of."""
    former: dict[int, Former]
    once: dict[int, tuple[int, ...]]
    """Of a name that others have now: the present counties of those that were called so behind their city once."""
    full_first: Codes
    full_codes: Codes
    short_first: Codes
    short_codes: Codes
    widths: dict[int, int]
    """How many codes lie in each province, city and county."""
    sorted_codes: Codes
    """Of every province, city, county and zone."""
    names: dict[int, str]
    """The official name of each province, city, county and zone."""
    centres: dict[int, tuple[float, float]]
    town_codes: Codes
    town_ends: Codes
    town_text: str
    moved: dict[tuple[int, str], int]

    def name(self, code: int) -> str | None:
        """The official name, or None where there is no such division."""
        if code % COUNTY == 0:
            return self.names.get(code)
        at = bisect_left(self.town_codes, code)
        if at == len(self.town_codes) or self.town_codes[at] != code:
            return None
        return self.town_text[self.town_ends[at - 1] if at else 0 : self.town_ends[at]]

    def path(self, code: int) -> tuple[str | None, str | None, str | None, str | None]:
        """Province, city, county, township by name; None below the code, and where there is no such level."""
        province, city, county = above(code)
        names = self.names
        if code == province:
            return names.get(province), None, None, None
        return (
            names.get(province),
            names.get(city) or self._municipality(province),
            names.get(county) if county != city else None,
            self.name(code) if code != county else None,
        )

    def _municipality(self, province: int) -> str | None:
        """The name of a province that is a city: Chongqing's counties have no city of their own in the lists."""
        return self.names[province] if province + CITY in self.names and self._is_one_city(province) else None

    def _is_one_city(self, province: int) -> bool:
        return self.names[province] == self.names[province + CITY]

    def number(self, text: str) -> int:
        """The number of a folded name; -1 where there is none."""
        found: int = self.automaton.get(two_letters_each(text), -1)
        return found

    def full_towns(self, name: int, low: int, high: int) -> Codes:
        """The townships of this full name between two codes."""
        return _between(self.full_codes, self.full_first, name, low, high)

    def kind_of(self, name: int, code: int) -> int:
        """How good a name of this division it is."""
        kinds = self.lesser.get(name)
        return self.upper_kinds[name] if kinds is None else kinds.get(code, self.upper_kinds[name])

    def is_short(self, name: int) -> bool:
        """Whether it is a name of a province, city or county, and not an official one."""
        return name < self.upper and self.upper_kinds[name] != FULL

    def counties_between(self, low: int, high: int, characters: int) -> list[tuple[int, str]]:
        """The counties between two codes whose names have so many characters, as they are searched."""
        codes = self.sorted_codes
        found = codes[bisect_left(codes, low) : bisect_left(codes, high)]
        named = [(code, self.names[code]) for code in found if code % CITY]
        return [(code, fold(name)) for code, name in named if len(name) == characters]

    def cities_of(self, province: int) -> list[int]:
        """The cities of a province that is none itself."""
        codes = self.sorted_codes
        found = codes[bisect_left(codes, province + CITY) : bisect_left(codes, province + PROVINCE)]
        return [code for code in found if code % CITY == 0]

    def towns_between(self, low: int, high: int, characters: int) -> list[tuple[int, str]]:
        """The townships between two codes whose names have so many characters."""
        codes, ends, text = self.town_codes, self.town_ends, self.town_text
        begin, end = bisect_left(codes, low), bisect_left(codes, high)
        starts = [ends[begin - 1] if begin else 0, *ends[begin:end]]
        return [
            (codes[begin + at], text[start : start + characters])
            for at, start in enumerate(starts[:-1])
            if starts[at + 1] - start == characters
        ]

    def namesakes(self, text: str) -> int:
        """How many townships in the country have this short name."""
        name = self.towns_short.get(text, -1)
        return self.short_first[name + 1] - self.short_first[name] if name >= 0 else 0

    def short_towns(self, text: str, low: int, high: int) -> Codes:
        """The townships of this short name between two codes."""
        name = self.towns_short.get(text, -1)
        return _between(self.short_codes, self.short_first, name, low, high) if name >= 0 else _NONE


_NONE: Codes = array("I")


def _between(codes: Codes, first: Codes, name: int, low: int, high: int) -> Codes:
    begin, end = first[name], first[name + 1]
    if begin == end:
        return _NONE
    return codes[bisect_left(codes, low, begin, end) : bisect_left(codes, high, begin, end)]


def two_letters_each(text: str) -> str:
    """The text as the automaton reads it: the bytes of its UTF-16, as letters."""
    return text.encode("utf-16-be", "surrogatepass").decode("latin-1")
