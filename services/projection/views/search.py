"""Words to find a ticket by: what is stored for each ticket, and what a question asks for.

Per run of CJK characters its bigrams, and its last character alone, so that one character is searched as a prefix;
other words whole (`shared.folding.words`); phones also without their country code and by their last four and seven
digits; one word for the store, and one each for the week, the month and the year of the opening. Every question is
checked again on the folded text itself, since bigrams may also meet by accident.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.folding import fold
from shared.folding.words import RUN, words

TEXT_CHARACTERS_MAX = 20_000
"""Of one ticket's text so much is searched; the rest is kept and shown, but not found."""
QUESTION_CHARACTERS_MAX = 200
TERMS_MAX = 8
LEXEME_BYTES_MAX = 200
"""A longer word (a link, a base64 line) is found by its beginning."""
WORD_LENGTH_MAX = LEXEME_BYTES_MAX // 4
PHONE_ENDINGS = (4, 7)
COUNTRY_CODE = "86"

NOT_DIGITS = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question: every one of `lexemes` must be there, and `text` must stand in the folded text."""

    text: str
    lexemes: tuple[str, ...]
    """As PostgreSQL's tsquery, one for each condition."""


def fold_text(text: str) -> str:
    """The text for matching. U+0000 is dropped: PostgreSQL's texts cannot hold it."""
    return fold(text).replace("\x00", "")


def searchable(document: dict[str, Any]) -> str:
    """The folded text of a ticket as it was opened: everything that one would look for."""
    customer, address = document["customer"], document["address"]
    parts = (
        document["description"],
        customer["name"],
        customer["phone"],
        address["text"],
        document["ticket_number"],
        document["order_id"],
        document["product_sku"],
    )
    return fold_text("\n".join(part for part in parts if part))[:TEXT_CHARACTERS_MAX]


def extended(folded: str, text: str) -> str:
    """The folded text after a later contact added to it."""
    return f"{folded}\n{fold_text(text)}"[:TEXT_CHARACTERS_MAX]


def lexemes(folded: str, *, phone: str | None, store_id: str | None, opened_at: str) -> list[str]:
    """Every word under which the ticket is found, sorted, each once. `opened_at` is RFC 3339 in UTC."""
    found = words(folded, length_max=WORD_LENGTH_MAX)
    found.update(phone_words(phone), time_words(opened_at))
    if store_id is not None:
        found.add(f"s_{store_id}")
    return sorted(found)


def phone_words(phone: str | None) -> Iterator[str]:
    """The number whole, without the country code, and its endings."""
    digits = NOT_DIGITS.sub("", phone or "")
    if digits:
        yield clipped(digits)
        yield clipped(digits.removeprefix(COUNTRY_CODE))
        yield from (f"p{length}_{digits[-length:]}" for length in PHONE_ENDINGS if len(digits) > length)


def time_words(opened_at: str) -> tuple[str, str, str]:
    """The ISO week, the month and the year of the opening: `w_202647`, `m_202611`, `y_2026`."""
    year, week, _ = date.fromisoformat(opened_at[:10]).isocalendar()
    return f"w_{year}{week:02}", f"m_{opened_at[:4]}{opened_at[5:7]}", f"y_{opened_at[:4]}"


def terms(question: str) -> list[Term]:
    """The words of a question, all of which must be met; what holds no letter, digit or character asks for nothing."""
    parts = fold_text(question[:QUESTION_CHARACTERS_MAX]).split()[:TERMS_MAX]
    return [Term(part, tuple(dict.fromkeys(asked_words(part)))) for part in parts if RUN.search(part)]


def asked_words(part: str) -> Iterator[str]:
    """The conditions of one word of a question; its last word may go on, its others are whole."""
    for piece in RUN.finditer(part):
        run, word = piece.groups()
        if word is not None:
            yield latin_query(clipped(word), is_last=piece.end() == len(part))
        elif len(run) == 1:
            yield f"{quoted(run)}:*"
        else:
            yield from (quoted(run[at : at + 2]) for at in range(len(run) - 1))


def latin_query(word: str, *, is_last: bool) -> str:
    """One word of letters and digits; four or seven digits may be the end of a phone number."""
    query = f"{quoted(word)}:*" if is_last else quoted(word)
    if word.isdigit() and len(word) in PHONE_ENDINGS:
        return f"{query} | {quoted(f'p{len(word)}_{word}')}"
    return query


def quoted(word: str) -> str:
    """The word as a lexeme of a tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def clipped(word: str) -> str:
    """The word, cut where it is too long to be one."""
    return word[:WORD_LENGTH_MAX]
