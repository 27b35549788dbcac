"""A word that stands where the other text has its opposite, in the same surroundings: 左门 and 右门, 太高 and 太低.

Two texts may be alike in all letters but one, and that one is the matter. Said in other surroundings the same two words
may well go together (热水器 … 出来的是冷水); of two that say both, only what stands between the same two words counts.
"""

from collections.abc import Container, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from services.intake.understand.matter.likeness import tokens
from services.intake.understand.rules import load

OPPOSITES: Final = Path(__file__).with_name("opposites.yaml")
Surroundings = tuple[str, str, str]


def opposed_words(one: str, other: str) -> tuple[str, str] | None:
    """A word of one folded text and its opposite that stands in its place in the other."""
    opposites = _opposites()
    ours, theirs = tokens(one), tokens(other)
    if opposites.keys().isdisjoint(ours) or opposites.keys().isdisjoint(theirs):
        return None
    mine, yours = _surroundings(ours, opposites), _surroundings(theirs, opposites)
    for word in sorted(mine):
        for opposite in sorted(opposites[word] & yours.keys()):
            both = mine[word] & yours[opposite]
            if word in yours or opposite in mine:
                both = {place for place in both if place[0] == "around"}
                both -= yours.get(word, set()) | mine.get(opposite, set())
            if both:
                return word, opposite
    return None


def _surroundings(words: Sequence[str], wanted: Container[str]) -> dict[str, set[Surroundings]]:
    """Of each wanted word what stands on both sides of it, and the two words on either side, wherever it stands."""
    padded = ["", "", *words, "", ""]
    found: dict[str, set[Surroundings]] = {}
    for at, word in enumerate(words, start=2):
        if word in wanted:
            places = found.setdefault(word, set())
            if not (padded[at + 1] and padded[at + 1] in _not_before().get(word, "")):
                places.update(_places(padded, at))
    return found


def _places(padded: Sequence[str], at: int) -> Iterator[Surroundings]:
    yield "around", padded[at - 1], padded[at + 1]
    if padded[at + 2]:
        yield "after", padded[at + 1], padded[at + 2]
    if padded[at - 2]:
        yield "before", padded[at - 2], padded[at - 1]


@cache
def _opposites() -> dict[str, frozenset[str]]:
    groups: list[list[str]] = load(OPPOSITES)["opposites"]
    words = {word for group in groups for word in group}
    return {word: frozenset().union(*(group for group in groups if word in group)) - {word} for word in words}


@cache
def _not_before() -> dict[str, str]:
    exceptions: dict[str, str] = load(OPPOSITES)["not_before"]
    return exceptions
