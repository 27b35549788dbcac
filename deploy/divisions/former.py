"""What became of the names of earlier lists: each county and township that is gone, and where it is now.

A county that is gone became the one (of the same province) that now holds most of its townships; a township that is
gone became the one of its name, whatever its kind now, in the same city. What cannot be told this way is left out, and
stands in `aliases.tsv` where it is known.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

SHARE_MIN = 0.1
FOLLOWED_MIN = 0.25
"""Where fewer of the townships can be followed, and these to several counties, their shares say nothing."""
NAME_CHARACTERS_MIN = len("梁平县")
"""Shorter names (郊区) are those of several counties."""
TOWN_KIND = re.compile(r"(?:族|民族)?(街道|镇|乡|苏木)$")


@dataclass(frozen=True, slots=True)
class Gone:
    """A county of an earlier list; `now` the present counties that hold its townships, most first, with their share."""

    code: str
    name: str
    seen: str
    now: tuple[tuple[str, float], ...]


class Lists:
    """The present lists, by name within a city and within a province."""

    def __init__(self, counties: dict[str, str], townships: Iterable[tuple[str, str]]) -> None:
        """Index the present townships by city and short name."""
        self.counties = counties
        self.by_city: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self.by_county: set[tuple[str, str]] = set()
        for code, name in townships:
            self.by_city[code[:4], _bare(name)].append((code, name))
            self.by_county.add((code[:6], name))

    def successor(self, code: str, name: str) -> str | None:
        """The present township of that name in the same city; None when there is none or there are several."""
        found = self.by_city.get((code[:4], _bare(name)), [])
        same = [one for one, exact in found if exact == name] or [one for one, _ in found]
        same = [one for one in same if one[:6] == code[:6]] or same
        return same[0] if len(same) == 1 else None


def gone_counties(old: dict[str, str], townships: list[tuple[str, str]], now: Lists, seen: str) -> list[Gone]:
    """The counties of an earlier list whose code or name is gone."""
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for code, name in townships:
        successor = now.successor(code, name)
        held[code[:6]][successor[:6] if successor else ""] += 1
    gone = []
    for code, name in old.items():
        if name in ("市辖区", "县") or now.counties.get(code) == name or code.endswith("00"):
            continue
        known = {one: count for one, count in held[code].items() if one}
        if one := _come_to_another_city(code, name, now):
            known = {one: 1}
        elif len(known) > 1 and sum(known.values()) < FOLLOWED_MIN * held[code[:6]].total():
            continue
        total = sum(known.values())
        shares = [
            (one, round(count / total, 2)) for one, count in Counter(known).most_common() if count / total >= SHARE_MIN
        ]
        if not shares and code in now.counties:
            shares = [(code, 1.0)]
        if not shares:
            shares = [(one, 1.0) for one in _of_that_short_name(code, name, now)]
        if shares:
            gone.append(Gone(code, name, seen, tuple(shares)))
    return gone


def moved_townships(old: dict[str, str], townships: list[tuple[str, str]], now: Lists) -> list[tuple[str, str, str]]:
    """(Old county, old name, present township) for each township that its old county no longer has by that name."""
    elsewhere = {code for code, name in old.items() if _come_to_another_city(code, name, now)}
    moved = []
    for code, name in townships:
        if (code[:6], name) in now.by_county or code[:6] in elsewhere:
            continue
        successor = now.successor(code, name)
        if successor is not None:
            moved.append((code[:6], name, successor))
    return moved


def _come_to_another_city(code: str, name: str, now: Lists) -> str | None:
    """The county of that short name under another city of the province: its townships cannot be followed by codes."""
    if code in now.counties or code.endswith("00") or len(name) < NAME_CHARACTERS_MIN:
        return None
    found = _of_that_short_name(code, name, now)
    return found[0] if found and found[0][:4] != code[:4] else None


def _of_that_short_name(code: str, name: str, now: Lists) -> list[str]:
    short = name.rstrip("县市区")
    found = [
        one for one, other in now.counties.items() if one[:2] == code[:2] and other[:-1] == short and one[4:] != "00"
    ]
    return found if len(found) == 1 else []


def _bare(name: str) -> str:
    return TOWN_KIND.sub("", name)
