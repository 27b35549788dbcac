"""Reads an address: the division that its words name, how sure that is, and why.

Every name found is a witness. A name that is only the beginning of a road's or a building's name is none (南京 in
南京东路, 中山 in 中山公园). Each division that was named is weighed with all above it: names that agree speak for it,
names of elsewhere against it, and what comes first counts more than what comes later. Equal weight is no answer.
"""

import re
from dataclasses import dataclass
from typing import Literal

from services.routing.territory.divisions import Gazetteer, Mention, gazetteer
from services.routing.territory.words import Words, found_words, unclear_words, unknown_words
from shared.folding import fold
from shared.policies import Policies

Level = Literal["province", "city", "county"]
Names = tuple[str | None, str | None, str | None, str | None]

TEXT_CHARACTERS_MAX = 500
"""An address is shorter; of longer texts only the beginning is read."""
CANDIDATES_MAX = 10
NO_NAMES: Names = (None, None, None, None)

ROAD = re.compile(
    r"[东南西北中上下内外前后新老一二三四五六七八九十0-9]{0,3}"
    r"(?:大道|大街|公路|高速|快速路|路|街(?!道)|道|巷|弄|胡同|大桥|桥)"
    r"|\s+(?:road|rd|street|st|avenue|ave|lane)\b"
)
BUILDING = re.compile(
    r"(?:[东南西北]|国际|文化|中央|人民|火车|客运|高铁|体育|购物)?"
    r"(?:广场|大厦|酒店|宾馆|饭店|银行|商场|商城|医院|大学|学院|中学|小学|公园|机场|车站|站|寺|花园|小区|公寓|中心|码头|博物馆|花苑|家园|新村|公馆|山庄|苑)(?!街道|镇|乡)"
)
COUNTY_ENDINGS = frozenset("区县旗")
DETAIL = re.compile(r"路|街|道|巷|弄|段|号|楼|室|栋|幢")
"""Where the road and the house begin, names of places are rarely meant as places."""

WEIGHT_FULL = 1.0
WEIGHT_SHORT = 0.6
WEIGHT_AFTER_DETAIL = 0.3
"""A name after the road counts so much of its weight."""
AGAINST = 0.5
"""A name of elsewhere takes away so much of its weight."""
FIRST_BONUS = 0.15
TWO_CHARACTERS = 2

SURE_OF_A_NAME, SURE_OF_A_WHOLE_NAME, SURE_OF_MORE_NAMES = 0.4, 0.45, 0.12
DOUBT, SMALL_DOUBT = 0.3, 0.1
SURE_MIN, SURE_MAX = 0.05, 0.99


@dataclass(frozen=True, slots=True)
class Candidate:
    """A division that the text may mean."""

    code: str
    names: Names
    score: float


@dataclass(frozen=True, slots=True)
class Located:
    """What an address names, as far as it can be told.

    `code` six digits, a city's or province's padded with zeros; None when nothing was found or several are as likely
    (then `candidates` says between what). `names` province, city, county, township; None where unknown. `confidence`
    0…1. `words` the reason in `zh` and `en`. `policies` the versions of the names it was read by.
    """

    code: str | None
    names: Names
    confidence: float
    words: Words
    level: Level | None = None
    candidates: tuple[Candidate, ...] = ()
    policies: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Witness:
    """A mention and how much it counts."""

    mention: Mention
    weight: float


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A division that was named, with all above it, the witnesses (by place in the list) for it, and its score."""

    code: str
    path: frozenset[str]
    support: frozenset[int]
    score: float


def locate(text: str | None, policies: Policies) -> Located:
    """The division that `text` names by the `division/…` policies; total: an empty or foreign address finds nothing."""
    names = gazetteer(policies)
    versions = tuple(sorted(names.policies.items()))
    folded = re.sub(r"[\s,，、;；。.]+(?=[^\x00-\x7f])", "", fold((text or "")[:TEXT_CHARACTERS_MAX]))
    witnesses = _witnesses(folded, names)
    ranked = _ranked(witnesses, names)
    if not ranked:
        return Located(None, NO_NAMES, 0.0, unknown_words(given=bool(folded)), policies=versions)
    best = [one for one in ranked if one.score == ranked[0].score]
    if len(best) > 1:
        shared = _common(best, names)
        return Located(
            code=None,
            names=names.names(shared) if shared else NO_NAMES,
            confidence=0.0,
            words=unclear_words([one.names for one in best[:CANDIDATES_MAX]]),
            candidates=tuple(best[:CANDIDATES_MAX]),
            policies=versions,
        )
    return _found(best[0], witnesses, names, versions)


def _witnesses(folded: str, names: Gazetteer) -> list[_Witness]:
    """The names that may be meant as places, each with its weight."""
    mentions = list(names.mentions(folded))
    detail_at = _detail_at(folded, mentions)
    witnesses = []
    for mention in mentions:
        if mention.name.kind != "full" and _begins_another_name(folded, mention):
            continue
        weight = WEIGHT_FULL if mention.name.kind == "full" else WEIGHT_SHORT
        late = mention.start > detail_at and mention.name.kind != "english"
        witnesses.append(_Witness(mention, weight * (WEIGHT_AFTER_DETAIL if late else 1.0)))
    return witnesses


def _detail_at(folded: str, mentions: list[Mention]) -> int:
    """Where road and house begin: the first word of that kind that is no part of a place's name (鼓楼区 is one)."""
    within = {at for mention in mentions for at in range(mention.start, mention.end)}
    return next((one.start() for one in DETAIL.finditer(folded) if one.start() not in within), len(folded))


