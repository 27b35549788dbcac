"""What makes two tellings two matters, whatever else they share. Each difference is a rule with a name and words."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Final

from services.intake.understand.matter.concepts import Concept
from services.intake.understand.matter.likeness import ALIKE_FROM, SAME_WORDS_FROM, likeness
from services.intake.understand.matter.opposites import opposed_words
from services.intake.understand.matter.products import are_rivals, is_compatible
from services.intake.understand.matter.telling import Telling
from services.intake.understand.numbers import shape_of


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, with what it says in both languages."""

    rule: str
    zh: str
    en: str


Difference = Callable[[Telling, Telling], Reason | None]

SPECIFIC: Final = ("fault", "aside")
COURSE: Final = "course"
OTHER_PROBLEM: Final = ("问题不同", "another problem")
UNIT_KINDS: Final = (
    "room",
    "floor",
    "side",
    "colour",
    "age",
    "ordinal",
    "owner",
    "bought",
    "shop",
    "level",
    "big",
    "person",
    "festival",
)
ROOMS_OF: Final = {
    "bedroom": ("master_bedroom", "second_bedroom", "child_room", "son_room", "daughter_room", "parents_room"),
    "child_room": ("son_room", "daughter_room"),
    "bathroom": ("master_bathroom", "guest_bathroom"),
    "own_home": ("new_home", "old_home"),
}
ASKED_FOR: Final = {"missing"}
"""Faults in whose words one asks for a thing (补发)."""
WRONG: Final = "wrong"
ASKING: Final = {"howto", "buy"}
"""What one asks in general, whatever one has at home."""
PRAISE: Final = {"works", "pleased"}
"""Words of success and of praise, which complaints use too: 已经充电了一晚上, 之前很喜欢."""
ARRIVED: Final = "arrived"
WAITING: Final = {"late", "lost", "delivery"}
"""Matters in which something is still to come."""
PROPERTY_DAMAGE, DAMAGED = "property_damage", {"damaged"}
"""That work did damage: as the matter itself, and as what happened in the course of another."""
WIDER: Final = frozenset(frozenset({wider, one}) for wider, narrower in ROOMS_OF.items() for one in narrower)
"""Words of which one may be meant by the other."""


def first_difference(one: Telling, other: Telling) -> Reason | None:
    """The first rule by which the two are two matters, or None."""
    for difference in DIFFERENCES:
        reason = difference(one, other)
        if reason is not None:
            return reason
    return None


def other_ticket(one: Telling, other: Telling) -> Reason | None:
    """Two ticket numbers."""
    return _other_number(
        "pair.other_ticket_number", "工单号", "ticket number", one.numbers["ticket"], other.numbers["ticket"]
    )


def other_order(one: Telling, other: Telling) -> Reason | None:
    """Two order numbers."""
    return _other_number(
        "pair.other_order_number", "订单号", "order number", one.numbers["order"], other.numbers["order"]
    )


def other_code_said(one: Telling, other: Telling) -> Reason | None:
    """An order's number, and another one of its look without the word for it: 订单A77120, A77983的发票."""
    for ours, theirs in ((one, other), (other, one)):
        order = ours.which.get("order", "")
        if order.isdigit():  # any number of so many digits has its look
            continue
        shape = shape_of(order)
        said = frozenset(code for code in theirs.figures if shape_of(code) == shape)
        reason = _other_number("pair.other_order_number", "订单号", "order number", frozenset({order}), said)
        if reason is not None:
            return reason
    return None


def other_product_number(one: Telling, other: Telling) -> Reason | None:
    """Two product numbers."""
    ours, theirs = one.numbers["product"], other.numbers["product"]
    return _other_number("pair.other_product_number", "商品编号", "product number", ours, theirs)


def _other_number(rule: str, zh: str, en: str, ours: frozenset[str], theirs: frozenset[str]) -> Reason | None:
    if not ours or not theirs or ours & theirs:
        return None
    both = f"{min(ours)} / {min(theirs)}"
    return Reason(rule, f"{zh}不同：{both}", f"another {en}: {both}")


def are_known_others(one: Telling, other: Telling) -> bool:
    """Whether the words by which they differ are known as different things: 杯子 and 被子, 不亮 and 不凉."""
    if not _are_compatible(one, other) and are_rivals(one.products.values(), other.products.values()):
        return True
    are_both_specific = one.of_kind(*SPECIFIC) and other.of_kind(*SPECIFIC)
    return bool(are_both_specific) and not shared_faults(one, other) and not near_faults(one, other)


def closed(one: Telling, other: Telling) -> Reason | None:
    """One of them thanks for what is done, or says that it has stopped."""
    ours, theirs = one.context_of("thanks"), other.context_of("thanks")
    if shared_faults(one, other):  # of what both tell, a word of success or praise is no end
        ours, theirs = _without(PRAISE, ours), _without(PRAISE, theirs)
    if bool(ours) == bool(theirs):
        return None
    concept = next(iter((ours or theirs).values()))
    return Reason("pair.closed", f"一方说事情已了结：{concept.zh}", f"for one of them it is closed: {concept.en}")


