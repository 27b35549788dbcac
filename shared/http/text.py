"""Which text is taken from outside: the one rule for bodies, imports and names.

Control characters mean something to terminals, mail programs and logs, and nothing to people; the line breaks and the
tab of a text are the exception. PostgreSQL cannot keep U+0000, nor UTF-8 half of a surrogate pair.
"""

import re
from typing import Final

from pydantic import AfterValidator

SOUND: Final = "text without control characters other than line breaks and tabs"
ONE_LINE: Final = "text of one line, without tabs"
NOT_BLANK: Final = "text that is not blank"

_UNSOUND: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")
_BREAKS: Final = re.compile(r"[\t\n\r]")


def why_unsound(text: str) -> str | None:
    """What was expected in place of `text`; None when it can be taken."""
    if _UNSOUND.search(text) is None:
        return None
    if "\x00" in text:
        return "text without U+0000"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "text without half a surrogate pair"
    return SOUND


def escaped(text: str) -> str:
    """`text` with what is refused in it written out, to be told to who sent it."""
    return _UNSOUND.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """An id or a name: it stands in lines, subjects and tables. Raises ValueError with what was expected."""
    if _BREAKS.search(text) is not None:
        raise ValueError(ONE_LINE)
    return text


def not_blank(text: str) -> str:
    """A text that says something. Raises ValueError with what was expected."""
    if not text.strip():
        raise ValueError(NOT_BLANK)
    return text


OneLine = AfterValidator(one_line)
NotBlank = AfterValidator(not_blank)
