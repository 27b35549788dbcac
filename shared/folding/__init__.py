"""One form of a text for comparing and finding: simplified script, plain width, small letters. Never for showing."""

import unicodedata

from shared.folding.simplified import SIMPLIFIED, TRADITIONAL

__all__ = ["fold"]

_TABLE = {ord(old): new for old, new in zip(TRADITIONAL, SIMPLIFIED, strict=True)}
_TRADITIONAL = frozenset(TRADITIONAL)


def fold(text: str) -> str:
    """The text with full width made plain, letters small, and each traditional character the simplified one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Looking first costs less than translating, and most texts have none. (A set of characters in a regular expression
    # costs ten times as much here: some lie beyond the basic plane.)
    return plain if _TRADITIONAL.isdisjoint(plain) else plain.translate(_TABLE)