def later_event(one: Telling, other: Telling) -> Reason | None:
    """One of them tells of something after a repair or a replacement, or that it happens again."""
    ours, theirs = _later(one), _later(other)
    if PROPERTY_DAMAGE in one.faults and PROPERTY_DAMAGE in other.faults:
        ours, theirs = _without(DAMAGED, ours), _without(DAMAGED, theirs)
    if bool(ours) == bool(theirs):
        return None
    concept = next(iter((ours or theirs).values()))
    return Reason(
        "pair.later_event", f"一方说的是之后发生的事：{concept.zh}", f"one tells of a later event: {concept.en}"
    )


def _without(names: Container[str], found: Mapping[str, Concept]) -> dict[str, Concept]:
    return {name: concept for name, concept in found.items() if name not in names}


def _later(telling: Telling) -> dict[str, Concept]:
    """The later events of which a text tells; one that only asks about a repair tells of none."""
    only_asks = telling.context_of("asks") and telling.of_kind("fault").keys() <= ASKED_FOR
    return {} if only_asks else telling.context_of("event")


def another_one(one: Telling, other: Telling) -> Reason | None:
    """One of them says that it is one more."""
    if bool(one.context_of("more")) == bool(other.context_of("more")):
        return None
    return Reason("pair.another", "一方说的是另一件", "one of them speaks of another one")


def other_product(one: Telling, other: Telling) -> Reason | None:
    """Two products, neither of which is a word for the other; if one of them may be none, only in texts much alike."""
    if not one.products or not other.products:
        return None
    if _are_compatible(one, other):
        return None
    is_sure = are_rivals(one.products.values(), other.products.values())
    if not is_sure and likeness(one.shingles, other.shingles) < ALIKE_FROM:
        return None
    mine, yours = next(iter(one.products.values())), next(iter(other.products.values()))
    zh, en = f"商品不同：{mine.zh} / {yours.zh}", f"another product: {mine.en} / {yours.en}"
    return Reason("pair.other_product", zh, en)


def _are_compatible(one: Telling, other: Telling) -> bool:
    """Whether a product of the one may be a product of the other."""
    return any(is_compatible(ours, theirs) for ours in one.products.values() for theirs in other.products.values())


def other_unit(one: Telling, other: Telling) -> Reason | None:
    """Of several alike, another: in another room, of another colour, with another number, bought elsewhere."""
    for place, ours_there in one.which.items():
        theirs_there = other.which.get(place, ours_there)
        if ours_there != theirs_there:
            both = f"{ours_there} / {theirs_there}"
            return Reason("pair.other_unit", f"不是同一个：{both}", f"another one: {both}")
    for kind in UNIT_KINDS:
        ours, theirs = one.context_of(kind), other.context_of(kind)
        if ours and theirs and not _meet(ours, theirs) and not (kind == "colour" and _name_colours(one, other)):
            return _opposed("pair.other_unit", ("不是同一个", "another one"), ours, theirs)
    return None


def _name_colours(one: Telling, other: Telling) -> bool:
    """Whether both tell of a wrong colour, so that each may name the one that was ordered or the one that came."""
    return WRONG in one.faults and WRONG in other.faults


def _meet(ours: Mapping[str, Concept], theirs: Mapping[str, Concept]) -> bool:
    if ours.keys() & theirs.keys():
        return True
    return any(frozenset({mine, yours}) in WIDER for mine in ours for yours in theirs)


def other_fault(one: Telling, other: Telling) -> Reason | None:
    """Two faults, or a fault and a matter of another kind."""
    ours, theirs = one.of_kind(*SPECIFIC), other.of_kind(*SPECIFIC)
    if not ours or not theirs:
        return _aside_against_less(one, other)
    if shared_faults(one, other) or near_faults(one, other):
        return None
    return _opposed("pair.other_fault", OTHER_PROBLEM, ours, theirs)


def _aside_against_less(one: Telling, other: Telling) -> Reason | None:
    """A matter of another kind against one that only says that something is broken or must go back."""
    for ours, theirs in ((one, other), (other, one)):
        aside, less = ours.of_kind("aside"), theirs.of_kind("generic", "remedy")
        if aside and not ours.of_kind("fault") and less and not theirs.of_kind(*SPECIFIC) and not _near(aside, less):
            return _opposed("pair.other_fault", OTHER_PROBLEM, aside, less)
    return None


def other_code(one: Telling, other: Telling) -> Reason | None:
    """Two codes on the display."""
    if not one.codes or not other.codes or one.codes & other.codes:
        return None
    both = f"{min(one.codes)} / {min(other.codes)}"
    return Reason("pair.other_code", f"故障代码不同：{both}", f"another error code: {both}")


