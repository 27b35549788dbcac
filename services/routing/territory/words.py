"""Says in Chinese and English what was read in an address and why a store was chosen."""

from collections.abc import Iterable, Sequence
from typing import Literal

Words = dict[Literal["zh", "en"], str]
PlaceNames = tuple[str | None, str | None, str | None, str | None]
NAMED_CHARACTERS_MAX = 60


def place(names: PlaceNames) -> str:
    """The names that are known, each once: 上海市浦东新区 rather than 上海市上海市浦东新区."""
    return "".join(dict.fromkeys(name for name in names if name))


def unknown_words(*, given: bool) -> Words:
    """Nothing was found."""
    if given:
        return {"zh": "地址中没有认得的地名", "en": "no name of a known place in the address"}
    return {"zh": "没有地址", "en": "no address was given"}


def unclear_words(candidates: Iterable[PlaceNames]) -> Words:
    """Several places are as likely."""
    places = [place(names) for names in candidates]
    return {
        "zh": f"地名有歧义，可能是{'、'.join(places)}",
        "en": f"the name is ambiguous, it may be {' or '.join(places)}",
    }


def found_words(names: PlaceNames, agree: Sequence[str], against: Sequence[str]) -> Words:
    """One place was found by these names, in spite of those."""
    zh = f"由{'、'.join(f'“{name}”' for name in agree)}认出{place(names)}"
    en = f"{place(names)} by {', '.join(f'“{name}”' for name in agree)}"
    if against:
        zh += f"，未采信{'、'.join(f'“{name}”' for name in against)}"
        en += f", in spite of {', '.join(f'“{name}”' for name in against)}"
    return {"zh": zh, "en": en}


def area_words(names: PlaceNames, store: str, *, above: str | None) -> Words:
    """An area names the place itself, or a place above it."""
    here = place(names)
    if above is None:
        return {"zh": f"{here}由{store}负责", "en": f"{store} serves {here}"}
    return {
        "zh": f"{here}没有专属门店，由负责{above}的{store}受理",
        "en": f"no store for {here} itself; {store}, which serves {above}, takes it",
    }


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
