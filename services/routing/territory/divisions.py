"""The names of places, compiled once from the `division/…` policies: which stand in a text, and what they mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Literal

from shared.folding import fold
from shared.policies import Division, Divisions, Policies, Versioned

ENDINGS = re.compile(
    r"(特别行政区|(?:壮族|回族|维吾尔)?自治区|.{1,3}族自治州|.{1,3}族自治县|自治州|自治县|新区|地区|省|市|区|县|盟|旗)$"
)
"""What a division's kind is called; without it a name is short."""
SHORT_CHARACTERS_MIN = 2
NameKind = Literal["full", "short", "english"]


@dataclass(frozen=True, slots=True)
class Name:
    """One way to call one or several divisions."""

    text: str
    """Folded."""
    kind: NameKind
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text, `start` and `end` in characters of the folded text."""

    name: Name
    start: int
    end: int


@dataclass(frozen=True)
class Gazetteer:
    """All names of all divisions, by first character, longest first; and the divisions by code."""

    by_code: dict[str, Division]
    by_first: dict[str, tuple[Name, ...]]
    paths: dict[str, frozenset[str]]
    """The codes from the province down to each code, itself included, as far as the lists know them."""
    policies: dict[str, int]
    """`{"division/name": version}`, for decision records."""

    def mentions(self, folded: str) -> Iterator[Mention]:
        """The names in the text from left to right, the longest at each place; none overlaps another."""
        at = 0
        while at < len(folded):
            name = self._longest_at(folded, at)
            if name is None:
                at += 1
            else:
                yield Mention(name, at, at + len(name.text))
                at += len(name.text)

    def names(self, code: str) -> tuple[str | None, str | None, str | None, str | None]:
        """Province, city, county, township by name; None for what lies below `code` or is not known."""
        province, city = self.by_code.get(code[:2] + "0000"), self.by_code.get(code[:4] + "00")
        county = self.by_code.get(code)
        return (
            province.name if province else None,
            city.name if city and not code.endswith("0000") else None,
            county.name if county and not code.endswith("00") else None,
            None,
        )

    def _longest_at(self, folded: str, at: int) -> Name | None:
        for name in self.by_first.get(folded[at], ()):
            if folded.startswith(name.text, at) and (name.kind != "english" or _is_word(folded, at, len(name.text))):
                return name
        return None


def gazetteer(policies: Policies) -> Gazetteer:
    """The compiled names of this snapshot; kept as long as the division policies are the same."""
    return _compiled(policies.divisions())


@lru_cache(maxsize=8)
def _compiled(lists: tuple[Versioned[Divisions], ...]) -> Gazetteer:
    by_code = {division.code: division for one in lists for division in one.body.divisions}
    codes: dict[tuple[str, NameKind], list[str]] = {}
    for division in by_code.values():
        for text, kind in _ways_to_call(division):
            codes.setdefault((text, kind), []).append(division.code)
    by_first: dict[str, list[Name]] = {}
    for (text, kind), named in codes.items():
        by_first.setdefault(text[0], []).append(Name(text, kind, tuple(sorted(named))))
    return Gazetteer(
        by_code,
        {first: tuple(sorted(names, key=_longest_first)) for first, names in by_first.items()},
        {code: frozenset({code, code[:4] + "00", code[:2] + "0000"} & by_code.keys()) for code in by_code},
        {one.key: one.version for one in lists},
    )


def _ways_to_call(division: Division) -> Iterator[tuple[str, NameKind]]:
    """Each way once, folded: full name, aliases as good as it, short name, English name."""
    full = fold(division.name)
    yield full, "full"
    short = fold(division.short) if division.short else ENDINGS.sub("", full)
    if short != full and len(short) >= SHORT_CHARACTERS_MIN:
        yield short, "short"
    for alias in dict.fromkeys(map(fold, chain(division.aliases))):
        if alias not in (full, short):
            yield alias, "short"
    if division.en:
        yield fold(division.en), "english"


def _longest_first(name: Name) -> tuple[int, str, str]:
    return -len(name.text), name.text, name.kind


def _is_word(text: str, at: int, length: int) -> bool:
    """Whether the letters there stand alone, so that a name is not found inside a longer word."""
    before, after = text[at - 1 : at] if at else "", text[at + length : at + length + 1]
    return not (before.isascii() and before.isalpha()) and not (after.isascii() and after.isalpha())
