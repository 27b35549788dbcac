"""Cantonese as people write it, and common slips, in the words of the written standard, which the rules know."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from services.intake.understand.rules import load

WORDS: Final = Path(__file__).with_name("cantonese.yaml")


def in_standard_words(folded: str) -> str:
    """A folded text with the Cantonese words in it replaced; the length may change. Total."""
    marks, words, pattern = _words()
    if marks.search(folded) is None:
        return folded
    return pattern.sub(lambda found: words[found[0]], folded)


@cache
def _words() -> tuple[re.Pattern[str], dict[str, str], re.Pattern[str]]:
    """The marks, the words, and where any of them stands."""
    document = load(WORDS)
    words: dict[str, str] = document["words"]
    return re.compile(f"[{document['marks']}]"), words, re.compile("|".join(map(re.escape, words)))
