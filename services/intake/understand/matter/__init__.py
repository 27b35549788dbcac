"""Near-equality of two texts of one customer: the same matter told again, or another one.

First what makes them two matters (`differences.py`: another order, product, fault, a later event, the opposite …), each
a rule with a name; then what speaks for one: the same number, product and fault words (`products.tsv`, `faults.yaml`),
and for what was copied, shortened or mistyped the letters themselves (`likeness.py`, `replaced.py`). The weights are
chosen by figures (decision record 0019).
"""

from dataclasses import dataclass
from typing import Final

from services.intake.understand.matter.differences import (
    Reason,
    are_known_others,
    first_difference,
    near_faults,
    shared_faults,
)
from services.intake.understand.matter.likeness import (
    ALIKE_FROM,
    SAME_WORDS_FROM,
    is_a_polite_copy,
    likeness,
    sounds_alike,
)
from services.intake.understand.matter.products import is_compatible
from services.intake.understand.matter.replaced import has_replaced_words, replaced_word
from services.intake.understand.matter.telling import Telling, telling_of

SAME_FROM: Final = 0.6
DIFFERENT_SCORE_MAX: Final = 0.3
"""What is another matter by a rule scores no more, however alike the letters are."""

WEIGHTS: Final = {
    "pair.same_ticket": 0.8,
    "pair.same_order": 0.45,
    "pair.same_product": 0.4,
    "pair.wider_product": 0.3,
    "pair.same_fault": 0.45,
    "pair.near_fault": 0.3,
    "pair.fault_unnamed": 0.2,
    "pair.asks_about_it": 0.25,
    "pair.shared_words": 0.2,
    "pair.product_unnamed": 0.15,
    "pair.alike": 0.75,
    "pair.sounds_alike": 1.0,
}
"""What each rule adds to the score; `pair.alike` times the square of the likeness."""
SHARED_WORDS_FROM: Final = 0.3
"""The share of the shorter text's words from which on it counts that both use them: in long texts some always meet."""
SAME_THING: Final = frozenset({"pair.same_ticket", "pair.same_order", "pair.same_product", "pair.wider_product"})
"""By these both speak of one thing, in whatever words."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two texts tell of one matter; `score` from 0 to 1, `same` from `SAME_FROM` on."""

    same: bool
    score: float
    rules: tuple[str, ...]
    zh: str
    en: str


def compare(one: str, other: str) -> Comparison:
    """Compare two texts of one customer, in any order. Total."""
    ours, theirs = telling_of(one), telling_of(other)
    if sounds_alike(ours.folded, theirs.folded) and not are_known_others(ours, theirs):
        return _verdict([Reason("pair.sounds_alike", "读音相同", "they sound the same")], 1.0)
    alike = likeness(ours.shingles, theirs.shingles)
    reasons = list(_for_one_matter(ours, theirs))
    score = min(1.0, sum(WEIGHTS[reason.rule] for reason in reasons if reason.rule != "pair.alike"))
    difference = first_difference(ours, theirs)
    if difference is not None and is_a_polite_copy(ours.folded, theirs.folded):
        difference = None
    if difference is None and alike >= ALIKE_FROM:
        is_known = score >= SAME_FROM and (alike < SAME_WORDS_FROM or SAME_THING & {reason.rule for reason in reasons})
        if _has_other_word(ours, theirs, is_known=bool(is_known)):
            difference = Reason("pair.other_words", "关键词被换成了别的词", "a word was replaced by another")
        else:
            score = min(1.0, score + WEIGHTS["pair.alike"] * alike * alike)
            reasons.append(Reason("pair.alike", f"文字相近（{alike:.0%}）", f"alike in letters ({alike:.0%})"))
    if difference is not None:
        score = min(score, DIFFERENT_SCORE_MAX)
        return Comparison(
            same=False, score=round(score, 2), rules=(difference.rule,), zh=difference.zh, en=difference.en
        )
    return _verdict(reasons, round(score, 2))


def _has_other_word(one: Telling, other: Telling, *, is_known: bool) -> bool:
    """Whether a word stands where the other text has another one; where product and fault are one, only that word."""
    words = replaced_word(one.folded, other.folded)
    if words is not None and not _mean_the_same(*map(telling_of, words)):
        return True
    return not is_known and has_replaced_words(one.folded, other.folded)


