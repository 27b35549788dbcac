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
    r"(?:(?<![递流])订单|(?:(?<![\u4e00-\u9fff])|(?<=[的是为我个这那该此下询问查看供补实对有给发报核]))单号|尾号|\border\b)"
    r"(?:号码?|尾号|编号| ?number\b| ?no\.?)?[ :#是为]{0,3}"
    r"(?P<order>(?<=尾号)\d{2,7}|(?:[a-z]{1,4}-?)?\d{4,7})(?![\d-])"
)
"""An order number shorter than those that are found anywhere, after the word for it."""
_CONTRACT: Final = re.compile(
    r"(?:合同|(?:团购|维修|报修|安装|送货|提货|退货|换货|采购)单)(?:编?号)?[ :#是为]{0,2}"
    r"(?P<contract>[a-z]{0,4}-?\d[\d-]{2,15})(?![\d-])"
)
"""The number of a contract, or of a note for some work."""
_NOTE: Final = re.compile(r"编号(?P<note>\d{3,12})的")
_DEAL: Final = re.compile(
    r"(?<![a-z\d-])(?P<deal>[a-z]{1,3}-?\d{5,16})号?(?:这|那)?[个张笔]?(?:订单|单子|单(?![号人独门手双层个色元]))"
)
"""An order's number before the word for it."""
_BOUGHT: Final = re.compile(
    r"(?<!\d)(?P<month>\d{1,2}|十?[一二三四五六七八九十])月(?:份|初|中|底|\d{1,2}[号日])?"
    r"(?:[^,。;!?\d]{0,5}(?:买|购|订|下单|入手|装的)|那[张个台次批单笔]|的(?:发票|订单|单子|账单|会员费))"
)
_NTH: Final = re.compile(r"第(?P<nth>[一二三四五六七八九十\d]{1,2})(?:层|格|排|节|扇|组|个 |个(?=抽屉|门|轮|孔|灯|插))")
_LEAVES: Final = re.compile(r"(?P<leaves>[单双对两三四五六十\d])(?:开门|门(?= )|人位)")
_DAY: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})[号日](?:买|购|订|下单|送来|送到|收到|到货)")
_BRANCH: Final = re.compile(
    r"(?P<branch>(?!你们|我们|这家|那家|楼下|门口|什么|哪个|哪家|旗舰|专卖|直营|实体|官方|网上|线下|本地|附近|一个|两个|几家|每家|别的|其他|其它)"
    r"[\u4e00-\u9fff]{2})(?:路|街|桥|广场|中心|城|巷)?(?<![网门酒商书分总药饭本贵该到进在来去开您的])店(?!员|里|家|铺|长|内|名|门)"
)
_YEAR: Final = re.compile(r"(?<!\d)(?:20)?(?P<year>[0-3]\d)年[^,。;!?\d]{0,6}(?:买|购|订|下单|入手|装的)")
_KINDS: Final = (
    ("order", _ORDERED),
    ("contract", _CONTRACT),
    ("note", _NOTE),
    ("deal", _DEAL),
    ("month", _BOUGHT),
    ("year", _YEAR),
    ("day", _DAY),
    ("branch", _BRANCH),
)
"""What each form tells, by the name of its group."""
_FIGURE: Final = re.compile(
    r"(?<![\d.a-z:、-])\d{1,6}(?:\.\d{1,2})?"
    r"(?![\d:、-]|\.\d| ?(?:[多几]?[天日号月年周分点次遍回成%楼岁室栋幢]|个?多?(?:月|星期|礼拜|小时|工作日|半)"
    r"|[个通条]?(?:电话|短信|消息|微信|信息)"
    r"|hours?|days?|weeks?|months?|years?|times|minutes?|am\b|pm\b))"
    r"|(?<![a-z0-9])(?:[a-z]{1,4}-?|\d{3,6}-)\d{3,14}(?:-\d{2,8})?(?![a-z0-9-])"
    r"|(?<!\d)\d{1,2}月\d{1,2}(?=[号日])"
    r"|(?<![第十百几])[二两三四五六七八九十]{1,3}"
    r"(?=[个块根包件把条只颗张套片支盒盏台双床对箱桶瓶袋](?!小时|月|星期|礼拜|工作日|多|电话|短信|消息))"
)
_OF_OTHERS: Final = re.compile(r"(?:快递|物流|[运流]|流水|保修|电话|手机|尾号)[单水]?号?码?[:是为 ]{0,2}[a-z]{0,4}\d+")
"""The number of a parcel, a telephone, or a card."""
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ONES: Final = {"两": 2} | {sign: at for at, sign in enumerate("一二三四五六七八九", start=1)}
_DIGIT: Final = re.compile(r"\d|[一二三四五六七八九十]月|第|[开人门店]")
_IS_BROKEN: Final = re.compile(r"[坏灵障题]|不行了|broken|defective|faulty|dead")
_BROKEN: Final = re.compile(
    r"([\u4e00-\u9fff]{1,4})(?:坏|失灵|不灵|不行了|有问题|出问题|故障)"
    r"|\b([a-z]{4,}) (?:(?:is|are|was|got|seems) )?(?:broken|defective|faulty|dead)"
)
_IS_MISSING: Final = re.compile(r"[少缺漏没]|missing")
_MISSING: Final = re.compile(
    r"(?:[少缺漏](?!货|口|角|水|电|气)|没有?(?![接通到来联回见人收听法办用反动发声任])(?:配|给|送|放|装)?)(?:[了发送寄给装件])*"
    r"(?:[一两二三四五六七八九几\d]{1,2}[个块根包袋件把条只颗张套片支盒]?)?"
    r"([\u4e00-\u9fff]{1,4})"
    r"|\bmissing (?:an? |the |one |two |some |my )?([a-z]{4,})|\b([a-z]{4,}) (?:is|are|was|were) missing"
)
_NO_THING: Final = frozenset("质量产品机器配件零东西数整全使功电完部突然直么经真居竟动声该总己把好像") | frozenset(
    {"machine", "thing", "item", "arrived", "already", "unit", "appliance", "still", "completely", "totally"}
)
"""What says of no single thing that it is broken, or missing."""


