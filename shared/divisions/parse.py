"""Reads an address as people write it: the division that it names, how sure that is, by which rules, and what is left.

1. `mentions.py`: the names of places in the folded text, without those that only begin a road's or a building's name.
2. `reading.py`: what those names can mean together, whatever their order.
3. `complete.py`: what stands right behind without being a full name: short names of townships, misspelt names.
4. Here: one division, or several and no answer. The confidence is that of the weakest rule that was needed.

Nothing is guessed: of several places of one name none is given, unless the rest of the address, or what is near, tells.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from shared.divisions.codes import CITY, COUNTY, PROVINCE, Level, level, number, width, written
from shared.divisions.compile import gazetteer
from shared.divisions.complete import borne_out, completed, respelled, town_alone, town_near
from shared.divisions.gazetteer import FULL, MAIN_SHARE_MIN, SHORT, Former, Gazetteer
from shared.divisions.grounds import grounds
from shared.divisions.mentions import Found, Mention, find
from shared.divisions.reading import Held, narrowed_by_near, read, widest
from shared.divisions.rest import Rest, parts
from shared.divisions.rules import SURE
from shared.divisions.words_around import SEPARATORS
from shared.folding import fold
from shared.folding.simplified import SIMPLIFIED, TRADITIONAL

TEXT_CHARACTERS_MAX = 500
"""An address is shorter; of longer texts only the beginning is read."""
ANSWERS_KEPT = 8192
"""About a kilobyte each."""
CHAINS_KEPT = 8192
NAMESAKES_KEPT = 512
CANDIDATES_MAX = 200
"""More than there are of any one name (城关镇)."""
LONE = frozenset({"short_name_alone", "short_name_of_a_city_alone"})
"""A short name that nothing bears out and that may be a part of other words is no answer: 紫金 in 浙江大学紫金港."""
OF_THE_LISTS = re.compile(r"市辖区|(?:省|自治区)?直辖县级行政(?:区划|单位)")
"""Headings of the lists, which forms copy into addresses."""
PART_OF_A_COMMUNITY = re.compile(r"[一二三四五六七八九十]{1,2}区(?=[0-9])")
"""What makes a township's short name that of a community too: 翠苑一区12幢."""
SPACED_OUT = re.compile(r"([一-鿿])[ 　\t](?=[一-鿿](?:[ 　\t]|$))")
"""A space between single characters, as in a form with a box for each: 浙 江 省."""
TAIWAN = 710_000_000
"""From here on Taiwan, Hong Kong, Macau."""
_SIMPLIFIED = frozenset(SIMPLIFIED) - frozenset(TRADITIONAL)
_TRADITIONAL = frozenset(TRADITIONAL) - frozenset(SIMPLIFIED)

Names = tuple[str | None, str | None, str | None, str | None]
NO_NAMES: Names = (None, None, None, None)


class Candidate(NamedTuple):
    """A division that the address may mean; the scores of all add up to one."""

    code: str
    names: Names
    score: float


class Address(NamedTuple):
    """What an address names, as far as it can be told.

    `code` six digits for a county or what lies above (padded with zeros), nine for a township; None when nothing was
    found or several are as likely: then `candidates` says between what. `names` province, city, county, township by
    their official names; None where unknown or where there is no such level. `confidence` 0…1, that of the weakest of
    `rules` (`shared/divisions/rules.py`). `rest` what is left, as it was written.
    """

    code: str | None
    level: Level | None
    names: Names
    candidates: tuple[Candidate, ...]
    confidence: float
    rules: tuple[str, ...]
    rest: Rest


def parse(text: str, *, near: str | None = None) -> Address:
    """The division that `text` names. Total: anything is read, an empty or foreign text finds nothing.

    `near` as in `nearby`: it settles between places of one name. The newest answers are kept, for the same customer's
    address comes again.
    """
    closer = None if near is None else nearby(near)
    return _kept(text, closer) if len(text) <= TEXT_CHARACTERS_MAX else _parsed(text[:TEXT_CHARACTERS_MAX], closer)


def nearby(code: str) -> int:
    """The code of a division that is near, as a number; `ValueError` if it lies in no city or province that there is.

    The division itself may be a former one: what was 下城区 still says which city is meant.
    """
    near, names = number(code), gazetteer()
    if names.name(near) is None and names.name(near - near % CITY) is None:
        raise ValueError(f"no division has the code {code!r}, nor has the city above it")
    return near