def other_part(one: Telling, other: Telling) -> Reason | None:
    """Another part of the product, or another thing that is not as ordered."""
    for kind, zh, en in (("part", "部位不同", "another part"), ("aspect", "不符之处不同", "wrong in another way")):
        ours, theirs = one.context_of(kind), other.context_of(kind)
        if ours and theirs and not ours.keys() & theirs.keys():
            return _opposed("pair.other_part", (zh, en), ours, theirs)
    return None


def missing_thing(one: Telling, other: Telling) -> Reason | None:
    """Of two that say in much the same words what is missing, each another thing; a thing has many names."""
    ours, theirs = one.missing, other.missing
    if not ours or not theirs or ours & theirs or likeness(one.shingles, other.shingles) < ALIKE_FROM:
        return None
    both = f"{min(ours)} / {min(theirs)}"
    return Reason("pair.other_part", f"缺的不是同一样：{both}", f"another thing is missing: {both}")


def other_figure(one: Telling, other: Telling) -> Reason | None:
    """Of two that are alike in letters, another amount, count, day or code."""
    ours, theirs = one.figures, other.figures
    alike = likeness(one.shingles, other.shingles)
    if alike < (SAME_WORDS_FROM if ours & theirs else ALIKE_FROM) or not ours - theirs or not theirs - ours:
        return None
    both = f"{min(ours - theirs)} / {min(theirs - ours)}"
    return Reason("pair.other_figure", f"数目不同：{both}", f"another figure: {both}")


def opposite(one: Telling, other: Telling) -> Reason | None:
    """What one says the other says the opposite of, in the same place."""
    words = opposed_words(one.folded, other.folded) or opposed_words(one.rest, other.rest)
    if words is None or _name_colours(one, other):
        return None
    both = " / ".join(words)
    return Reason("pair.opposite", f"说的正相反：{both}", f"the opposite: {both}")


def undone(one: Telling, other: Telling) -> Reason | None:
    """What one says has come about, the other says has not."""
    for ours, theirs in ((one, other), (other, one)):
        for concept in ours.context_of("deed").values():
            against = concept.near & theirs.context_of("undone").keys() or _waits_for(concept, theirs, ours)
            both = concept.near & ours.context_of("undone").keys() or concept.name in theirs.context_of("deed")
            if against and not both:
                zh, en = f"一方说还没有：{concept.zh}", f"for one of them not yet: {concept.en}"
                return Reason("pair.undone", zh, en)
    return None


def _waits_for(concept: Concept, one: Telling, other: Telling) -> bool:
    """Whether one waits for what the other says has come."""
    waits = concept.name == ARRIVED and WAITING & one.faults.keys() and not WAITING & other.faults.keys()
    return bool(waits) and not shared_faults(one, other)


def only_asks(one: Telling, other: Telling) -> Reason | None:
    """One asks how it is used or kept, the other says what is wrong with it."""
    for ours, theirs in ((one, other), (other, one)):
        asks = ASKING & ours.faults.keys() and not ASKING & theirs.faults.keys()
        if asks and theirs.of_kind("fault", COURSE).keys() - ours.faults.keys():
            return Reason("pair.only_asks", "一方只是问怎么用", "one of them only asks how it is used")
    return None


def shared_faults(one: Telling, other: Telling) -> dict[str, Concept]:
    """The faults and matters that both name; where one names none, how the matter goes (nobody came) is one."""
    are_both_specific = one.of_kind(*SPECIFIC) and other.of_kind(*SPECIFIC)
    kinds = SPECIFIC if are_both_specific else (*SPECIFIC, COURSE)
    theirs = other.of_kind(*kinds)
    return {name: concept for name, concept in one.of_kind(*kinds).items() if name in theirs}


def near_faults(one: Telling, other: Telling) -> bool:
    """Whether each names one that may be the other's in other words."""
    return _near(one.of_kind(*SPECIFIC, "remedy"), other.of_kind(*SPECIFIC, "remedy"))


def _near(ours: Mapping[str, Concept], theirs: Mapping[str, Concept]) -> bool:
    return any(concept.near & theirs.keys() for concept in ours.values())


def _opposed(rule: str, says: tuple[str, str], ours: Mapping[str, Concept], theirs: Mapping[str, Concept]) -> Reason:
    """The rule with what either side says, in both languages."""
    mine, yours = next(iter(ours.values())), next(iter(theirs.values()))
    return Reason(rule, f"{says[0]}：{mine.zh} / {yours.zh}", f"{says[1]}: {mine.en} / {yours.en}")


DIFFERENCES: Final[tuple[Difference, ...]] = (
    other_ticket,
    other_order,
    other_code_said,
    other_product_number,
    other_product,
    closed,
    later_event,
    another_one,
    other_unit,
    other_code,
    other_part,
    missing_thing,
    other_figure,
    opposite,
    undone,
    only_asks,
    other_fault,
)