def _begins_another_name(folded: str, mention: Mention) -> bool:
    """Whether what follows makes the name a road's, a building's, or that of a county elsewhere (朝阳 in 朝阳区)."""
    if ROAD.match(folded, mention.end) or BUILDING.match(folded, mention.end):
        return True
    return folded[mention.end : mention.end + 1] in COUNTY_ENDINGS and all(
        code.endswith("00") for code in mention.name.codes
    )


def _ranked(witnesses: list[_Witness], names: Gazetteer) -> list[Candidate]:
    """The divisions that were named, heaviest first; of two that lie in one another only the better one."""
    codes = sorted({code for witness in witnesses for code in witness.mention.name.codes})
    weighed = [one for code in codes if (one := _weigh(code, witnesses, names)) is not None]
    lasting = [one for one in weighed if not any(_gives_way(one, other) for other in weighed)]
    return [
        Candidate(one.code, names.names(one.code), one.score)
        for one in sorted(lasting, key=lambda one: (-one.score, one.code))
    ]


def _weigh(code: str, witnesses: list[_Witness], names: Gazetteer) -> _Weighed | None:
    """What speaks for and against a division; None for half a word such as 城区 without a city that is named too."""
    path = names.paths[code]
    support = frozenset(at for at, one in enumerate(witnesses) if path.intersection(one.mention.name.codes))
    own = [witnesses[at].mention.name for at in support if code in witnesses[at].mention.name.codes]
    half_words = all(name.kind == "full" and len(name.text) <= TWO_CHARACTERS for name in own)
    if half_words and len(own) == len(support):
        return None
    score = sum(one.weight if at in support else -AGAINST * one.weight for at, one in enumerate(witnesses))
    return _Weighed(code, path, support, round(score + (FIRST_BONUS if 0 in support else 0.0), 4))


def _gives_way(one: _Weighed, other: _Weighed) -> bool:
    """A wider division to a narrower one with a witness more; a narrower one to a wider one of the same name."""
    if one.code == other.code:
        return False
    if one.code in other.path:
        return other.score >= one.score and other.support != one.support
    return other.code in one.path and other.support == one.support


def _common(best: list[Candidate], names: Gazetteer) -> str | None:
    """The lowest division that lies above all of them, if they lie in one province."""
    common = frozenset.intersection(*(names.paths[one.code] for one in best))
    return max(common, key=lambda code: len(code.rstrip("0")), default=None)


def _found(
    best: Candidate, witnesses: list[_Witness], names: Gazetteer, versions: tuple[tuple[str, int], ...]
) -> Located:
    path = names.paths[best.code]
    agree = [one for one in witnesses if path.intersection(one.mention.name.codes)]
    against = [one for one in witnesses if not path.intersection(one.mention.name.codes)]
    return Located(
        code=best.code,
        names=best.names,
        confidence=_confidence(best.code, agree, against),
        words=found_words(
            best.names, [one.mention.name.text for one in agree], [one.mention.name.text for one in against]
        ),
        level=names.by_code[best.code].level,
        candidates=(best,),
        policies=versions,
    )


def _confidence(code: str, agree: list[_Witness], against: list[_Witness]) -> float:
    """How sure: by the best name of the division itself, more with a name above it, less with names of elsewhere."""
    own = max(one.weight for one in agree if code in one.mention.name.codes)
    above = any(code not in one.mention.name.codes for one in agree)
    sure = SURE_OF_A_NAME + SURE_OF_A_WHOLE_NAME * own + (SURE_OF_MORE_NAMES if above else 0.0)
    county_at = -1 if code.endswith("00") else max(one.mention.start for one in agree)
    for one in against:
        # What comes after the county is mostly a road or a house that is called so; a county of elsewhere in short is
        # mostly a part of another word (松山 in 松山湖).
        is_late = 0 <= county_at < one.mention.start
        name = one.mention.name
        is_part = name.kind == "short" and not any(other.endswith("00") for other in name.codes)
        sure -= one.weight * (SMALL_DOUBT if is_late or is_part else DOUBT)
    return round(min(SURE_MAX, max(SURE_MIN, sure)), 2)
