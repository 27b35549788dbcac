"""How folded text falls into words: runs of Chinese, Japanese and Korean characters by bigrams, other words whole."""

import re
from typing import Final

CJK: Final = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
RUN: Final = re.compile(f"([{CJK}]+)|([^\\W_{CJK}]+)")
"""A run of CJK characters, or a word of other letters and digits."""

_BIGRAM: Final = re.compile(f"(?=([{CJK}]{{2}}))")
_LAST: Final = re.compile(f"[{CJK}](?![{CJK}])")
_ALONE: Final = re.compile(f"(?<![{CJK}])[{CJK}](?![{CJK}])")
_WORD: Final = re.compile(f"[^\\W_{CJK}]+")


def words(folded: str, *, length_max: int) -> set[str]:
    """What a text is found by: the bigrams of its CJK runs, and other words whole, cut after `length_max` characters.

    The last character of a run stands alone too, so that a single character is found as the beginning of a word.
    """
    found = {*_BIGRAM.findall(folded), *_LAST.findall(folded)}
    found.update(word[:length_max] for word in _WORD.findall(folded))
    return found


def shingles(folded: str) -> frozenset[str]:
    """What texts are compared by: the bigrams of CJK runs, a single character as it is, and other words whole."""
    return frozenset((*_BIGRAM.findall(folded), *_ALONE.findall(folded), *_WORD.findall(folded)))
