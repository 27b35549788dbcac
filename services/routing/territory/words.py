"""Says in Chinese and English what was read in an address and why a store was chosen."""

from collections.abc import Iterable, Sequence
from typing import Literal

Words = dict[Literal["zh", "en"], str]
PlaceNames = tuple[str | None, str | None, str | None, str | None]


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