def _mean_the_same(one: Telling, other: Telling) -> bool:
    """Whether two words are a product, a fault or a part in two ways to say it."""
    return bool(_by_product(one, other) or one.faults.keys() & other.faults.keys() or near_faults(one, other))


def _verdict(reasons: list[Reason], score: float) -> Comparison:
    zh = "；".join(reason.zh for reason in reasons) or "没有共同点"
    en = "; ".join(reason.en for reason in reasons) or "nothing in common"
    return Comparison(score >= SAME_FROM, score, tuple(reason.rule for reason in reasons), zh, en)


def _for_one_matter(one: Telling, other: Telling) -> list[Reason]:
    """Every rule that speaks for one matter."""
    found = [*_by_number(one, other), *_by_product(one, other), *_by_fault(one, other)]
    if (one.context_of("asks") or other.context_of("asks")) and found and _is_open_side(one, other):
        found.append(Reason("pair.asks_about_it", "一方在追问或补充", "one asks about it or adds to it"))
    elif found and not one.of_kind("aside") and not other.of_kind("aside"):
        found += _by_words(one, other)
    return found


def _by_words(one: Telling, other: Telling) -> list[Reason]:
    """Words that both use beside the product's name."""
    shared = sorted(one.content & other.content)
    if not shared or len(shared) < SHARED_WORDS_FROM * min(len(one.content), len(other.content)):
        return []
    words = "、".join(shared[:3])
    return [Reason("pair.shared_words", f"都说到：{words}", f"both say: {words}")]


def _is_open_side(one: Telling, other: Telling) -> bool:
    """Whether one of the two names no fault of its own."""
    return not one.of_kind("fault", "aside") or not other.of_kind("fault", "aside")


def _by_number(one: Telling, other: Telling) -> list[Reason]:
    found = []
    tickets, orders = one.numbers["ticket"] & other.numbers["ticket"], _shared_orders(one, other)
    if tickets:
        ticket = min(tickets)
        found.append(Reason("pair.same_ticket", f"同一工单：{ticket}", f"the same ticket: {ticket}"))
    if orders:
        order = min(orders)
        found.append(Reason("pair.same_order", f"同一订单：{order}", f"the same order: {order}"))
    return found


def _shared_orders(one: Telling, other: Telling) -> set[str]:
    """The orders that both name, one of them perhaps without the word for an order."""
    ours, theirs = ({*side.numbers["order"], side.which.get("order", "").upper()} for side in (one, other))
    return (ours & (theirs | other.codes_said) | theirs & one.codes_said) - {""}


def _by_product(one: Telling, other: Telling) -> list[Reason]:
    shared = one.products.keys() & other.products.keys()
    if shared:
        product = one.products[min(shared)]
        return [Reason("pair.same_product", f"同一商品：{product.zh}", f"the same product: {product.en}")]
    for ours in one.products.values():
        for theirs in other.products.values():
            if is_compatible(ours, theirs):
                zh, en = f"商品相符：{ours.zh} / {theirs.zh}", f"products that fit: {ours.en} / {theirs.en}"
                return [Reason("pair.wider_product", zh, en)]
    if not (one.products and other.products) and shared_faults(one, other):
        return [Reason("pair.product_unnamed", "不是双方都说了商品", "not both name a product")]
    return []


def _by_fault(one: Telling, other: Telling) -> list[Reason]:
    shared = shared_faults(one, other)
    if shared:
        fault = next(iter(shared.values()))
        return [Reason("pair.same_fault", f"同一问题：{fault.zh}", f"the same problem: {fault.en}")]
    if near_faults(one, other):
        return [Reason("pair.near_fault", "问题相近", "problems that are near")]
    both_complain = all(side.of_kind("fault", "generic", "remedy") for side in (one, other))
    is_part_shared = one.context_of("part").keys() == other.context_of("part").keys()
    is_less_said = _says_less(one, other) or _says_less(other, one)
    is_unnamed = both_complain and is_part_shared and is_less_said
    return (
        [Reason("pair.fault_unnamed", "一方没有说是什么问题", "one does not say which problem")] if is_unnamed else []
    )


def _says_less(one: Telling, other: Telling) -> bool:
    """Whether one only says that it is broken or must go back, and of no single thing that the other does not know."""
    is_of_another_thing = one.broken and one.broken.isdisjoint(other.content)
    return bool(one.of_kind("generic", "remedy")) and not is_of_another_thing
