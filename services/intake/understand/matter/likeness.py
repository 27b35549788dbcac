"""How much of one text stands in the other: what was copied, shortened or mistyped."""

import re
from typing import Final

from shared.folding.sounds import sound_of

ALIKE_FROM: Final = 0.3
"""From here on two texts are alike in letters."""
SAME_WORDS_FROM: Final = 0.4
"""From here on they are told in the same words."""
SINGLE: Final = 1
"""Of so few pairs of characters what is contained says nothing."""
_CONTENT: Final = re.compile(r"[\u4e00-\u9fff]|[a-z]{4,}")
EMPTY: Final = frozenset(
    "的了是不没有我你您他们这那在一个就都也还很太要会能可以和与跟把被给让从到用上下里外中大小多少好坏来去说看请问麻烦谢想得着过又再才只已经"
    "家天时候点分月日年号前后今昨明现刚周期两三几二四五六七八九十次些么什怎吗呢吧啊呀哦嗯子儿头面边新买送货收订单客服师傅电话修换退问题情况"
    "开始之所为因但如果而且或者样种其它自己人东西处理安排需求感觉发出起店老板"
) | frozenset(
    {"with", "that", "this", "have", "from", "your", "please", "when", "there", "does", "very", "just", "what", "will"}
)
"""What stands in any text, whatever it is about."""
_POLITE: Final = re.compile(r"(?:谢谢|多谢|感谢|[你您]们?好|麻烦了?|辛苦了|转|亲|thanks?|thankyou|hello|hi)*")
_TOKEN: Final = re.compile(r"[a-z']+|\d+|[^\W_]")


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the share of the shorter text's bigrams in the longer, less where much more was said."""
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return 0.0
    shared = len(shorter & longer)
    contained = shared / len(shorter)
    jaccard = shared / len(shorter | longer)
    return max(jaccard, contained - 0.1 if len(shorter) > SINGLE else jaccard)


def sounds_alike(one: str, other: str) -> bool:
    """Whether two folded texts differ in characters only that sound the same, as one types by ear (冰厢 for 冰箱)."""
    ours, theirs = tokens(one), tokens(other)
    return 0 < len(ours) == len(theirs) and all(
        mine == yours or sound_of(mine) == sound_of(yours) for mine, yours in zip(ours, theirs, strict=True)
    )


def is_a_polite_copy(one: str, other: str) -> bool:
    """Whether one folded text is the other with nothing but polite words and marks around it."""
    shorter, longer = sorted(("".join(tokens(one)), "".join(tokens(other))), key=len)
    if not shorter or shorter not in longer:
        return False
    before, _, after = longer.partition(shorter)
    return all(_POLITE.fullmatch(around) is not None for around in (before, after))


def content_of(folded: str) -> frozenset[str]:
    """The characters of a folded text that carry meaning, and its words of other scripts."""
    return frozenset(_CONTENT.findall(folded)) - EMPTY


def tokens(folded: str) -> list[str]:
    """The words of a folded text: a number, a word of Latin letters, or one character."""
    return _TOKEN.findall(folded)
