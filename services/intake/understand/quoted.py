"""What of a text its writer said now: without the mail below the answer, reposts, and what stands in quotation marks.

What is taken out of the middle leaves `□`, so that places before and after it do not grow together.
"""

import re
from typing import Final

HIDDEN: Final = "□"
QUOTATION_LENGTH_MAX: Final = 400
LOOK_BACK: Final = 24
"""Characters before a quotation in which the words that make it the writer's own are looked for."""

_DASHES: Final = "[-—–─━=]{2,}+"
_MAIL: Final = "(?:[邮郵]件|信件|原信|消息|[讯訊]息|message|e-?mail|mail)"
_BEGINS_A_MAIL: Final = "from|subject|发件人|發件人|寄件者|寄件人|发送人|主题|主題|主旨|von|de"
_OF_A_MAIL: Final = f"{_BEGINS_A_MAIL}|sent|cc|bcc|抄送|密送|副本|发送时间|发送日期|傳送時間|寄件日期"
_HEADER: Final = (
    rf"[ \t>*|｜]*+(?:{_OF_A_MAIL}|date|to|reply-to|日期|时间|時間|收件人|收件者|附件)[ \t]*\**[ \t]*[:：|｜][^\n]*"
)
_RULE_OF_A_TABLE: Final = r"[ \t]*\|[-:| \t]+"
_MAIL_BELOW: Final = re.compile(
    rf"""^(?:[ \t>*]*+(?:
        {_DASHES}(?:original|forwarded|原始?|转发的?|轉寄的?|回[复覆復]的?|[ \t])+{_MAIL}.*
      | {_DASHES}[^\n,，。!！?？]{{0,30}}?{_MAIL}[^\n,，。!！?？]{{0,30}}?{_DASHES}[ \t]*
      | {_DASHES}\s*引用.*
      | begin\s+forwarded\s+message\s*[:：]? | (?:开始)?转发的邮件\s*[:：]
      | _{{5,}}\s*
      | on\b[^\n]{{5,200}}\bwrote\s*:?
      | (?:在|于|於)?[^\n]{{0,120}}\d{{4}}[^\n]{{0,120}}(?:写道|寫道|写于|寫於|撰写|撰寫|的邮件|來信)\s*[:：]?
      | [^\n]{{0,80}}<[^\s<>@]+@[^\s<>@]+>[^\n]{{0,60}}(?:写道|寫道|wrote|写于|寫於)\s*[:：]?
    )$ | [ \t>*]*+(?:原始?|历史|歷史){_MAIL}[ \t]*[:：]
    | (?P<headers>{_HEADER}(?:\n(?:{_RULE_OF_A_TABLE}\n)?{_HEADER})*+)$)""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_BEGINS: Final = re.compile(rf"^[ \t>*|｜]*(?:{_BEGINS_A_MAIL})[ \t]*\**[ \t]*[:：|｜]", re.IGNORECASE)
_IS_OF_A_MAIL: Final = re.compile(rf"^[ \t>*|｜]*(?:{_OF_A_MAIL})[ \t]*\**[ \t]*[:：|｜]", re.IGNORECASE | re.MULTILINE)
_BEHIND_AN_EMPTY_LINE: Final = re.compile(r"\n[ \t]*\n\Z")
_EMPTY_LINE_LENGTH_MAX: Final = 40
"""Characters before a header that are looked at for an empty line."""
_SIGNATURE: Final = re.compile(
    r"""^[ \t>*]*+(?:
        [发發寄](?:送)?自我的[ \t]*(?:[a-z0-9+.()-][a-z0-9+.() -]*|[^\n,，。!！?？;；]{0,30})
      | [从從]我的[^\n,，。!！?？;；]{1,30}(?:发送|發送|傳送|寄出)
      | sent[ ]from[ ]my\b[^\n.,!?;，。！？；]{0,40}
    )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_QUOTED_LINE: Final = re.compile(r"^[ \t]*[>＞|].*$", re.MULTILINE)
_REPOST: Final = re.compile(
    r"(?://|／／)\s*[@＠].*|(?:^|[,，。!！])\s*(?:转发(?:微博|一下)?|轉發(?:微博)?|转帖|轉貼|转载|轉載|repost(?:ed|ing)?|rt)\s*[:：].*",
    re.DOTALL | re.IGNORECASE,
)
_ADDRESSED: Final = re.compile(
    r"""(?:回复|回覆|reply\ to)\s*[@＠][^:：\s]{1,40}\s*[:：]
      | [@＠](?:
            [^\s:：,，。@/]{0,20}?(?:客服|官方|官微|售后|售後|旗舰店|旗艦店|专卖店|服务中心|小[\u4e00-\u9fff])+
          | [^\s:：,，。@/]{1,20}?(?=怎[么麼]|为什么|為什麼|为何|什么时候|何时|到底|究竟|你们|你們|请|請|麻烦|能不能)
          | [^\s:：,，。@/]{1,30}
        )[:：]?""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKS: Final = (("「", "」"), ("『", "』"), ("“", "”"), ("《", "》"), ("«", "»"), ("〝", "〞"))
_QUOTATION: Final = re.compile(
    "|".join(f"{begin}[^{begin}{end}]{{0,{QUOTATION_LENGTH_MAX}}}{end}" for begin, end in _MARKS)
    + rf'|"[^"\n]{{2,{QUOTATION_LENGTH_MAX}}}"|＂[^＂\n]{{2,{QUOTATION_LENGTH_MAX}}}＂'
)
_OWN_QUESTION: Final = re.compile(
    r"(?:我(?:就|只|还|再)?(?:想)?(?:问|說|说)(?:一下|一句|你们|你們)?|i (?:just )?(?:ask|say))\s*[:：,，]?\s*$"
)
_SIGNS_OF_QUOTING: Final = re.compile(
    r"[「『“《«〝\"＂>＞|｜@＠:：]|[-—–─━=_]{2}|wrote|写道|寫道|写于|寫於|my|我的|forwarded", re.IGNORECASE
)
_OWN_PART_MIN: Final = 4
"""Where less than so many characters stand outside of the quotation marks, the whole is the writer's own."""


def own_words(text: str) -> str:
    """The part of `text` that its writer says now; all of it where everything stands in quotation marks."""
    if _SIGNS_OF_QUOTING.search(text) is None:
        return text
    own = _without_mails(_SIGNATURE.sub("", text.replace("\r\n", "\n")))
    own = _QUOTED_LINE.sub("", own)
    own = _REPOST.sub("", own)
    own = _without_mentions(own)
    without = _QUOTATION.sub(_hidden, own)
    return own if len(re.sub(rf"[\W{HIDDEN}]", "", without)) < _OWN_PART_MIN else without


def _without_mails(text: str) -> str:
    """What stands above a mail; where nothing does, only its head is left out, for the writer stands below it."""
    begin = 0
    for head in _MAIL_BELOW.finditer(text):
        if head["headers"] is not None and not _are_headers(head):
            continue
        above = text[begin : head.start()]
        if _is_anything(_QUOTED_LINE.sub("", above)):
            return above
        begin = head.end()
    return text[begin:]


def _are_headers(head: re.Match[str]) -> bool:
    """Whether such lines are a mail's headers, and no clauses of the writer's own (时间：今天下午)."""
    before = head.string[max(0, head.start() - _EMPTY_LINE_LENGTH_MAX) : head.start()]
    stands_apart = _BEHIND_AN_EMPTY_LINE.search(before) is not None
    if "\n" in head["headers"]:
        return stands_apart or _IS_OF_A_MAIL.search(head["headers"]) is not None
    return stands_apart and _BEGINS.search(head["headers"]) is not None


def _without_mentions(own: str) -> str:
    """Without the names of those who are addressed; a name that is all there is holds what was said to it."""
    without = _ADDRESSED.sub(HIDDEN, own)
    return without if _is_anything(without) else own


def _is_anything(text: str) -> bool:
    return re.search(r"\w", text) is not None


def _hidden(quotation: re.Match[str]) -> str:
    """What is put in place of a quotation: itself, where the writer quotes a question of their own."""
    before = quotation.string[max(0, quotation.start() - LOOK_BACK) : quotation.start()]
    return quotation[0] if _OWN_QUESTION.search(before) else HIDDEN
