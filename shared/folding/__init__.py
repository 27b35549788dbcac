"""One form of a text for comparing and finding: simplified script, plain width, small letters. Never for showing."""

import re
import unicodedata

from shared.folding.simplified import SIMPLIFIED, TRADITIONAL

__all__ = ["fold"]

_TABLE = {ord(old): new for old, new in zip(TRADITIONAL, SIMPLIFIED, strict=True)}
_ANY_TRADITIONAL = re.compile(f"[{''.join(map(re.escape, TRADITIONAL))}]")


def fold(text: str) -> str:
    """The text with full width made plain, letters small, and each traditional character the simplified one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Looking first costs a tenth of translating, and most texts have none.
    return plain.translate(_TABLE) if _ANY_TRADITIONAL.search(plain) else plain
