"""The work grows with the length of what was written, whatever it holds: who writes it chooses it."""

import difflib
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.intake.understand.matter import compare
from services.intake.understand.matter.replaced import CLOSELY_COMPARED_MAX, has_replaced_words
from services.intake.understand.phones import PHONE_LENGTH_MAX, read_phone
from services.intake.understand.text import TEXT_LENGTH_MAX, understand
from tests.accuracy.tables import rows

RATIO_MAX = 12
"""How many times longer than an ordinary text of the same length any other may take."""
PIECES = (
    *(
        "http://a.b/",
        "催",
        "又",
        "自己",
        "给我",
        "a",
        "1",
        "，。、",
        "0123456789",
        " ",
        "柜",
        "灯",
        "「」。。1",
        ' "没',
        "!@」「",
        "KIT-012 ",
    ),
    *(
        "DD-241105-0014 ",
        "KIT-012 13800138000 ",
        "保质",
        "准话",
        "等了三天",
        "左右上下冷热开关",
        "ab",
        "㌀",
        "空调漏水 ",
    ),
    *("还没有人来", "0571-", "1 3 8 ", ">", "@a:", "have been ", "订单", "-", "--\n", "时间:\n", "|", "urgent ", "\n"),
)


def _filled(piece: str) -> str:
    return (piece * TEXT_LENGTH_MAX)[:TEXT_LENGTH_MAX]


def _ordinary() -> str:
    return "，".join(line["text"] for line in rows("urging", "tuned"))[:TEXT_LENGTH_MAX]


def _shuffled(text: str) -> str:
    return "".join(random.Random(1).sample(text, len(text)))


def _cpu_s(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _takes_at_most(limit_s: float, work: Callable[[], Any]) -> bool:
    """Whether it does once in three: what else runs on the machine only adds."""
    return any(_cpu_s(work) < limit_s for _ in range(3))


@pytest.fixture(scope="module")
def ordinary_text_s() -> float:
    text = _ordinary()
    understand(text)
    return _cpu_s(lambda: understand(text))


@pytest.fixture(scope="module")
def ordinary_pair_s() -> float:
    text = _ordinary()
    compare(text, text[::-1])
    return _cpu_s(lambda: compare(text, text[::-1]))


@pytest.mark.parametrize("piece", PIECES)
def test_what_repeats_takes_no_longer_than_a_text_of_its_length(piece: str, ordinary_text_s: float) -> None:
    text = _filled(piece)
    assert _takes_at_most(RATIO_MAX * ordinary_text_s, lambda: understand(text))


@pytest.mark.parametrize("piece", PIECES)
def test_two_that_repeat_take_no_longer_than_two_of_their_length(piece: str, ordinary_pair_s: float) -> None:
    text = _filled(piece)
    assert _takes_at_most(RATIO_MAX * ordinary_pair_s, lambda: compare(text, text[::-1]))


def test_a_shuffled_text_and_one_moved_by_a_character_take_no_longer(ordinary_pair_s: float) -> None:
    text = _ordinary()
    assert _takes_at_most(RATIO_MAX * ordinary_pair_s, lambda: compare(text, _shuffled(text)))
    assert _takes_at_most(RATIO_MAX * ordinary_pair_s, lambda: compare(text, text[1:]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_filled("http://a.b/")[:3000], _filled("http://a.b/")[:3000][::-1]),
        (_filled("ab")[:3000], _filled("ba")[:2999]),
        ("".join(map(chr, range(0x4E00, 0x59B8))), "".join(map(chr, range(0x59B7, 0x4DFF, -1)))),
        (_shuffled(_ordinary())[:3000], _ordinary()[:3000]),
        (_ordinary()[:3000], _ordinary()[9:3009]),
    ],
)
def test_only_short_stretches_are_compared_letter_by_letter(
    one: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, isjunk: None, a: str, b: str, *, autojunk: bool) -> None:
            compared.append((len(a), len(b)))
            super().__init__(isjunk, a, b, autojunk=autojunk)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    has_replaced_words(one, other)
    assert all(ours * theirs <= CLOSELY_COMPARED_MAX for ours, theirs in compared)
    assert sum(ours for ours, _ in compared) <= len(one)
    assert sum(theirs for _, theirs in compared) <= len(other)


def test_a_word_that_was_replaced_in_a_long_text_is_found() -> None:
    before, after = _ordinary()[:900], _ordinary()[1000:1900]
    assert has_replaced_words(f"{before}孩子的玩具{after}", f"{before}邻居那铁锹{after}")
    assert not has_replaced_words(f"{before}孩子的玩具{after}", f"{before}孩子的玩{after}")
    assert not has_replaced_words(f"{before}{after}", f"{before}孩子的玩具{after}")


@pytest.mark.parametrize(
    "signs", ["1", "1 ", "-1", "(1", "086 ", "+86", "转1", "87654321 ", "一三八零", "家1", "O1l", "、1"]
)
def test_a_field_is_read_in_the_time_of_its_length(signs: str) -> None:
    short, long = ((signs * PHONE_LENGTH_MAX)[:length] for length in (PHONE_LENGTH_MAX // 4, PHONE_LENGTH_MAX))
    unremembered = read_phone.__wrapped__
    ordinary_s = _cpu_s(lambda: [unremembered(f"+1 650 253 00{nth}", "CN", "0571") for nth in range(10, 30)])
    assert _takes_at_most(RATIO_MAX * ordinary_s, lambda: [unremembered(text, "CN", "0571") for text in (short, long)])
