"""A chain's own names of places: what the `division/…` policies call a division and the official lists do not.

An English name, an estate that everybody calls so, a division of the chain's own. Names that the lists have are the
parser's to read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shared.divisions.codes import Level, above, level, number, written
from shared.divisions.compile import gazetteer
from shared.divisions.parse import Names
from shared.folding import fold
from shared.policies import Division, Divisions, Policies, Versioned

ROAD = re.compile(
    r"[东南西北中上下内外前后新老一二三四五六七八九十0-9]{0,3}(?:大道|大街|公路|路|街(?!道)|道|巷|弄|胡同|桥)"
    r"|\s+(?:road|rd|street|st|avenue|ave|lane)\b"
)
"""Behind a name: it is a road's."""
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Name:
    """One way to call one or several divisions, folded."""

    text: str
    codes: tuple[str, ...]


class Mention(NamedTuple):
    """A name found in a text, and the divisions that it may mean."""

    start: int
    stop: int
    codes: tuple[str, ...]


@dataclass(frozen=True)
class OwnNames:
    """All such names by first character, longest first; and the divisions of the policies by code."""

    by_code: dict[str, Division]
    by_first: dict[str, tuple[Name, ...]]
    policies: dict[str, int]
    """`{"division/name": version}`, for decision records."""

    def mentions(self, folded: str) -> list[Mention]:
        """The names in the text from left to right; none overlaps another, none only begins a road's."""
        found: list[Mention] = []
        at = 0
        while at < len(folded):
            name = self._longest_at(folded, at)
            if name is None:
                at += 1
                continue
            at += len(name.text)
            if not ROAD.match(folded, at):
                found.append(Mention(at - len(name.text), at, name.codes))
        return found

    def names(self, code: str) -> Names:
        """Province, city, county, township by name; None for what lies below `code` or is not known."""
        province, city, county = map(written, above(number(code)))
        first, second, third, fourth = gazetteer().path(number(code))
        return (
            first or self._name(province),
            second or (self._name(city) if city != province else None),
            third or (self._name(county) if county != city else None),
            fourth,
        )

    def _name(self, code: str) -> str | None:
        division = self.by_code.get(code)
        return division.name if division else None

    def _longest_at(self, folded: str, at: int) -> Name | None:
        for name in self.by_first.get(folded[at], ()):
            if folded.startswith(name.text, at) and _stands_alone(folded, at, name.text):
                return name
        return None


def own_names(policies: Policies) -> OwnNames:
    """The compiled names of this snapshot; kept as long as the division policies are the same."""
    return _compiled(policies.divisions())


def path(code: str) -> frozenset[str]:
    """The codes from the province down to this one."""
    return frozenset({*map(written, above(number(code))), code})


def level_of(code: str) -> Level:
    """Province, city, county or township."""
    return level(number(code))


@lru_cache(maxsize=8)
def _compiled(lists: tuple[Versioned[Divisions], ...]) -> OwnNames:
    by_code = {division.code: division for one in lists for division in one.body.divisions}
    codes: dict[str, set[str]] = {}
    for division in by_code.values():
        for text in _own_ways_to_call(division):
            codes.setdefault(text, set()).add(division.code)
    by_first: dict[str, list[Name]] = {}
    for text, named in codes.items():
        by_first.setdefault(text[0], []).append(Name(text, tuple(sorted(named))))
    return OwnNames(
        by_code,
        {first: tuple(sorted(names, key=lambda one: (-len(one.text), one.text))) for first, names in by_first.items()},
        {one.key: one.version for one in lists},
    )


def _own_ways_to_call(division: Division) -> Iterator[str]:
    ways = (division.name, division.short, *division.aliases, division.en)
    return (text for text in map(fold, filter(None, ways)) if text and gazetteer().number(text) == UNKNOWN)


def _stands_alone(text: str, at: int, name: str) -> bool:
    """Whether a name in Latin letters is no part of a longer word."""
    if not name.isascii():
        return True
    before, after = text[at - 1 : at] if at else "", text[at + len(name) : at + len(name) + 1]
    return not (before.isascii() and before.isalpha()) and not (after.isascii() and after.isalpha())
