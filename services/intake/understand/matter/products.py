"""Which products a text names: the words of `products.tsv`, the longest first, and what else sounds like a machine."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import ahocorasick

from services.intake.understand.matter.concepts import CONTEXT
from services.intake.understand.rules import load
from shared.folding import fold

PRODUCTS: Final = Path(__file__).with_name("products.tsv")
NO_PRODUCT: Final = "-"
"""Words that hold the name of a product and are none: 指示灯, 转盘."""

_PLURALS: Final = ("", "s", "es")
_UNKNOWN: Final = re.compile(r"[\u4e00-\u9fff]{2}[机器仪锁柜椅灯锅壶秤炉]")
_NOT_UNKNOWN: Final = re.compile(
    "[粘糊的了个一二两三几这那在把我你他她它们是有不没请换修买装用台只和与张盏来去到上下里外前后左右顶厅房室卫厨楼阳色好坏新旧]"
)
_COMPOUND: Final = re.compile(r"[\u4e00-\u9fff]{2}$")
COMPOUND_LENGTH_MAX: Final = 2
CONTENTS: Final = "contents"
"""The kind of what is washed, cooked or kept in another product (牛奶, 毛衣)."""


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of product; `kinds` are the wider ones that it belongs to, itself included."""

    name: str
    zh: str
    en: str
    kinds: frozenset[str]


def is_compatible(one: Product, other: Product) -> bool:
    """Whether both may be the same thing: the same kind, or one is a word for a wider kind."""
    return one.name in other.kinds or other.name in one.kinds


def are_rivals(ones: Collection[Product], others: Collection[Product]) -> bool:
    """Whether both sides name products of the list, and not one of them only what the other's is for, or holds."""
    known = _known()
    in_others = {all(CONTENTS in product.kinds for product in side) for side in (ones, others)}
    if any(_works_on(one, other) or _works_on(other, one) for one in ones for other in others):
        return False
    return len(in_others) == 1 and all(any(product.name in known for product in side) for side in (ones, others))


def _works_on(one: Product, other: Product) -> bool:
    found: Mapping[str, Sequence[str]] = load(CONTEXT)["works_on"]
    return any(kind in other.kinds for name in one.kinds for kind in found.get(name, ()))


@dataclass(frozen=True, slots=True)
class Named:
    """The products of a text by name, and the text without their names."""

    products: dict[str, Product]
    rest: str


def products_in(folded: str) -> Named:
    """The products that a folded text names."""
    known = _known()
    claimed: dict[tuple[int, int], Product | None] = {}
    is_claimed = bytearray(len(folded))
    for start, end, name in _longest_first(folded):
        if is_claimed.find(1, start, end) < 0:
            is_claimed[start:end] = b"\1" * (end - start)
            claimed[start, end] = None if name == NO_PRODUCT else _compound(folded, start, end, known[name])
    products = _counted(folded, claimed, is_claimed)
    rest = list(folded)
    for (start, end), product in claimed.items():
        if product is None or product.name in products:
            rest[start:end] = " " * (end - start)
    return Named(products, "".join(rest))


def _counted(
    folded: str, claimed: Mapping[tuple[int, int], Product | None], is_claimed: bytearray
) -> dict[str, Product]:
    """The products of which a text speaks; what is inside of another one only where no other is named."""
    found = {product.name: product for product in claimed.values() if product is not None}
    wider = set().union(*(product.kinds - {product.name} for product in found.values()))
    found = {name: product for name, product in found.items() if name not in wider}
    others = {name: product for name, product in found.items() if CONTENTS not in product.kinds}
    return others or _unknown(folded, is_claimed) or found


def _compound(folded: str, start: int, end: int, product: Product) -> Product:
    """A product that the list has not, named by a wider word with what it is for before it: 餐边柜, 电火锅."""
    before = _COMPOUND.search(folded, max(0, start - COMPOUND_LENGTH_MAX), start)
    if end - start > 1 or before is None or _NOT_UNKNOWN.search(before[0]) is not None:
        return product
    name = f"{before[0]}{folded[start:end]}"
    return Product(name, name, name, product.kinds | {name})


def _longest_first(folded: str) -> list[tuple[int, int, str]]:
    places = list(_places(folded))
    places.sort(key=lambda place: (place[0] - place[1], place[0]))
    return places


def _places(folded: str) -> Iterator[tuple[int, int, str]]:
    for last, (word, name) in _automaton().iter(folded):
        end = last + 1
        start = end - len(word)
        if not word.isascii() or _is_whole(folded, start, end):
            yield start, end, name


def _is_whole(folded: str, start: int, end: int) -> bool:
    """Whether Latin letters stand there as a word."""
    before, after = folded[start - 1 : start], folded[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _unknown(folded: str, is_claimed: bytearray) -> dict[str, Product]:
    """A product that is not in the list, by the sound of its name: 打蛋器, 绞肉机."""
    for found in _UNKNOWN.finditer(folded):
        is_free = is_claimed.find(1, *found.span()) < 0
        if is_free and _NOT_UNKNOWN.search(found[0]) is None:
            return {found[0]: Product(found[0], found[0], found[0], frozenset({found[0]}))}
    return {}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with PRODUCTS.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def _known() -> dict[str, Product]:
    wider = {row["name"]: row["kind_of"].split() for row in _rows()}

    def kinds(name: str) -> frozenset[str]:
        return frozenset({name}).union(*map(kinds, wider[name]))

    products = (Product(row["name"], row["zh"], row["english"].split(",")[0], kinds(row["name"])) for row in _rows())
    return {product.name: product for product in products}


@cache
def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for row in _rows():
        latin = [word + plural for word in filter(None, row["english"].split(",")) for plural in _PLURALS]
        for word in map(fold, [*row["words"].split(), *latin]):
            automaton.add_word(word, (word, row["name"]))
    automaton.make_automaton()
    return automaton
