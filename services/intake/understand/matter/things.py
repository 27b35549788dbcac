"""Which one of several a text speaks of, and which single thing it says is broken or missing."""

import re
from collections.abc import Iterable
from typing import Final

from services.intake.understand.matter.likeness import content_of

_NUMBERED: Final = re.compile(
    r"(?<![\d月一二三四五六七八九十])(?:(?P<product>\d{1,3}|[一二三四五六七八九十]{1,3})号的? "
    r"|(?P<shop>\d{1,3}|[一二三四五六七八九十]{1,3})号(?:门店|店)|(?P<floor>\d{1,2}|[一二三四五六七八九十]{1,2})楼)"
)
_SIZED: Final = re.compile(
    r"(?<![\d.])(?P<measure>\d{1,4}(?:\.\d{1,2})?) ?"
    r"(?P<unit>寸|匹|室|栋|幢|单元|号楼|号房|人座|人份|门(?!店|铃)|抽|米(?=的|床|长|宽|款|x|\*)|升(?!级|降)|[档挡路键格排]|kg|公斤|-?inch)"
)
_ORDERED: Final = re.compile(
    r"(?:订单|单号|尾号|\border\b)(?:号码?|尾号|编号| ?number\b| ?no\.?)?[ :#是为]{0,3}"
    r"(?P<order>(?<=尾号)\d{2,7}|(?:[a-z]{1,4}-?)?\d{4,7})(?![\d-])"
)
"""An order number shorter than those that are found anywhere, after the word for it."""
_BOUGHT: Final = re.compile(
    r"(?<!\d)(?P<month>\d{1,2}|十?[一二三四五六七八九十])月(?:份|初|中|底|\d{1,2}[号日])?"
    r"[^,。;!?\d]{0,5}(?:买|购|订|下单|入手|装的)"
)
_NTH: Final = re.compile(r"第(?P<nth>[一二三四五六七八九十\d]{1,2})(?:层|格|排|节|扇|组|个 |个(?=抽屉|门|轮|孔|灯|插))")
_LEAVES: Final = re.compile(r"(?P<leaves>[单双对两三四五六十\d])(?:开门|门(?= )|人位)")
_DIGIT: Final = re.compile(r"\d|[一二三四五六七八九十]月|第|[开人门]")
_IS_BROKEN: Final = re.compile(r"[坏灵障题]|不行了|broken|defective|faulty|dead")
_BROKEN: Final = re.compile(
    r"([\u4e00-\u9fff]{1,4})(?:坏|失灵|不灵|不行了|有问题|出问题|故障)"
    r"|([a-z]{4,}) (?:(?:is|are|was|got|seems) )?(?:broken|defective|faulty|dead)"
)
_IS_MISSING: Final = re.compile(r"[少缺]|missing")
_MISSING: Final = re.compile(
    r"[少缺](?!货|口|角)(?:[了发送寄给装件])*(?:[一两二三四五六七八九几\d]{1,2}[个块根包袋件把条只颗张套片支盒]?)?"
    r"([\u4e00-\u9fff]{1,4})"
    r"|\bmissing (?:an? |the |one |two |some |my )?([a-z]{4,})|([a-z]{4,}) (?:is|are|was|were) missing"
)
_NO_THING: Final = frozenset("质量产品机器配件零东西数整全使功电完部突然直么经真居竟动声该总己把好像") | frozenset(
    {"machine", "thing", "item", "arrived", "already", "unit", "appliance", "still", "completely", "totally"}
)
"""What says of no single thing that it is broken, or missing."""


def which_in(folded: str, rest: str) -> dict[str, str]:
    """Which one by its number (二号柜子), that of the shop or the order, its size, or its month of purchase.

    A number before a product is looked for in `rest`, where the product's name is blank; a day (3号买的) is none.
    """
    numbered = {found.lastgroup: found[found.lastgroup] for found in _NUMBERED.finditer(rest) if found.lastgroup}
    return numbered | _labelled(folded, rest) if _DIGIT.search(folded) is not None else numbered


def _labelled(folded: str, rest: str) -> dict[str, str]:
    """Of two sizes in one unit, of two orders or months neither says which."""
    found: dict[str, set[str]] = {}
    for size in _SIZED.finditer(folded):
        found.setdefault(size["unit"], set()).add(size["measure"])
    for kind, form in (("order", _ORDERED), ("month", _BOUGHT)):
        found[kind] = {number[kind] for number in form.finditer(folded)}
    for kind, form in (("nth", _NTH), ("leaves", _LEAVES)):
        found[kind] = {number[kind] for number in form.finditer(rest)}
    return {kind: min(numbers) for kind, numbers in found.items() if len(numbers) == 1}


def broken_in(rest: str) -> frozenset[str]:
    """The characters or the word of what is said to be broken, where it is a single thing (里面的灯坏了)."""
    return _things(rest, _BROKEN.finditer(rest)) if _IS_BROKEN.search(rest) is not None else frozenset()


def missing_in(rest: str) -> frozenset[str]:
    """The characters or the words of what is said to be missing, beside a product."""
    return _things(rest, _MISSING.finditer(rest)) if _IS_MISSING.search(rest) is not None else frozenset()


def _things(rest: str, found: Iterable[re.Match[str]]) -> frozenset[str]:
    words: set[str] = set()
    for thing in found:
        word = thing[thing.lastindex or 0]
        words.update({word} if word.isascii() else word)
    return (content_of(rest) & words) - _NO_THING
