"""How much of one text stands in the other: what was copied, shortened or mistyped."""

import difflib
import re
from typing import Final

REPLACED_MIN: Final = 2
"""A single character replaced is a typing error; two for two are another word."""
_CONTENT: Final = re.compile(r"[\u4e00-\u9fff]|[a-z]{4,}")
_EMPTY: Final = frozenset(
    "的了是不没有我你您他们这那在一个就都也还很太要会能可以和与跟把被给让从到用上下里外中大小多少好坏来去说看请问麻烦谢想得着过又再才只已经"
    "家天时候点分月日年号前后今昨明现刚周期两三几二四五六七八九十次些么什怎吗呢吧啊呀哦嗯子儿头面边新买送货收订单客服师傅电话修换退问题情况"
    "开始之所为因但如果而且或者样种其它自己人东西处理安排需求感觉发出起店老板"
) | frozenset(
    {"with", "that", "this", "have", "from", "your", "please", "when", "there", "does", "very", "just", "what", "will"}
)
"""What stands in any text, whatever it is about."""
LATIN_WORD_MIN: Final = 4
SPELLINGS_FROM: Final = 0.6
"""Two words as like as this may be one, mistyped."""
_TOKEN: Final = re.compile(r"[a-z']+|\d+|[^\W_]")
_OF_TIME: Final = re.compile(
    r"[今昨明前后早晚午周天月年]|day|morning|night|week|since|please|kindly|really|still|also|just"
)
_WORD: Final = re.compile(r"[^\W_]")
_OF_NO_MATTER: Final = re.compile(
    r"[请麻烦您你好的了吗呢啊吧呀谢急我们再发一遍转客户来电反映已经给帮把就还是也都看下处理安排师傅派人上门联系回复尽快希望要求!]+"
    r"|please|help|thanks?"
)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the share of the shorter text's bigrams in the longer, less where much more was said."""
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return 0.0
    shared = len(shorter & longer)
    contained = shared / len(shorter)
    jaccard = shared / len(shorter | longer)
    return max(jaccard, contained - 0.1 if len(shorter) >= REPLACED_MIN else jaccard)


def content_of(folded: str) -> frozenset[str]:
    """The characters of a folded text that carry meaning, and its words of other scripts."""
    return frozenset(_CONTENT.findall(folded)) - _EMPTY


def tokens(folded: str) -> list[str]:
    """The words of a folded text: a number, a word of Latin letters, or one character."""
    return _TOKEN.findall(folded)


def has_replaced_words(one: str, other: str) -> bool:
    """Whether a word of one text stands where the other has a wholly different one."""
    one, other = sorted((one, other))  # the matcher is not symmetric, the answer is
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return any(
        operation == "replace" and _are_other_words(one[from_one:to_one], other[from_other:to_other])
        for operation, from_one, to_one, from_other, to_other in matcher.get_opcodes()
    )


def _are_other_words(ours: str, theirs: str) -> bool:
    mine, yours = _OF_NO_MATTER.sub("", ours), _OF_NO_MATTER.sub("", theirs)
    is_long = len(_WORD.findall(mine)) >= REPLACED_MIN and len(_WORD.findall(yours)) >= REPLACED_MIN
    return is_long and not set(mine) & set(yours)


def replaced_word(one: str, other: str) -> tuple[str, str] | None:
    """The one word by which two texts differ that are alike in all else, if each has a wholly different one there."""
    ours, theirs = tokens(one), tokens(other)
    begin = next((at for at, (mine, yours) in enumerate(zip(ours, theirs, strict=False)) if mine != yours), None)
    if begin is None:
        return None
    alike_at_end = zip(reversed(ours[begin:]), reversed(theirs[begin:]), strict=False)
    end = next((at for at, (mine, yours) in enumerate(alike_at_end) if mine != yours), 0)
    word, other_word = ours[begin : len(ours) - end], theirs[begin : len(theirs) - end]
    is_rest_longer = begin + end > max(len(word), len(other_word))
    mine, yours = "".join(word), "".join(other_word)
    return (mine, yours) if is_rest_longer and _is_other_word(word, other_word, mine, yours) else None


def _is_other_word(word: list[str], other_word: list[str], mine: str, yours: str) -> bool:
    """Whether two words are neither spellings of one, nor of those that change when a thing is told again."""
    if not word or not other_word or _OF_TIME.search(mine) or _OF_TIME.search(yours):
        return False
    if mine.isascii() and yours.isascii():
        is_one_word = len(word) == len(other_word) == 1 and min(len(mine), len(yours)) >= LATIN_WORD_MIN
        return is_one_word and difflib.SequenceMatcher(None, mine, yours).ratio() < SPELLINGS_FROM
    return _are_other_words(mine, yours) and not set(mine) & _EMPTY and not set(yours) & _EMPTY
