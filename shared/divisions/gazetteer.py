"""All names of all divisions, compiled once: which stand in a text, and which divisions each may mean.

About 40,000 names stand in one automaton (one pass over a text finds them all) and in arrays beside it, not in objects.
A name's number tells what it can be: below `upper` one of a province, city or county (it may be a township's too),
else the full name of a township. Short names of townships are looked up only where one is expected, in a table apart.

The automaton reads bytes of UTF-16, two for a character: with characters its root has 3,000 children, which it tries
one after the other, and an address takes four times as long (decision record 0016).
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import ahocorasick

from shared.divisions.codes import CITY, COUNTY, PROVINCE, above, number
from shared.divisions.files import lines
from shared.folding import fold

Codes: TypeAlias = "array[int]"
"""Codes, or places in them, one after the other."""

FULL: Final = 3
SHORT: Final = 2
OTHER: Final = 1
"""How good a name is: the official one, that without its kind, another or a former one."""

TOWN_KIND = re.compile(r"(街道|镇|乡|苏木|地区)$")
PEOPLE = re.compile(
    r"(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔"
    r"|仫佬"
    r"|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各|民)族"
)
ROAD_LIKE = ("路", "街", "巷", "道", "里", "桥头", "大院")
NEVER = frozenset(
    {"街道", "城区", "林场", "农场", "苗圃", "盐场", "牛场", "开发区", "直辖", "良种场", "园艺场", "种畜场"}
)
"""Townships whose name is only a word for a kind; they are found by nothing."""
SHORT_MIN = 2


@dataclass(frozen=True, slots=True)
class Former:
    """A name that is gone, or a zone's: the divisions that it may mean now, with the share of each."""

    kind: str
    shares: tuple[tuple[int, float], ...]
    until: str


@dataclass(frozen=True)
class Gazetteer:
    """The compiled names. Treat everything as constant."""

    automaton: Any
    towns_short: dict[str, int]
    """From the short name of a township to its number in `short_first`."""
    lengths: bytes
    upper: int
    upper_codes: tuple[tuple[int, ...], ...]
    upper_kinds: bytes
    former: dict[int, Former]
    full_first: Codes
    full_codes: Codes
    short_first: Codes
    short_codes: Codes
    widths: dict[int, int]
    """How many codes lie in each province, city and county."""
    sorted_codes: Codes
    """Of every province, city, county and zone."""
    names: dict[int, str]
    """The official name of each province, city, county and zone."""
    centres: dict[int, tuple[float, float]]
    town_codes: Codes
    town_ends: Codes
    town_text: str
    moved: dict[tuple[int, str], int]

    def name(self, code: int) -> str | None:
        """The official name, or None where there is no such division."""
        if code % COUNTY == 0:
            return self.names.get(code)
        at = bisect_left(self.town_codes, code)
        if at == len(self.town_codes) or self.town_codes[at] != code:
            return None
        return self.town_text[self.town_ends[at - 1] if at else 0 : self.town_ends[at]]

    def path(self, code: int) -> tuple[str | None, str | None, str | None, str | None]:
        """Province, city, county, township by name; None below the code, and where there is no such level."""
        province, city, county = above(code)
        return (
            self.names.get(province),
            self.names.get(city) if code % PROVINCE else None,
            self.names.get(county) if code % CITY and county != city else None,
            self.name(code) if code % COUNTY else None,
        )

    def full_towns(self, name: int, low: int, high: int) -> Codes:
        """The townships of this full name between two codes."""
        return _between(self.full_codes, self.full_first, name, low, high)

    def is_short(self, name: int) -> bool:
        """Whether it is a name of a province, city or county, and not an official one."""
        return name < self.upper and self.upper_kinds[name] != FULL

    def counties_between(self, low: int, high: int) -> list[tuple[int, str]]:
        """The counties between two codes, each with its name as it is searched."""
        codes = self.sorted_codes
        found = codes[bisect_left(codes, low) : bisect_left(codes, high)]
        return [(code, fold(self.names[code])) for code in found if code % CITY]

    def towns_between(self, low: int, high: int, characters: int) -> list[tuple[int, str]]:
        """The townships between two codes whose names have so many characters."""
        codes, ends, text = self.town_codes, self.town_ends, self.town_text
        begin, end = bisect_left(codes, low), bisect_left(codes, high)
        starts = [ends[begin - 1] if begin else 0, *ends[begin:end]]
        return [
            (codes[begin + at], text[start : start + characters])
            for at, start in enumerate(starts[:-1])
            if starts[at + 1] - start == characters
        ]

    def short_towns(self, text: str, low: int, high: int) -> Codes:
        """The townships of this short name between two codes."""
        name = self.towns_short.get(text, -1)
        return _between(self.short_codes, self.short_first, name, low, high) if name >= 0 else _NONE


_NONE: Codes = array("I")