@lru_cache(maxsize=ANSWERS_KEPT)
def _kept(text: str, near: int | None) -> Address:
    return _parsed(text, near)


def _parsed(text: str, near: int | None) -> Address:
    folded = fold(text)
    names = gazetteer()
    found = find(folded, names)
    held = read(found, names)
    if held is None or (len(held.codes) > 1 and len(widest(held.codes, names)) > 1):
        held = respelled(found, held, names) or held
    if held is None and near is not None:
        held = town_near(found, near, names)
    if held is None or (len(held.used) == 1 and not held.rules and names.is_short(held.used[0].name)):
        held = town_alone(found, held, names) or held
    if held is None and SPACED_OUT.search(text):
        return _parsed(SPACED_OUT.sub(r"\1", text), near)
    if held is None:
        rule = "only_a_road_or_building" if found.taken else "no_name_known"
        return Address(None, None, NO_NAMES, (), 0.0, (rule,), parts(text))
    return _decided(text, found, held, near, names)


def _decided(text: str, found: Found, held: Held, near: int | None, names: Gazetteer) -> Address:
    if len(held.codes) > 1:
        held.codes = widest(held.codes, names)
    completed(found, held, names)
    codes = held.codes
    if len(codes) > 1 and near is not None:
        closer = narrowed_by_near(codes, near)
        if len(closer) < len(codes):
            codes = closer
            held.rules.append("near_settles")
    if len(codes) > 1:
        codes = _by_script(codes, held, text)
    if len(codes) > 1:
        codes = _best_known(codes, held, found, names)
    if len(codes) > 1:
        return _unclear(codes, held, names, _rest(text, found, held))
    if codes[0] >= TAIWAN and _is_unlikely_there(codes[0], held, text, names):
        held.rules.append("of_taiwan_in_simplified")
    chain = tuple(held.used)
    if held.against or held.spans or found.lent or codes[0] % PROVINCE == 0 or not _is_unbroken(chain):
        head = _head(codes[0], held, found, names)
    else:
        head = _head_of_chain(codes[0], chain, tuple(held.rules))
    if "inside_other_words" in head[-1] and not LONE.isdisjoint(head[-1]):
        better = borne_out(found, held, names)
        if better is None:
            return _unclear(codes, held, names, _rest(text, found, held))
        held, head = better, _head(codes[0], better, found, names)
    return Address(*head, _rest(text, found, held))


Head = tuple[str, Level, Names, tuple[Candidate, ...], float, tuple[str, ...]]
"""An answer without what is left of the address."""


def _head(code: int, held: Held, found: Found, names: Gazetteer) -> Head:
    rules = grounds(code, held, found, names)
    shown, path = written(code), names.path(code)
    return shown, level(code), path, (Candidate(shown, path, 1.0),), min(SURE[one] for one in rules), rules


@lru_cache(maxsize=CHAINS_KEPT)
def _head_of_chain(code: int, chain: tuple[Mention, ...], rules: tuple[str, ...]) -> Head:
    """The answer by names that stand one behind the other from the beginning: nothing else in the text bears on it."""
    return _head(code, Held([code], list(chain), [], list(rules)), Found("", list(chain), []), gazetteer())


def _is_unbroken(chain: tuple[Mention, ...]) -> bool:
    at = 0
    for start, stop, _ in chain:
        if start != at:
            return False
        at = stop
    return at > 0


def _by_script(codes: list[int], held: Held, text: str) -> list[int]:
    """Of places of one name on both sides of the strait, those on the mainland where it is written in Simplified."""
    mainland = [code for code in codes if code < TAIWAN]
    if not mainland or len(mainland) == len(codes) or not held.used:
        return codes
    if not any(one in _SIMPLIFIED for used in held.used for one in text[used.start : used.stop]):
        return codes
    held.rules.append("written_in_simplified")
    return mainland


def _is_unlikely_there(code: int, held: Held, text: str, names: Gazetteer) -> bool:
    """Whether a county of Taiwan, Hong Kong or Macau stands alone and in Simplified: nothing bears it out."""
    if code % CITY == 0 or "near_settles" in held.rules:
        return False
    if any(one.name >= names.upper or code not in names.upper_codes[one.name] for one in held.used):
        return False
    written = {one for used in held.used for one in text[used.start : used.stop]}
    return not written.isdisjoint(_SIMPLIFIED) and _TRADITIONAL.isdisjoint(text)