def which_in(folded: str, rest: str) -> dict[str, str]:
    """Which one by its number (二号柜子), that of the order, its size, its shop, or when it was bought; in digits.

    A number before a product is looked for in `rest`, where the product's name is blank.
    """
    numbered = {
        found.lastgroup: _in_digits(found[found.lastgroup]) for found in _NUMBERED.finditer(rest) if found.lastgroup
    }
    return numbered | _labelled(folded, rest) if _DIGIT.search(folded) is not None else numbered


def _labelled(folded: str, rest: str) -> dict[str, str]:
    """Of two sizes in one unit, of two orders or months neither says which."""
    found: dict[str, set[str]] = {}
    for size in _SIZED.finditer(folded):
        found.setdefault(size["unit"], set()).add(size["measure"])
    for kind, form in _KINDS:
        found[kind] = {number[kind] for number in form.finditer(folded)}
    for kind, form in (("nth", _NTH), ("leaves", _LEAVES)):
        found[kind] = {number[kind] for number in form.finditer(rest)}
    return {kind: _in_digits(min(numbers)) for kind, numbers in found.items() if len(numbers) == 1}


def figures_in(folded: str) -> frozenset[str]:
    """The amounts, counts, days and codes that a text says, in digits; not how long or how often, for that grows."""
    return frozenset(map(_in_digits, _FIGURE.findall(_THOUSANDS.sub("", _OF_OTHERS.sub(" ", folded)))))


def _in_digits(written: str) -> str:
    """十二 as 12, 199.90 as 199.9; anything else as it is."""
    if written.isascii():
        return written.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", written) else written
    tens, ten, ones = written.partition("十")
    if not ten:
        return str(_ONES.get(written, written))
    is_number = all(part in _ONES for part in (tens, ones) if part)
    return str(_ONES.get(tens, 1) * 10 + _ONES.get(ones, 0)) if is_number else written


def broken_in(rest: str) -> frozenset[str]:
    """The characters or the word of what is said to be broken, where it is a single thing (里面的灯坏了)."""
    return _things(rest, _BROKEN.finditer(rest)) if _IS_BROKEN.search(rest) is not None else frozenset()


def missing_in(folded: str) -> frozenset[str]:
    """The characters or the words of what is said to be missing: a part, or a product."""
    return _things(folded, _MISSING.finditer(folded)) if _IS_MISSING.search(folded) is not None else frozenset()


def _things(rest: str, found: Iterable[re.Match[str]]) -> frozenset[str]:
    words: set[str] = set()
    for thing in found:
        word = thing[thing.lastindex or 0]
        words.update({word} if word.isascii() else word)
    return (content_of(rest) & words) - _NO_THING