def _between(codes: Codes, first: Codes, name: int, low: int, high: int) -> Codes:
    begin, end = first[name], first[name + 1]
    if begin == end:
        return _NONE
    return codes[bisect_left(codes, low, begin, end) : bisect_left(codes, high, begin, end)]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The names of the committed lists; compiled at the first call, in under half a second."""
    names, ways, centres = _divisions()
    former = _former()
    townships = _townships()
    return _compiled(names, ways, centres, former, townships)


Ways = dict[str, dict[int, int]]
"""Name → division → how good a name of it that is."""


def _divisions() -> tuple[dict[int, str], Ways, dict[int, tuple[float, float]]]:
    names: dict[int, str] = {}
    ways: Ways = defaultdict(dict)
    centres: dict[int, tuple[float, float]] = {}
    rows = list(lines("divisions.tsv"))
    texts = fold("\n".join(f"{row[1]}\t{row[2]}" for row in rows)).split("\n")
    for row, text in zip(rows, texts, strict=True):
        code = number(row[0])
        names[code] = row[1]
        full, _, shorts = text.partition("\t")
        for short in shorts.split("|") if shorts else ():
            ways[short].setdefault(code, OTHER if row[3] else SHORT)
        ways[full][code] = FULL
        if row[4]:
            centres[code] = (float(row[4]), float(row[5]))
    for action, written, name, _, _ in lines("overrides.tsv"):
        _override(action, number(written), name, names, ways)
    return names, ways, centres


def _override(action: str, code: int, name: str, names: dict[int, str], ways: Ways) -> None:
    """Add, rename or take away a division; the old name stays a way to call a renamed one."""
    if action == "gone":
        names.pop(code, None)
        for meant in ways.values():
            meant.pop(code, None)
        return
    for meant in ways.values():
        if code in meant:
            meant[code] = OTHER
    names[code] = name
    ways[fold(name)][code] = FULL
    if len(name) > SHORT_MIN:
        ways[fold(name)[:-1]][code] = SHORT


def _former() -> dict[str, Former]:
    found: dict[str, Former] = {}
    several: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for name, shares, _, seen in lines("former.tsv"):
        several[fold(name)] += _shares(shares)
        found[fold(name)] = Former("former", tuple(several[fold(name)]), seen)
    for name, shares, kind, _, until in lines("aliases.tsv"):
        found[fold(name)] = Former(kind, tuple(_shares(shares)), until)
    return found


def _shares(text: str) -> list[tuple[int, float]]:
    """`330102:0.8 330114:0.2` as codes with their share."""
    return [(number(code), float(share)) for code, _, share in (one.partition(":") for one in text.split())]


def _townships() -> list[tuple[int, str]]:
    rows = lines("townships.tsv")
    return sorted((int(county + one[:3]), one[3:]) for county, towns in rows for one in towns.split(" "))


def _compiled(
    names: dict[int, str],
    ways: Ways,
    centres: dict[int, tuple[float, float]],
    former: dict[str, Former],
    townships: list[tuple[int, str]],
) -> Gazetteer:
    for text, past in former.items():
        for code, _ in past.shares:
            ways[text].setdefault(code, OTHER)
    folded = fold("\n".join(name for _, name in townships)).split("\n")
    full: dict[str, list[int]] = defaultdict(list)
    short: dict[str, list[int]] = defaultdict(list)
    for (code, _), text in zip(townships, folded, strict=True):
        if text not in NEVER:
            full[text].append(code)
        for one in town_short_names(text):
            short[one].append(code)
    ways = {text: codes for text, codes in ways.items() if codes}
    texts = [*ways, *(text for text in full if text not in ways)]
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for at, text in enumerate(texts):
        automaton.add_word(two_letters_each(text), at)
    automaton.make_automaton()
    full_first, full_codes = _arrays([full.get(text, []) for text in texts])
    short_first, short_codes = _arrays(list(short.values()))
    ends, total = array("I"), 0
    for _, name in townships:
        total += len(name)
        ends.append(total)
    numbers = {text: at for at, text in enumerate(ways)}
    return Gazetteer(
        automaton=automaton,
        towns_short={text: at for at, text in enumerate(short)},
        lengths=bytes(len(text) for text in texts),
        upper=len(ways),
        upper_codes=tuple(tuple(sorted(codes)) for codes in ways.values()),
        upper_kinds=bytes(max(codes.values()) for codes in ways.values()),
        former={numbers[text]: one for text, one in former.items()},
        full_first=full_first,
        full_codes=full_codes,
        short_first=short_first,
        short_codes=short_codes,
        widths={code: _width(code) for code in names},
        sorted_codes=array("I", sorted(names)),
        names=names,
        centres=centres,
        town_codes=array("I", (code for code, _ in townships)),
        town_ends=ends,
        town_text="".join(name for _, name in townships),
        moved=_moved(),
    )


def two_letters_each(text: str) -> str:
    """The text as the automaton reads it: the bytes of its UTF-16, as letters."""
    return text.encode("utf-16-be", "surrogatepass").decode("latin-1")


def _width(code: int) -> int:
    return PROVINCE if code % PROVINCE == 0 else CITY if code % CITY == 0 else COUNTY


def _arrays(rows: list[list[int]]) -> tuple[Codes, Codes]:
    first, codes = array("I", [0]), array("I")
    for row in rows:
        codes.extend(row)
        first.append(len(codes))
    return first, codes


def _moved() -> dict[tuple[int, str], int]:
    return {
        (number(county), fold(name)): int(code)
        for county, towns in lines("moved.tsv")
        for name, _, code in (one.partition(":") for one in towns.split(" "))
    }


def town_short_names(text: str) -> list[str]:
    """What people call a township for short: without its kind, and without the people that it names.

    None where the rest would read as a road (南京东路街道; 周巷镇 does not), or one character would be left.
    """
    found = TOWN_KIND.search(text)
    if found is None:
        return []
    stem = text[: found.start()]
    bare = PEOPLE.sub("", stem) if "族" in stem else stem
    is_road = stem.endswith(ROAD_LIKE) and (found[1] == "街道" or len(stem) > SHORT_MIN)
    return [one for one in dict.fromkeys((stem, bare)) if len(one) >= SHORT_MIN and not is_road]