def _unclear(codes: list[int], held: Held, names: Gazetteer, rest: Rest) -> Address:
    """Several are as likely: none is given, and they are told; the names that all of them share stand."""
    paths = [names.path(code) for code in codes] if len(codes) > 1 else [NO_NAMES]
    first = paths[0]
    same = 0
    while same < len(first) and all(path[same] == first[same] for path in paths):
        same += 1
    return Address(
        code=None,
        level=None,
        names=(*first[:same], *NO_NAMES[same:]),  # type: ignore[arg-type]  # four in all
        candidates=_between(tuple(sorted(codes))),
        confidence=0.0,
        rules=(*held.rules, "several_of_one_name" if len(codes) > 1 else "inside_other_words"),
        rest=rest,
    )


@lru_cache(maxsize=NAMESAKES_KEPT)
def _between(codes: tuple[int, ...]) -> tuple[Candidate, ...]:
    """The places of one name; made once, for there may be more than a hundred."""
    names, score = gazetteer(), round(1 / len(codes), 4)
    return tuple(Candidate(written(code), names.path(code), score) for code in codes[:CANDIDATES_MAX])


def _main_part(codes: list[int], former: Former, text: str, names: Gazetteer) -> list[int]:
    """Of those parts of a former name the main one, else the one that still bears it: 余杭市 is 余杭区 and more."""
    main = [code for code, share in former.shares if share >= MAIN_SHARE_MIN and code in codes]
    return main or [code for code in codes if fold(names.names[code])[:-1] in {text, text[:-1]}]


def _best_known(codes: list[int], held: Held, found: Found, names: Gazetteer) -> list[int]:
    """Of a short name that a city and counties elsewhere have, the city; of a former name's parts the main one."""
    for one in held.used:
        former = names.former.get(one.name) if one.name < names.upper else None
        if former is not None and {code for code, _ in former.shares} >= set(codes):
            return _main_part(codes, former, found.folded[one.start : one.stop], names) or codes
    counties = [code for code in codes if code % COUNTY == 0]
    kinds = {names.upper_kinds[one.name] for one in held.used if one.name < names.upper}
    if len(counties) == 1 and FULL in kinds:
        held.rules.append("county_before_township")
        return counties
    if kinds != {SHORT}:
        return codes
    best = max(width(code) for code in codes)
    top = [code for code in codes if width(code) == best]
    text = found.folded[held.used[0].start : held.used[0].stop]
    if len(top) == 1 and best >= CITY and text not in _EQUALLY_KNOWN:
        held.rules.append("best_known_of_a_short_name")
        return top
    return codes


_EQUALLY_KNOWN = frozenset({"朝阳", "通州", "海南州"})
"""Short names whose city is no better known than a county of that name."""


def _is_in_a_building_s_name(one: Mention, held: Held, found: Found) -> bool:
    """Whether a name that was given before stands again behind the road, as a part of other words: 仓山万达广场."""
    first = held.used[0]
    goes_on = one.stop < len(found.folded) and found.folded[one.stop] not in SEPARATORS
    return (
        goes_on
        and first.start < found.house_at() < one.start
        and any(
            other.name == one.name or gazetteer().is_short(one.name) for other in held.used if other.start < one.start
        )
    )


def _rest(text: str, found: Found, held: Held) -> Rest:
    """The text without the names that were used; of the text as it was written where folding kept its length."""
    source = text
    if "辖" in source:
        held.spans += [one.span() for one in OF_THE_LISTS.finditer(found.folded)]
    if len(source) != len(found.folded):
        source = found.folded
    if not held.spans and _is_unbroken(tuple(held.used)):
        return parts(source[held.used[-1].stop :])
    used = [one[:2] for one in held.used if not _is_in_a_building_s_name(one, held, found)]
    used += [span for span in held.spans if not used or PART_OF_A_COMMUNITY.match(found.folded, span[1]) is None]
    if len(used) > 1:
        used.sort()
    kept, at = source[: used[0][0]], used[0][1]
    for start, stop in used[1:]:
        if start > at:
            kept += source[at:start]
        at = max(at, stop)
    return parts(kept + source[at:])
