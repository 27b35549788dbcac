"""Compiles the committed lists into the gazetteer: once in a process, in under half a second."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import ahocorasick

from shared.divisions.codes import CITY, COUNTY, number, width
from shared.divisions.files import lines
from shared.divisions.gazetteer import (
    FORMER_IN_SHORT,
    FULL,
    MAIN_SHARE_MIN,
    OTHER,
    SHORT,
    Codes,
    Former,
    Gazetteer,
    two_letters_each,
)
from shared.divisions.short import NEVER, SHORT_MIN, town_short_names
from shared.divisions.words_around import AREA, KIND_OF_COUNTY
from shared.folding import fold

Ways = dict[str, dict[int, int]]
"""Name → division → how good a name of it that is."""
Meant = dict[str, int | list[int]]
"""Name of a township → its code, or the codes of all that have it."""
ZONES = ("开发区", "园区", "管委会", "管理区")
"""How a former division's name ends that was a zone."""
END_OF_A_NAME = "\x00\n"
"""A line's end in the automaton's letters."""


def is_listed(code: str) -> bool:
    """Whether the official lists have a division of this code. `ValueError` for what is no code."""
    return gazetteer().name(number(code)) is not None


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The names of the committed lists; compiled at the first call."""
    names, ways, centres = _divisions()
    former = _former()
    for text, past in former.items():
        rest = _without_its_city(text, past, names)
        for code, share in past.shares:
            ways[text].setdefault(code, OTHER)
            if rest is not None and (share >= MAIN_SHARE_MIN or past.shares[0][1] < MAIN_SHARE_MIN):
                ways[rest].setdefault(code, OTHER)
    ways = {text: codes for text, codes in ways.items() if codes}
    codes, townships = _townships()
    full, short = _by_name(codes, townships, names)
    in_short = _former_in_short(former, ways, short, names)
    once = {text: tuple(code for code, _ in past.shares) for text, past in in_short.items() if text in ways}
    for text in in_short.keys() - once.keys():
        former[text] = in_short[text]
        ways[text] = dict.fromkeys((code for code, _ in in_short[text].shares), OTHER)
    texts = [*ways, *(text for text in full if text not in ways)]
    full_first, full_codes = _arrays([full.get(text, ()) for text in texts])
    short_first, short_codes = _arrays(short.values())
    numbers = {text: at for at, text in enumerate(ways)}
    return Gazetteer(
        automaton=_automaton(texts),
        towns_short={text: at for at, text in enumerate(short)},
        lengths=bytes(map(len, texts)),
        upper=len(ways),
        upper_codes=tuple(tuple(sorted(meant)) for meant in ways.values()),
        upper_kinds=bytes(max(meant.values()) for meant in ways.values()),
        lesser=_lesser(ways),
        former={numbers[text]: one for text, one in former.items()},
        once={numbers[text]: meant for text, meant in once.items()},
        full_first=full_first,
        full_codes=full_codes,
        short_first=short_first,
        short_codes=short_codes,
        widths={code: width(code) for code in names},
        sorted_codes=array("I", sorted(names)),
        names=names,
        centres=centres,
        town_codes=codes,
        town_ends=_ends(townships),
        town_text="".join(townships),
        moved=_moved(),
    )


def _lesser(ways: Ways) -> dict[int, dict[int, int]]:
    """The divisions whose name is a better one of another, by the name's number."""
    mixed = ((at, kinds) for at, kinds in enumerate(ways.values()) if len(kinds) > 1)
    return {
        at: {code: kind for code, kind in kinds.items() if kind < best}
        for at, kinds in mixed
        if min(kinds.values()) < (best := max(kinds.values()))
    }


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
        kind = "zone" if name.endswith(ZONES) else "former"
        found[fold(name)] = Former(kind, tuple(several[fold(name)]), seen)
    own: dict[str, Former] = {}
    for name, shares, kind, _, until in lines("aliases.tsv"):
        known = own.get(fold(name))
        own[fold(name)] = Former(kind, (*(known.shares if known else ()), *_shares(shares)), until)
    return found | own


