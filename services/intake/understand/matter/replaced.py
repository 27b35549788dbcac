"""A word of one text that stands where the other has a wholly different one: alike in letters, and yet another matter.

The work grows with the length of the texts and no faster, whatever they hold: what repeats without end has no place of
its own in the other text, and only short stretches are compared letter by letter.
"""

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from services.intake.understand.matter.likeness import EMPTY, tokens

REPLACED_MIN: Final = 2
"""A single character replaced is a typing error; two for two are another word."""
WORD_LENGTH_MAX: Final = 40
"""Words and characters that may stand for one word."""
CLOSELY_COMPARED_MAX: Final = 6_400
"""The product of the lengths of two stretches compared letter by letter: that takes, at worst, its power of 1½."""
ANCHOR_LENGTH: Final = 3
"""So many characters that stand once in both texts hold them together."""
LATIN_WORD_MIN: Final = 4
SPELLINGS_FROM: Final = 0.6
"""Two words as like as this may be one, mistyped."""

Stretches = tuple[str, str]

_OF_TIME: Final = re.compile(
    r"[今昨明前后早晚午周天月年]|day|morning|night|week|since|please|kindly|really|still|also|just"
)
_WORD: Final = re.compile(r"[^\W_]")
_OF_NO_MATTER: Final = re.compile(
    r"[请麻烦您你好的了吗呢啊吧呀谢急我们再发一遍转客户来电反映已经给帮把就还是也都看下处理安排师傅派人上门联系回复尽快希望要求!]+"
    r"|please|help|thanks?"
)


def has_replaced_words(one: str, other: str) -> bool:
    """Whether a word of one text stands where the other has a wholly different one."""
    if one.isascii() and other.isascii():
        return False
    one, other = sorted((one, other))  # the comparison is not symmetric, the answer is
    return any(_are_other_words(mine, yours) for mine, yours in _replaced(one, other))


def replaced_word(one: str, other: str) -> Stretches | None:
    """The one word by which two texts differ that are alike in all else, if each has a wholly different one there."""
    ours, theirs = tokens(one), tokens(other)
    begin = next((at for at, (mine, yours) in enumerate(zip(ours, theirs, strict=False)) if mine != yours), None)
    if begin is None:
        return None
    rests = ours[begin:], theirs[begin:]
    alike_at_end = zip(*map(reversed, rests), strict=False)
    end = next((at for at, (mine, yours) in enumerate(alike_at_end) if mine != yours), min(map(len, rests)))
    word, other_word = ours[begin : len(ours) - end], theirs[begin : len(theirs) - end]
    length = max(len(word), len(other_word))
    mine, yours = "".join(word), "".join(other_word)
    is_word = length <= WORD_LENGTH_MAX and begin + end >= length
    return (mine, yours) if is_word and _is_other_word(word, other_word, mine, yours) else None


def _replaced(one: str, other: str) -> Iterator[Stretches]:
    """The stretches of one text that stand in the place of others."""
    if len(one) * len(other) <= CLOSELY_COMPARED_MAX:
        yield from _closely(one, other)
        return
    for mine, yours in _between_anchors(one, other):
        if len(mine) * len(yours) <= CLOSELY_COMPARED_MAX:
            yield from _closely(mine, yours)
        else:
            yield mine, yours


def _closely(one: str, other: str) -> Iterator[Stretches]:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for operation, from_one, to_one, from_other, to_other in matcher.get_opcodes():
        if operation == "replace":
            yield one[from_one:to_one], other[from_other:to_other]


def _between_anchors(one: str, other: str) -> Iterator[Stretches]:
    """What stands in either text between the places that hold the two together."""
    end_one = end_other = 0
    for at_one, at_other in (*_anchors(one, other), (len(one), len(other))):
        if at_one > end_one and at_other > end_other:
            yield one[end_one:at_one], other[end_other:at_other]
        end_one, end_other = at_one + ANCHOR_LENGTH, at_other + ANCHOR_LENGTH


def _anchors(one: str, other: str) -> list[tuple[int, int]]:
    """The places of what stands once in either text, in an order that both share (patience diff)."""
    theirs = _once(other)
    places = [(at, theirs[gram]) for gram, at in _once(one).items() if gram in theirs]
    lasts: list[int] = []
    piles: list[int] = []
    for _, at_other in places:
        pile = bisect_left(lasts, at_other)
        lasts[pile : pile + 1] = [at_other]
        piles.append(pile)
    found: list[tuple[int, int]] = []
    wanted, bound = len(lasts) - 1, len(other)
    for place, pile in zip(reversed(places), reversed(piles), strict=True):
        if pile == wanted and place[1] < bound:
            found.append(place)
            wanted, bound = wanted - 1, place[1]
    return found[::-1]


def _once(text: str) -> dict[str, int]:
    """What stands once in a text, and where, in order."""
    first: dict[str, int] = {}
    again: set[str] = set()
    for at in range(len(text) - ANCHOR_LENGTH + 1):
        gram = text[at : at + ANCHOR_LENGTH]
        if first.setdefault(gram, at) != at:
            again.add(gram)
    return {gram: at for gram, at in first.items() if gram not in again}


def _are_other_words(ours: str, theirs: str) -> bool:
    mine, yours = _OF_NO_MATTER.sub("", ours), _OF_NO_MATTER.sub("", theirs)
    is_long = len(_WORD.findall(mine)) >= REPLACED_MIN and len(_WORD.findall(yours)) >= REPLACED_MIN
    return is_long and not set(mine) & set(yours)


def _is_other_word(word: list[str], other_word: list[str], mine: str, yours: str) -> bool:
    """Whether two words are neither spellings of one, nor of those that change when a thing is told again."""
    if not word or not other_word or _OF_TIME.search(mine) or _OF_TIME.search(yours):
        return False
    if mine.isascii() and yours.isascii():
        lengths = sorted((len(mine), len(yours)))
        is_one_word = len(word) == len(other_word) == 1 and lengths[0] >= LATIN_WORD_MIN
        return is_one_word and lengths[1] <= WORD_LENGTH_MAX and _spelled_otherwise(mine, yours)
    return _are_other_words(mine, yours) and not set(mine) & EMPTY and not set(yours) & EMPTY


def _spelled_otherwise(mine: str, yours: str) -> bool:
    return difflib.SequenceMatcher(None, mine, yours).ratio() < SPELLINGS_FROM
