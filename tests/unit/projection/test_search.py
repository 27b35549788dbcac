"""Words to find a ticket by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projection.views.search import (
    QUESTION_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    Term,
    extended,
    fold_text,
    lexemes,
    searchable,
    terms,
)
from services.projection.views.ticket import UNOPENED
from shared.folding.words import CJK

OPENED = "2026-11-22T01:00:00.000000Z"


def words(text: str, *, phone: str | None = None, store_id: str | None = None) -> list[str]:
    return lexemes(fold_text(text), phone=phone, store_id=store_id, opened_at=OPENED)


def test_a_run_gives_its_bigrams_and_its_last_character() -> None:
    assert set(words("保温杯漏水")) >= {"保温", "温杯", "杯漏", "漏水", "水"}


def test_traditional_and_simplified_full_and_half_width_are_one() -> None:
    assert words("保溫杯漏水，ＡＢＣ１２３") == words("保温杯漏水,abc123")


def test_a_phone_is_found_by_its_endings_and_without_its_country_code() -> None:
    found = words("", phone="+8613812345678")

    assert set(found) >= {"8613812345678", "13812345678", "p4_5678", "p7_2345678"}


def test_week_month_year_and_store_are_words() -> None:
    assert words("", store_id="hz-wulin") == ["m_202611", "s_hz-wulin", "w_202647", "y_2026"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("漏水", [Term("漏水", ("'漏水'",))]),
        ("漏", [Term("漏", ("'漏':*",))]),
        ("保溫杯", [Term("保温杯", ("'保温'", "'温杯'"))]),
        ("漏水 退款", [Term("漏水", ("'漏水'",)), Term("退款", ("'退款'",))]),
        ("5678", [Term("5678", ("'5678':* | 'p4_5678'",))]),
        ("GD-2611", [Term("gd-2611", ("'gd'", "'2611':* | 'p4_2611'"))]),
        ("o'clock\\", [Term("o'clock\\", ("'o'", "'clock'"))]),
        ("，。", []),
    ],
)
def test_a_question_asks_for_words_and_for_its_text(question: str, expected: list[Term]) -> None:
    assert terms(question) == expected


@given(st.text(min_size=1, max_size=60), st.data())
def test_whatever_stands_in_a_text_is_found_by_its_words(text: str, data: st.DataObject) -> None:
    """Any piece of CJK in a text asks only for words that the text has."""
    folded = fold_text("漏水" + text)
    start = data.draw(st.integers(0, len(folded) - 1))
    piece = folded[start : data.draw(st.integers(start + 1, len(folded)))]
    stored = words("漏水" + text)

    for term in terms(piece):
        assert term.text in folded
        for lexeme in term.lexemes:
            wanted = lexeme.split(" | ")[0].removesuffix(":*")[1:-1]
            if re.fullmatch(f"[{CJK}]+", wanted) and piece.strip() == piece:
                assert any(word.startswith(wanted) for word in stored), (piece, wanted, stored)


def test_the_searched_text_is_bounded() -> None:
    document = UNOPENED | {"description": "漏" * (TEXT_CHARACTERS_MAX + 5)}

    assert len(searchable(document)) == TEXT_CHARACTERS_MAX
    assert len(extended(searchable(document), "水")) == TEXT_CHARACTERS_MAX
    assert len(terms("漏水" * QUESTION_CHARACTERS_MAX)[0].text) == QUESTION_CHARACTERS_MAX


def test_a_text_with_u0000_can_be_stored() -> None:
    assert fold_text("漏\x00水") == "漏水"