def _former_in_short(former: dict[str, Former], ways: Ways, short: Meant, names: dict[int, str]) -> dict[str, Former]:
    """The former counties by what they were called behind their city, without the word for their kind: 闸北, 下城.

    Not where the area was split, nor where something in that city is called so now: the city itself, a county of it, a
    township of its districts.
    """
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    until: dict[str, str] = {}
    for text, past in former.items():
        stem = text[:-1]
        if past.kind != "former" or text[-1] not in KIND_OF_COUNTY or len(stem) < SHORT_MIN or AREA.fullmatch(stem):
            continue
        towns = short.get(stem, ())
        known = {*ways.get(stem, ()), *((towns,) if isinstance(towns, int) else towns)}
        for code, share in past.shares:
            city = code - code % CITY
            here = [one for one in known if city <= one < city + CITY]
            if share >= MAIN_SHARE_MIN and not any(
                one % CITY == 0 or one % COUNTY == 0 or _is_near(one, code, names) for one in here
            ):
                found[stem].append((code, share))
                until[stem] = past.until
    return {stem: Former(FORMER_IN_SHORT, tuple(shares), until[stem]) for stem, shares in found.items()}


def _is_near(town: int, county: int, names: dict[int, str]) -> bool:
    """Whether the township lies in a district, which is what people mean by the city, and not in this county."""
    own = town - town % COUNTY
    return own != county and names[own].endswith("区")


def _without_its_city(text: str, zone: Former, names: dict[int, str]) -> str | None:
    """A zone's name as it stands behind its city's: 高新区 of 成都高新区."""
    code = zone.shares[0][0]
    city = fold(names.get(code - code % CITY, "")).removesuffix("市")
    rest = text.removeprefix(city)
    return rest if zone.kind == "zone" and city and rest != text and len(rest) > SHORT_MIN else None


def _shares(text: str) -> list[tuple[int, float]]:
    """`330102:0.8 330114:0.2` as codes with their share."""
    return [(number(code), float(share)) for code, _, share in (one.partition(":") for one in text.split())]


def _townships() -> tuple[Codes, list[str]]:
    """Codes in order, and the name of each."""
    codes, names = array("I"), []
    for county, towns in lines("townships.tsv"):
        first = int(county) * 1000
        for one in towns.split(" "):
            codes.append(first + int(one[:3]))
            names.append(one[3:])
    return codes, names


def _by_name(codes: Codes, townships: list[str], names: dict[int, str]) -> tuple[Meant, Meant]:
    """The townships by full and by short name, folded; some lists write the county's name before it: 当阳市两河镇."""
    full: Meant = {}
    short: Meant = {}
    county, city, own_county = 0, "", ""
    for code, text in zip(codes, fold("\n".join(townships)).split("\n"), strict=True):
        if code - code % COUNTY != county:
            county = code - code % COUNTY
            city, own_county = fold(names.get(code - code % CITY, "")), fold(names.get(county, ""))
        if text not in NEVER:
            _add(full, text, code)
        own = text.removeprefix(city).removeprefix(own_county)
        if own != text and town_short_names(own):
            _add(full, own, code)
        for one in town_short_names(own):
            _add(short, one, code)
    return full, short


def _add(meant: Meant, text: str, code: int) -> None:
    """Most names are one township's: lists are made for the others only."""
    known = meant.get(text)
    if known is None:
        meant[text] = code
    elif isinstance(known, int):
        meant[text] = [known, code]
    else:
        known.append(code)


def _automaton(texts: list[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for at, letters in enumerate(two_letters_each("\n".join(texts)).split(END_OF_A_NAME)):
        automaton.add_word(letters, at)
    automaton.make_automaton()
    return automaton


def _arrays(rows: Iterable[int | Sequence[int]]) -> tuple[Codes, Codes]:
    """Codes one row after the other, and where each row begins."""
    first, codes = array("I", [0]), array("I")
    for row in rows:
        if isinstance(row, int):
            codes.append(row)
        else:
            codes.extend(row)
        first.append(len(codes))
    return first, codes


def _ends(names: list[str]) -> Codes:
    ends, total = array("I"), 0
    for name in names:
        total += len(name)
        ends.append(total)
    return ends


def _moved() -> dict[tuple[int, str], int]:
    rows = list(lines("moved.tsv"))
    folded = fold("\n".join(towns for _, towns in rows)).split("\n")
    return {
        (number(row[0]), name): int(code)
        for row, towns in zip(rows, folded, strict=True)
        for name, _, code in (one.partition(":") for one in towns.split(" "))
    }
