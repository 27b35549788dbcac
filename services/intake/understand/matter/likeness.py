"""How much of one text stands in the other: what was copied, shortened or mistyped."""

import difflib
import re
from typing import Final

from services.intake.understand.matter.telling import Telling

REPLACED_MIN: Final = 2
"""A single character replaced is a typing error; two for two are another word."""
_WORD: Final = re.compile(r"[^\W_]")
_OF_NO_MATTER: Final = re.compile(
    r"[请麻烦您你好的了吗呢啊吧呀谢急我们再发一遍转客户来电反映已经给帮把就还是也都看下处理安排师傅派人上门联系回复尽快希望要求!]+|please|help|thanks?"
)


def likeness(one: Telling, other: Telling) -> float:
    """From 0 to 1: the share of the shorter text's bigrams in the longer, less where much more was said."""
    shorter, longer = sorted((one.shingles, other.shingles), key=len)
    if not shorter:
        return 1.0 if one.folded.strip() == other.folded.strip() else 0.0
    shared = len(shorter & longer)
    contained = shared / len(shorter)
    jaccard = shared / len(shorter | longer)
    return max(jaccard, contained - 0.1 if len(shorter) >= REPLACED_MIN else jaccard)


def has_replaced_words(one: str, other: str) -> bool:
    """Whether a word of one text stands where the other has a wholly different one."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return any(
        operation == "replace" and _are_other_words(one[from_one:to_one], other[from_other:to_other])
        for operation, from_one, to_one, from_other, to_other in matcher.get_opcodes()
    )


def _are_other_words(ours: str, theirs: str) -> bool:
    mine, yours = _OF_NO_MATTER.sub("", ours), _OF_NO_MATTER.sub("", theirs)
    is_long = len(_WORD.findall(mine)) >= REPLACED_MIN and len(_WORD.findall(yours)) >= REPLACED_MIN
    return is_long and not set(mine) & set(yours)
