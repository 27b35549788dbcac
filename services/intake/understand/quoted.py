"""What of a text its writer said now: without the mail below the answer, reposts, and what stands in quotation marks.

What is taken out of the middle leaves `□`, so that places before and after it do not grow together.
"""

import re
from typing import Final

HIDDEN: Final = "□"
QUOTATION_LENGTH_MAX: Final = 400

_MAIL_BELOW: Final = re.compile(
    r"""^[ \t>*]*(?:
        -{2,}\s*(?:original\s+(?:message|mail|e-?mail)|forwarded\s+message|原始?邮件|原始?信件|转发(?:的)?邮件|原始?訊息|轉寄(?:的)?郵件
            |原始?郵件|回复邮件|引用).*
      | _{5,}\s*
      | on\b[^\n]{5,200}\bwrote\s*:?
      | (?:在|于|於)?[^\n]{0,120}\d{4}[^\n]{0,120}(?:写道|寫道|写于|寫於|撰写|撰寫|的邮件|來信)\s*[:：]?
      | [^\n]{0,80}<[^\s<>@]+@[^\s<>@]+>[^\n]{0,60}(?:写道|寫道|wrote|写于|寫於)\s*[:：]?
      | \*?(?:from|发件人|發件人|寄件者|寄件人|发送人|von|de)\*?\s*[:：].*
      | (?:sent\s+from\s+my|发自我的|寄自我的|從我的).*
    )$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_QUOTED_LINE: Final = re.compile(r"^[ \t]*[>＞|].*$", re.MULTILINE)
_REPOST: Final = re.compile(
    r"(?://|／／)\s*[@＠].*|(?:^|[,，。!！])\s*(?:转发(?:微博|一下)?|轉發(?:微博)?|转帖|轉貼|转载|轉載|repost(?:ed|ing)?|rt)\s*[:：].*",
    re.DOTALL | re.IGNORECASE,
)
_ADDRESSED: Final = re.compile(
    r"(?:回复|回覆|reply to)\s*[@＠][^:：\s]{1,40}\s*[:：]|[@＠][^\s:：,，。@/]{1,30}[:：]?", re.IGNORECASE
)
_MARKS: Final = (("「", "」"), ("『", "』"), ("“", "”"), ("《", "》"), ("«", "»"), ("〝", "〞"))
_QUOTATION: Final = re.compile(
    "|".join(f"{begin}[^{begin}{end}]{{0,{QUOTATION_LENGTH_MAX}}}{end}" for begin, end in _MARKS)
    + rf'|"[^"\n]{{2,{QUOTATION_LENGTH_MAX}}}"|＂[^＂\n]{{2,{QUOTATION_LENGTH_MAX}}}＂'
)
_OWN_QUESTION: Final = re.compile(
    r"(?:我(?:就|只|还|再)?(?:想)?(?:问|說|说)(?:一下|一句|你们|你們)?|i (?:just )?(?:ask|say))\s*[:：,，]?\s*$"
)
_SIGNS_OF_QUOTING: Final = re.compile(r"[「『“《«〝\"＂>＞|@＠]|--|__|wrote|写道|寫道|写于|寫於|：|:|my|我的|從我")
_OWN_PART_MIN: Final = 4
"""Where less than so many characters stand outside of the quotation marks, the whole is the writer's own."""


def own_words(text: str) -> str:
    """The part of `text` that its writer says now; all of it where everything stands in quotation marks."""
    if _SIGNS_OF_QUOTING.search(text) is None:
        return text
    below = _MAIL_BELOW.search(text)
    own = text if below is None else text[: below.start()]
    own = _QUOTED_LINE.sub("", own)
    own = _REPOST.sub("", own)
    own = _ADDRESSED.sub(HIDDEN, own)
    without = _QUOTATION.sub(_hidden, own)
    return own if len(re.sub(rf"[\W{HIDDEN}]", "", without)) < _OWN_PART_MIN else without


def _hidden(quotation: re.Match[str]) -> str:
    """What is put in place of a quotation: itself, where the writer quotes a question of their own."""
    before = quotation.string[: quotation.start()]
    return quotation[0] if _OWN_QUESTION.search(before) else HIDDEN
