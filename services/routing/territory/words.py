"""Says in Chinese and English what was read in an address and why a store was chosen."""

from collections.abc import Iterable, Sequence
from typing import Literal

from shared.divisions.rules import RULES

Words = dict[Literal["zh", "en"], str]
PlaceNames = tuple[str | None, str | None, str | None, str | None]
NAMED_CHARACTERS_MAX = 60


def place(names: PlaceNames) -> str:
    """The names that are known, each once: 上海市浦东新区 rather than 上海市上海市浦东新区."""
    return "".join(dict.fromkeys(name for name in names if name))


def unknown_words(rules: Sequence[str]) -> Words:
    """Nothing was found; without rules there was no address."""
    if rules:
        return {"zh": f"地址：{_told(rules, 'zh')}", "en": f"the address: {_told(rules, 'en')}"}
    return {"zh": "没有地址", "en": "no address was given"}


def unclear_words(candidates: Iterable[PlaceNames]) -> Words:
    """Several places are as likely."""
    places = [place(names) for names in candidates]
    return {
        "zh": f"地名有歧义，可能是{'、'.join(places)}",
        "en": f"the name is ambiguous, it may be {' or '.join(places)}",
    }


def found_words(names: PlaceNames, rules: Sequence[str]) -> Words:
    """One place was found, by these rules of the parser."""
    return {
        "zh": f"地址指{place(names)}（{_told(rules, 'zh')}）",
        "en": f"{place(names)} by the address ({_told(rules, 'en')})",
    }


def own_words(names: PlaceNames) -> Words:
    """One place was found by what the chain itself calls it."""
    return {
        "zh": f"地址指{place(names)}（地区策略中的自有名称）",
        "en": f"{place(names)} by the address (a name of the chain's own division policies)",
    }


def unsure_words(why: Words) -> Words:
    """A place was found, and nobody should be sent there by that alone."""
    return {"zh": f"{why['zh']}，把握不足", "en": f"{why['en']}, which is not sure enough"}


def _told(rules: Sequence[str], language: Literal["zh", "en"]) -> str:
    return ("；" if language == "zh" else "; ").join(getattr(RULES[rule], language) for rule in rules)


def area_words(names: PlaceNames, store: str, *, above: str | None) -> Words:
    """An area names the place itself, or a place above it."""
    here = place(names)
    if above is None:
        return {"zh": f"{here}由{store}负责", "en": f"{store} serves {here}"}
    return {
        "zh": f"{here}没有专属门店，由负责{above}的{store}受理",
        "en": f"no store for {here} itself; {store}, which serves {above}, takes it",
    }


def postcode_words(postcode: str, store: str, *, begins: str) -> Words:
    """An area is a postcode's beginning."""
    shown = postcode if postcode == begins else f"{postcode}（{begins}…）"
    return {"zh": f"邮编{shown}由{store}负责", "en": f"{store} serves the postcode {shown}"}


def point_words(store: str) -> Words:
    """An area is drawn around the point."""
    return {"zh": f"所在位置在{store}划定的范围内", "en": f"{store} serves the area that the place lies in"}


def nearest_words(names: PlaceNames, store: str, *, kilometres: float | None) -> Words:
    """No area on the way up, but a store in the same city."""
    zh = "" if kilometres is None else f"，约 {kilometres:g} 公里"
    en = "" if kilometres is None else f", about {kilometres:g} km"
    return {
        "zh": f"{place(names)}没有负责门店，取同城最近的{store}{zh}",
        "en": f"no store serves {place(names)}; {store} is the nearest in the same city{en}",
    }


def unserved_words(names: PlaceNames) -> Words:
    """The place is known, and nobody serves it."""
    return {"zh": f"{place(names)}没有门店", "en": f"no store serves {place(names)}"}


def named_words(why: Words, store: str) -> Words:
    """The contact's store, because the address led to none."""
    return {
        "zh": f"{why['zh']}；按来件所指门店{store}受理",
        "en": f"{why['en']}; {store}, which the contact named, takes it",
    }


def inside_words(names: PlaceNames, store: str) -> Words:
    """The address named only the city, and the contact's store lies in it."""
    return {
        "zh": f"地址只写到{place(names)}，来件所指门店{store}就在其中",
        "en": f"the address says only {place(names)}; {store}, which the contact named, lies in it",
    }


def nobody_words(why: Words, named: str | None) -> Words:
    """No store by place, and none that was named is known."""
    if named is None:
        return {
            "zh": f"{why['zh']}，来件也未指明门店；由调度员处理",
            "en": f"{why['en']}, and no store was named; a dispatcher decides",
        }
    shown = named if len(named) <= NAMED_CHARACTERS_MAX else named[:NAMED_CHARACTERS_MAX] + "…"
    return {
        "zh": f"{why['zh']}，来件所指门店 {shown} 不存在；由调度员处理",
        "en": f"{why['en']}, and the named store {shown} is not known; a dispatcher decides",
    }
