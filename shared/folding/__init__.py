"""One form of a text for comparing and finding: simplified script, plain width, small letters. Never for showing."""

import unicodedata
from functools import lru_cache

from shared.folding.simplified import SIMPLIFIED, TRADITIONAL

__all__ = ["fold"]

LAST = 2
"""Texts of which the folded form is kept: one text is looked at for several things, one after the other."""

_TABLE = {ord(old): new for old, new in zip(TRADITIONAL, SIMPLIFIED, strict=True)}
_TRADITIONAL = frozenset(TRADITIONAL)


@lru_cache(maxsize=LAST)
def fold(text: str) -> str:
    """The text with full width made plain, letters small, and each traditional character the simplified one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Looking first costs less than translating, and most texts have none. (A set of characters in a regular expression
    # costs ten times as much here: some lie beyond the basic plane.)
    return plain if _TRADITIONAL.isdisjoint(plain) else plain.translate(_TABLE)
