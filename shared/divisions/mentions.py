"""The names of places in a text, from left to right, without those that are parts of a road's or a building's name."""

from dataclasses import dataclass
from typing import NamedTuple

from shared.divisions.codes import CITY
from shared.divisions.gazetteer import FULL, OTHER, SHORT, Gazetteer, two_letters_each
from shared.divisions.words_around import HOUSE, KIND_OF_COUNTY, LEADS, SEPARATORS, TAKEN, TAKEN_FIRST, WEAK_FULL

GENERIC_MIN = 3
"""A name in use for so many zones (高新区) says something only after the city that it lies in."""
FIRST_CJK = "⺀"


class Mention(NamedTuple):
    """One name found, `start` and `stop` in the folded text; `name` its number in the gazetteer."""

    start: int
    stop: int
    name: int


@dataclass(slots=True)
class Found:
    """The mentions that may mean places, and those that are taken by a longer name of something else."""

    folded: str
    places: list[Mention]
    taken: list[Mention]
    house: int = -1

    def house_at(self) -> int:
        """Where road or house begin: the first word of that kind that is no part of a place's name (路桥区)."""
        if self.house < 0:
            spans = [(one.start, one.stop) for one in self.places]
            self.house = len(self.folded)
            for one in HOUSE.finditer(self.folded):
                at = one.start()
                if not any(start <= at < stop for start, stop in spans):
                    self.house = at
                    break
        return self.house

    def is_anchored(self, mention: Mention) -> bool:
        """Whether a name may begin here: at the beginning, after a mark, a digit, a lead as 在, another name."""
        start = mention.start
        if start == 0:
            return True
        before = self.folded[start - 1]
        may_follow = before < FIRST_CJK or before in SEPARATORS or before in LEADS
        return may_follow or any(one.stop == start for one in self.places)


def find(folded: str, names: Gazetteer) -> Found:
    """The longest name at each place, the leftmost first; none overlaps another."""
    longest: dict[int, Mention] = {}
    shorter: dict[int, Mention] = {}
    lengths = names.lengths
    for end, name in names.automaton.iter(two_letters_each(folded)):
        if end & 1:
            stop = (end + 1) >> 1
            start = stop - lengths[name]
            if start in longest:
                shorter[start] = longest[start]
            longest[start] = Mention(start, stop, name)
    if not longest:
        return Found(folded, [], [])
    return _sorted_out(folded, longest, shorter, names)


def _sorted_out(folded: str, longest: dict[int, Mention], shorter: dict[int, Mention], names: Gazetteer) -> Found:
    places: list[Mention] = []
    taken: list[Mention] = []
    at = 0
    upper, kinds, size = names.upper, names.upper_kinds, len(folded)
    for start in sorted(longest):
        one = longest[start]
        if start < at:
            if places:
                _overlap(folded, places, one, shorter, names)
                at = max(at, places[-1].stop)
            continue
        stop, name = one.stop, one.name
        at = stop
        if name < upper:
            kind = kinds[name]
            if kind < FULL:
                if stop < size and stop not in longest and folded[stop] in TAKEN_FIRST and TAKEN.match(folded, stop):
                    other = shorter.get(start)
                    if kind == SHORT or other is None or other.name >= upper:
                        taken.append(one)
                        continue
                    one, stop, name, kind = other, other.stop, other.name, kinds[other.name]
                    at = stop
                elif kind == OTHER and start in shorter and folded[stop - 1 : stop + 1] in names.towns_short:
                    one = shorter[start]
                    stop, name, at = one.stop, one.name, one.stop
                    kind = kinds[name] if name < upper else FULL
                is_weak = kind == OTHER and len(names.upper_codes[name]) >= GENERIC_MIN
                if kind == SHORT and stop < size and folded[stop] in KIND_OF_COUNTY and stop not in longest:
                    one = _of_another_kind(folded, one, names)
                    at = one.stop
            else:
                is_weak = stop - start <= len("城区") and folded[start:stop] in WEAK_FULL
            if is_weak and not _follows(places, start, folded):
                continue
        places.append(one)
    return Found(folded, places, taken)


def _of_another_kind(folded: str, one: Mention, names: Gazetteer) -> Mention:
    """A county's short name with a word for another kind of county behind it, unless a township begins there."""
    codes = names.upper_codes[one.name]
    if all(code % CITY == 0 for code in codes) or any(
        folded[one.stop : one.stop + size] in names.towns_short for size in (2, 3)
    ):
        return one
    return Mention(one.start, one.stop + 1, one.name)


def _follows(places: list[Mention], start: int, folded: str) -> bool:
    """Whether another name ends right before."""
    return bool(places) and not folded[places[-1].stop : start].strip(" ,，、-/")


def _overlap(folded: str, places: list[Mention], late: Mention, shorter: dict[int, Mention], names: Gazetteer) -> None:
    """Settle two names that share characters: 济南市中区 is 济南 and 市中区, 庆阳镇原 is 庆阳 and 镇原; else left wins.

    A short name amid other words gives way to a full name that begins inside it.
    """
    early = places[-1]
    if late.start >= early.stop or late.name >= names.upper:
        return
    less = shorter.get(early.start)
    if less is not None and less.stop == late.start == early.stop - 1 and less.name < names.upper:
        within = names.upper_codes[less.name]
        if any(c <= d < c + names.widths[c] for c in within for d in names.upper_codes[late.name]):
            places[-1:] = [less, late]
        return
    is_loose = names.is_short(early.name) and early.start > 0 and not _led(folded, early, places)
    if is_loose and names.upper_kinds[late.name] == FULL:
        places[-1] = late


def _led(folded: str, mention: Mention, places: list[Mention]) -> bool:
    before = folded[mention.start - 1]
    touches = len(places) > 1 and places[-2].stop == mention.start
    return touches or before < FIRST_CJK or before in SEPARATORS or before in LEADS
