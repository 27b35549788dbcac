"""Cantonese as people write it, in the words of the written standard, which the rules know."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from services.intake.understand.rules import load

WORDS: Final = Path(__file__).with_name("cantonese.yaml")


def in_standard_words(folded: str) -> str:
    """A folded text with the Cantonese words in it replaced; the length may change. Total."""
    if _marks().isdisjoint(folded):
        return folded
    words, pattern = _words()
    return pattern.sub(lambda found: words[found[0]], folded)


@cache
def _marks() -> frozenset[str]:
    return frozenset(load(WORDS)["marks"])


@cache
def _words() -> tuple[dict[str, str], re.Pattern[str]]:
    words: dict[str, str] = load(WORDS)["words"]
    return words, re.compile("|".join(map(re.escape, words)))
