"""How digits, signs and extensions are written, and the one plain form that they are brought to. Data, mostly.

`plain` keeps the length of the text (one character for one), so that a place in the plain form is a place in what was
written; `folded_field` is for a field that is one number and may change it.
"""

import re
import unicodedata
from typing import Final

DASHES: Final = "_‐‑‒–—―−ー－﹣～〜~"
BLANKS: Final = "\u00a0\u2002\u2003\u2009\u202f\u3000\t"
INVISIBLE: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""What telephones and pages put around a number or into it, and nobody sees."""
DOTS: Final = "·・•‧．"
WIDTH: Final[dict[int, str]] = {
    **{0xFF01 + at: chr(0x21 + at) for at in range(94)},  # Unicode's block of full-width forms, `０` → `0`, `（` → `(`
    **dict.fromkeys(map(ord, DASHES), "-"),
    **dict.fromkeys(map(ord, BLANKS + INVISIBLE), " "),
    **dict.fromkeys(map(ord, DOTS), "."),
    **dict(zip(map(ord, "【】〔〕"), "()()", strict=True)),
}

_SEEN: Final = dict.fromkeys(map(ord, INVISIBLE))

SPOKEN: Final = {
    "0": "〇零○洞",
    "1": "一壹幺",
    "2": "二贰貳",
    "3": "三叁參",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆陸",
    "7": "七柒拐",
    "8": "八捌",
    "9": "九玖",
}
"""Digits as they are read out; 洞, 幺 and 拐 so that nobody mishears them."""
CHINESE_DIGITS: Final = str.maketrans({sign: digit for digit, signs in SPOKEN.items() for sign in signs})
LETTERS: Final = str.maketrans("OoQDlI|", "0000111")
"""Letters that stand for a digit in what was copied by eye; used only where a whole number in use comes out."""

AREA: Final = r"(?:10|2\d|[3-9]\d{2})"
"""An area code of the mainland, without its 0."""
_STATED_AREA: Final = re.compile(rf"^[^\d(+]*(?:(?:\+?86|0086)[ -]?)?\(?(0{AREA})(?=[) -]|\d{{7,8}}(?!\d))")
EXTENSION: Final = (
    r"(?:(?:总机|總機)\s*)?"
    r"(?:(?:转接?|轉接?)?\s*(?:分机号?码?|分機號?碼?)|转接?|轉接?|内线|內線|按|再?拨|再?撥|\bext(?:ension|n)?|(?<=[\d\s)])x|#|,+)\.?"
    r"\s*[:：=]?\s*(?P<extension>\d{1,7})"
)
"""What stands before an extension, and the extension."""
FIELD_EXTENSION: Final = re.compile(rf"\s*[(;,]?\s*{EXTENSION}\s*[)]?\s*$", re.IGNORECASE)
BRACKETED_EXTENSION: Final = re.compile(r"^(.*\d{4})\s*\(\s*(\d{2,5})\s*\)\s*$")
DASHED_EXTENSION: Final = re.compile(
    rf"""^(?:
        ((?:(?:\+?86|0086)[\s-]?\(?0?|\(?0){AREA}\)?[\s-]?[2-9]\d{{2,3}}[\s-]?\d{{4}}  # with area code
          | [3-9]\d{{2}}[\s-][2-9]\d{{7}})
      | ([2-9]\d{{6,7}}|[2-9]\d{{3}}[\s-]\d{{4}})                                     # local
      | ((?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}})                         # a number that a platform lends
    )(?:[-*](\d{{1,5}})|\s-\s(\d{{3,5}}))$""",
    re.VERBOSE,
)
SPACED_EXTENSION: Final = re.compile(
    rf"^((?:(?:\+?86|0086)[\s-]?\(?0?|\(?0){AREA}\)?[\s-]?[2-9]\d{{2,3}}[\s-]?\d{{4}}|[2-9]\d{{7}})\s(\d{{3,5}})$"
)
FLOAT: Final = re.compile(r"^(\d{11})\.0+$", re.ASCII)
"""A number that a table kept as a fraction."""
SPOKEN_RUN: Final = re.compile("[{0}][{0}\\d \\-]{{5,}}[{0}\\d]".format("".join(SPOKEN.values())))
"""At least seven digits of which the first is a Chinese one: fewer are words (一三五, 二十)."""


def plain(text: str) -> str:
    """The text with plain digits, signs and blanks, character for character."""
    return text.translate(WIDTH)


def with_spoken_digits(text: str) -> str:
    """The text with long runs of Chinese digits as plain ones, character for character."""
    return SPOKEN_RUN.sub(lambda run: run[0].translate(CHINESE_DIGITS), text)


def folded_field(text: str) -> str:
    """A field that is one number, in the signs and with the word for an extension that the library reads."""
    folded = plain(unicodedata.normalize("NFKC", text.translate(_SEEN))).strip()
    folded = FIELD_EXTENSION.sub(r" ext \g<extension>", folded)
    folded = BRACKETED_EXTENSION.sub(r"\1 ext \2", FLOAT.sub(r"\1", folded))
    folded = SPACED_EXTENSION.sub(r"\1 ext \2", folded)
    return DASHED_EXTENSION.sub(_ext, folded)


def stated_area(written: str) -> str:
    """The area code that a landline of the mainland is written with, or nothing."""
    found = _STATED_AREA.search(written)
    return "" if found is None else found[1]


def _ext(found: re.Match[str]) -> str:
    return f"{found[1] or found[2] or found[3]} ext {found[4] or found[5]}"
