"""One form of a text for comparing and finding: simplified script, plain width, small letters. Never for showing."""

import unicodedata

from shared.folding.simplified import SIMPLIFIED, TRADITIONAL

__all__ = ["fold"]

_TABLE = {ord(old): new for old, new in zip(TRADITIONAL, SIMPLIFIED, strict=True)}


def fold(text: str) -> str:
    """The text with full width made plain, letters small, and each traditional character the simplified one."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
