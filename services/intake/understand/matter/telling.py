"""One text, taken apart into what it is about."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from services.intake.understand.cantonese import in_standard_words
from services.intake.understand.matter.concepts import CODE, CONTEXT, FAULTS, Concept, concepts_in, tells_of
from services.intake.understand.matter.likeness import content_of
from services.intake.understand.matter.products import Product, products_in
from services.intake.understand.numbers import find_numbers
from services.intake.understand.phones.forms import plain
from services.intake.understand.quoted import own_words
from services.intake.understand.rules import features_of, load
from shared.folding import fold
from shared.folding.words import shingles

EMPTY_WORDS: Final = frozenset({"a", "an", "and", "are", "has", "have", "i", "in", "is", "it", "my", "of", "on", "the"})
"""What stands in every English sentence makes none alike."""
_NUMBERED: Final = re.compile(
    r"(?<![\d月一二三四五六七八九十])(?:(?P<product>\d{1,3}|[一二三四五六七八九十]{1,3})号的? "
    r"|(?P<shop>\d{1,3}|[一二三四五六七八九十]{1,3})号(?:门店|店)|(?P<floor>\d{1,2}|[一二三四五六七八九十]{1,2})楼)"
)
_LABELLED: Final = re.compile(
    r"(?:(?:订单|单号|\border\b)(?:号码?|编号| ?number\b| ?no\.?)?[ :#是为]{0,3}(?P<order>(?:[a-z]{1,4}-?)?\d{4,7})(?![\d-])"
    r"|(?<![\d.])(?P<measure>\d{1,3}(?:\.\d{1,2})?) ?(?P<unit>寸|匹|人座|人份|门(?!店|铃)|抽|米(?=的|床|长|宽|款|x|\*)|升(?!级|降)|kg|公斤|-?inch)"
    r"|(?<!\d)(?P<month>\d{1,2}|十?[一二三四五六七八九十])月(?:份|初|中|底|\d{1,2}[号日])?[^,。;!?\d]{0,5}(?:买|购|订|下单|入手|装的))"
)
"""A short number after the word for an order, a size that a product has from the start, the month in which it was bought."""
_DIGIT: Final = re.compile(r"\d|[一二三四五六七八九十]月")
_BROKEN: Final = re.compile(
    r"([\u4e00-\u9fff]{1,4})(?:坏|失灵|不灵|不行了|有问题|出问题|故障)|([a-z]{4,}) (?:(?:is|are|was|got|seems) )?(?:broken|defective|faulty|dead)"
)
_NO_THING: Final = frozenset("质量产品机器整全使功电完部突然直么经真居竟动声该总己把好像") | frozenset(
    {"machine", "thing", "item", "arrived", "already", "unit", "appliance", "still", "completely", "totally"}
)
"""What says of no single thing that it is broken."""
TEXT_LENGTH_MAX: Final = 4_000
"""Characters that are compared: what a text is about stands early."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one text is about."""

    folded: str
    shingles: frozenset[str]
    content: frozenset[str]
    """What is said beside the names of products: characters that carry meaning, and words of other scripts."""
    products: dict[str, Product]
    faults: dict[str, Concept]
    context: dict[str, Concept]
    codes: frozenset[str]
    numbers: dict[str, frozenset[str]]
    """Ticket, order and product numbers, by kind."""
    which: dict[str, str]
    """Which one of several, by its number (二号柜子), that of the shop, its size, or the month in which it was bought."""
    broken: frozenset[str]
    """What is said to be broken, where it is said of a single thing (里面的灯坏了)."""

    def of_kind(self, *kinds: str) -> dict[str, Concept]:
        """The faults and matters of these kinds."""
        return {name: concept for name, concept in self.faults.items() if concept.kind in kinds}

    def context_of(self, kind: str) -> dict[str, Concept]:
        """The words around it of one kind: rooms, parts, later events."""
        return {name: concept for name, concept in self.context.items() if concept.kind == kind}


def telling_of(text: str) -> Telling:
    """Take a text apart. Total."""
    own = own_words(text)[:TEXT_LENGTH_MAX]
    folded = in_standard_words(fold(own)).replace("’", "'")
    features = features_of(folded)
    named = products_in(folded)
    numbers: dict[str, set[str]] = {"ticket": set(), "order": set(), "product": set()}
    for number in find_numbers(plain(own)):
        numbers[number.kind].add(number.written)
    return Telling(
        folded=folded,
        shingles=shingles(folded) - EMPTY_WORDS,
        content=content_of(named.rest),
        products=named.products,
        faults=concepts_in(folded, features, FAULTS),
        context=concepts_in(folded, features, CONTEXT),
        codes=frozenset(CODE.findall(folded)),
        numbers={kind: frozenset(found) for kind, found in numbers.items()},
        which=_which(named.rest) | _labelled(folded),
        broken=_broken(named.rest),
    )


def _which(rest: str) -> dict[str, str]:
    """The number before a product, whose name is blank in `rest`, and that of a shop; a day (3号买的) is neither."""
    return {found.lastgroup: found[found.lastgroup] for found in _NUMBERED.finditer(rest) if found.lastgroup}


def _labelled(folded: str) -> dict[str, str]:
    """A size by its unit, a short order number, a month of purchase; of two sizes in one unit neither says which."""
    if _DIGIT.search(folded) is None:
        return {}
    found: dict[str, set[str]] = {}
    for number in _LABELLED.finditer(folded):
        kind = number["unit"] or ("order" if number["order"] else "month")
        found.setdefault(kind, set()).add(number["measure"] or number["order"] or number["month"])
    return {kind: min(numbers) for kind, numbers in found.items() if len(numbers) == 1}


def _broken(rest: str) -> frozenset[str]:
    """The characters or the word of what is said to be broken."""
    words = ({*(found[1] or ""), found[2] or ""} for found in _BROKEN.finditer(rest))
    return (frozenset().union(*words) & content_of(rest)) - _NO_THING


def names_a_matter(folded: str) -> bool:
    """Whether a folded text names a product, or says what is wrong."""
    return bool(products_in(folded).products) or _names_a_fault(folded)


def may_be_slow(folded: str) -> bool:
    """Whether a folded text names a machine, or a fault and no product: of furniture and dishes nobody says that."""
    products = products_in(folded).products.values()
    if products:
        return any(product.kinds.isdisjoint(_without_drive()) for product in products)
    return _names_a_fault(folded)


def _names_a_fault(folded: str) -> bool:
    return tells_of("fault", folded, features_of(folded), FAULTS)


@cache
def _without_drive() -> frozenset[str]:
    """Kinds of products that do nothing by themselves."""
    return frozenset(load(CONTEXT)["without_drive"])
