"""The names of places in a text, from left to right, without those that are parts of a road's or a building's name."""

from dataclasses import dataclass
from typing import NamedTuple

from shared.divisions.codes import CITY
from shared.divisions.gazetteer import FORMER_IN_SHORT, FULL, OTHER, SHORT, Gazetteer, two_letters_each
from shared.divisions.words_around import (
    CAMPUS,
    CAMPUS_KINDS,
    DENIAL,
    ENDS,
    EVERYDAY,
    HOME,
    HOUSE,
    IN_THE_COUNTRY,
    KIND_OF_COUNTY,
    LANDMARK,
    LEADS,
    LEADS_IN,
    OF_A_HOME,
    ROAD_OF_A_TOWN,
    SEPARATORS,
    STATION,
    STATION_FIRST,
    TAKEN,
    TAKEN_FIRST,
    TAKEN_TOWN,
    WEAK_FULL,
    skipped,
)

LONGEST_WEAK = max(map(len, WEAK_FULL))
WEAK_KINDS = ("quarter", FORMER_IN_SHORT)
GENERIC_MIN = 3
"""A name in use for so many zones (高新区) says something only after the city that it lies in."""
VILLAGE_TOWNS = ("镇", "乡", "街")
"""What makes a name with 村 that of a township."""
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
    lent: frozenset[int] = frozenset()
    """Where those places begin whose name a road or a building behind it may only have borrowed."""
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
        return may_begin(self.folded, start) or any(one.stop == start for one in self.places)


def may_begin(folded: str, start: int) -> bool:
    """Whether a name may begin here: at the beginning, behind a mark, a digit, a lead as 在.

    What ends another place's name leads to one only where that has a beginning: 镇和县 and 家丰县 are one name.
    """
    if start == 0:
        return True
    before = folded[start - 1]
    if before < FIRST_CJK or before in SEPARATORS:
        return True
    if before not in LEADS:
        return False
    if before == HOME:
        return folded[max(0, start - 2)] in OF_A_HOME
    return before not in ENDS or (start > 1 and folded[start - 2] not in SEPARATORS)


def find(folded: str, names: Gazetteer) -> Found:
    """The longest name at each place, the leftmost first; none overlaps another."""
    longest: Hits = {}
    shorter: Hits = {}
    lengths = names.lengths
    for end, name in names.automaton.iter(two_letters_each(folded)):
        if end & 1:
            stop = (end + 1) >> 1
            start = stop - lengths[name]
            if start in longest:
                shorter[start] = longest[start]
            longest[start] = (stop, name)
    if not longest:
        return Found(folded, [], [])
    return _sorted_out(folded, longest, shorter, names)


Hits = dict[int, tuple[int, int]]
"""By where a name begins: where it ends, and its number."""


def _sorted_out(folded: str, longest: Hits, shorter: Hits, names: Gazetteer) -> Found:
    places: list[Mention] = []
    taken: list[Mention] = []
    lent: list[int] = []
    at = 0
    upper, kinds, size, in_country = names.upper, names.upper_kinds, len(folded), "乡下" in folded
    for start in sorted(longest):
        stop, name = longest[start]
        if start < at:
            if places:
                _overlap(folded, places, Mention(start, stop, name), (longest, shorter), names)
                at = max(at, places[-1].stop)
            continue
        if name < upper:
            kind = kinds[name]
            if kind == OTHER and start in shorter and _reads_shorter(folded, shorter[start][0], stop, longest, names):
                stop, name = shorter[start]
                kind = kinds[name] if name < upper else FULL
            at = stop
            if kind < FULL:
                if stop < size and stop not in longest and _is_taken(folded, stop, name, names):
                    one = Mention(start, stop, name)
                    if not _lends(folded, one, places, names):
                        taken.append(one)
                        continue
                    lent.extend(_in_doubt(folded, places, one, names))
                is_weak = (kind == OTHER and is_weak_by_itself(name, names)) or is_a_village_s(folded, stop)
                if kind == SHORT and stop < size and folded[stop] in KIND_OF_COUNTY and stop not in longest:
                    at = stop = _with_its_kind(folded, stop, name, names)
            else:
                is_weak = stop - start <= LONGEST_WEAK and folded[start:stop] in WEAK_FULL
                stop = _with_its_area(folded, stop, longest)
            if is_weak and not _is_held_beside(folded, places, start, longest, names):
                continue
        if in_country and IN_THE_COUNTRY.match(folded, stop - 1):
            if start not in shorter:
                continue
            stop, name = shorter[start]
        at = stop
        places.append(Mention(start, stop, name))
    if len(places) > 1:
        places = _meant(folded, places, names)
    return Found(folded, places, taken, frozenset(lent)) if lent else Found(folded, places, taken)


def _meant(folded: str, places: list[Mention], names: Gazetteer) -> list[Mention]:
    """The places without those that only words around them bring in."""
    if "不" in folded or "别" in folded or "非" in folded:
        places = _not_denied(folded, places)
    return _campus_for_school(folded, places, names) if "校" in folded else places


def _not_denied(folded: str, places: list[Mention]) -> list[Mention]:
    """The places without those that are said not to be meant, if any others are named: 不是福田区，是罗湖区."""
    denied = {one.end() for one in DENIAL.finditer(folded)}
    kept = []
    for one in places:
        if one.start in denied:
            denied.add(one.stop)
        else:
            kept.append(one)
    return kept or places


def _campus_for_school(folded: str, places: list[Mention], names: Gazetteer) -> list[Mention]:
    """The places without the city of a school whose campus lies in another city: 哈尔滨工业大学深圳校区."""
    for school in CAMPUS.finditer(folded):
        campus = [one for one in places if one.start == school.end() and is_campus(folded, one, names)]
        if campus:
            places = [
                one
                for one in places
                if one.stop > school.start()
                or not SEPARATORS.isdisjoint(folded[one.stop : school.start()])
                or _is_held(campus[0], one[1:], names)
                or _is_held(one, campus[0][1:], names)
            ]
    return places


def is_campus(folded: str, one: Mention, names: Gazetteer) -> bool:
    """Whether it is a city after which a campus is called; a county's short name may be any word: 东风校区."""
    is_city = one.name < names.upper and any(code % CITY == 0 for code in names.upper_codes[one.name])
    return is_city and folded.startswith(CAMPUS_KINDS, one.stop)


def is_weak_by_itself(name: int, names: Gazetteer) -> bool:
    """Whether another name counts only behind what holds it: 高新区 of many cities, a quarter as 上水."""
    codes = names.upper_codes[name]
    if len(codes) >= GENERIC_MIN and len({code // CITY for code in codes}) >= GENERIC_MIN:
        return True
    other = names.former.get(name)
    return other is not None and other.kind in WEAK_KINDS


def _lends(folded: str, one: Mention, places: list[Mention], names: Gazetteer) -> bool:
    """Whether a name before a landmark means the place all the same: a city first of all, or what lies in the last."""
    meant = names.upper_codes[one.name]
    if not places:
        before = folded[one.start - 1] if one.start else " "
        is_first = before < FIRST_CJK or before in SEPARATORS or before in LEADS_IN
        return is_first and any(code % CITY == 0 for code in meant) and LANDMARK.match(folded, one.stop) is not None
    last = places[-1].name
    if last >= names.upper or not _follows(places, one.start, folded) or LANDMARK.match(folded, one.stop) is None:
        return False
    widths = names.widths
    inside = [code for code in meant if any(top <= code < top + widths[top] for top in names.upper_codes[last])]
    return any(all(top <= code < top + widths[top] for code in inside) for top in inside)


def _in_doubt(folded: str, places: list[Mention], one: Mention, names: Gazetteer) -> list[int]:
    """Where a name before a landmark begins; nothing for a city behind its province, before a road: 福建福州五四路."""
    is_city = all(code % CITY == 0 for code in names.upper_codes[one.name])
    is_road = ROAD_OF_A_TOWN.match(folded, one.stop) is not None
    return [] if is_city and places and is_road else [one.start]


def _is_taken(folded: str, stop: int, name: int, names: Gazetteer) -> bool:
    """Whether what follows makes the name the beginning of a road's, a building's or a station's.

    A road behind a zone's name lies in it and is not called after it: 长沙经济技术开发区东六路.
    """
    if folded[stop - 1] == "区":
        return False
    if folded[stop] in TAKEN_FIRST and TAKEN.match(folded, stop):
        return not _town_begins(folded, stop, name, names)
    if folded[stop] in STATION_FIRST and STATION.match(folded, stop):
        return all(code % CITY for code in names.upper_codes[name])
    return False


def is_a_village_s(folded: str, stop: int) -> bool:
    """Whether the short name is that of a village, which means a place above only behind what holds that: 东风村."""
    return folded[stop : stop + 1] == "村" and folded[stop + 1 : stop + 2] not in VILLAGE_TOWNS


def _town_begins(folded: str, stop: int, name: int, names: Gazetteer) -> bool:
    """Whether a county's township begins right behind its short name: 麦积道北, 从化街口."""
    for text in (folded[stop : stop + 2], folded[stop : stop + 3]):
        if text in names.towns_short and TAKEN_TOWN.match(folded, stop + len(text)) is None:
            counties = (code for code in names.upper_codes[name] if code % CITY)
            return any(len(names.short_towns(text, code, code + names.widths[code])) for code in counties)
    return False


def _reads_shorter(folded: str, sooner: int, stop: int, longest: Hits, names: Gazetteer) -> bool:
    """Whether a former name is better read without its last character, which begins a township's: 番禺市桥."""
    if sooner != stop - 1:
        return False
    if folded[stop - 1 : stop + 1] in names.towns_short and EVERYDAY.match(folded, stop - 1) is None:
        return True
    return stop < len(folded) and stop not in longest and TAKEN.match(folded, stop) is not None


def _with_its_kind(folded: str, stop: int, name: int, names: Gazetteer) -> int:
    """Where a county's short name ends with the word for its kind behind it; not where a township begins there."""
    if all(code % CITY == 0 for code in names.upper_codes[name]):
        return stop
    is_township = any(folded[stop : stop + size] in names.towns_short for size in (2, 3))
    return stop if is_township else stop + 1


def _with_its_area(folded: str, stop: int, longest: Hits) -> int:
    """Where a full name ends with 区 behind it: 东莞市区."""
    return stop + 1 if folded.startswith("市区", stop - 1) and stop not in longest else stop


def _follows(places: list[Mention], start: int, folded: str) -> bool:
    """Whether another name ends right before."""
    return bool(places) and not folded[places[-1].stop : start].strip(" ,，、-/")


def _overlap(folded: str, places: list[Mention], late: Mention, hits: tuple[Hits, Hits], names: Gazetteer) -> None:
    """Settle two names that share characters: 济南市中区 is 济南 and 市中区, 庆阳镇原 is 庆阳 and 镇原; else left wins.

    A short name amid other words gives way to one that begins inside it, if that is a full name, or what holds it
    follows: 狮山南海佛山 is 南海 and 佛山.
    """
    early = places[-1]
    longest, shorter = hits
    if late.start >= early.stop or late.name >= names.upper:
        return
    stop, name = shorter.get(early.start, (0, 0))
    if stop == late.start == early.stop - 1 and name < names.upper:
        within = names.upper_codes[name]
        if _is_part_of_a_city(folded, late, names):
            return
        if any(c <= d < c + names.widths[c] for c in within for d in names.upper_codes[late.name]):
            places[-1:] = [Mention(early.start, stop, name), late]
        return
    is_loose = names.is_short(early.name) and early.start > 0 and not _led(folded, early, places)
    if folded[late.start : late.stop] in WEAK_FULL:
        return
    if is_loose and (names.upper_kinds[late.name] == FULL or _is_held(late, longest.get(late.stop), names)):
        places[-1] = late


def _is_held(one: Mention, behind: tuple[int, int] | None, names: Gazetteer) -> bool:
    """Whether the name right behind is that of what holds it."""
    if behind is None or behind[1] >= names.upper:
        return False
    wide = names.upper_codes[behind[1]]
    return any(top <= code < top + names.widths[top] for top in wide for code in names.upper_codes[one.name])


def _is_held_beside(folded: str, places: list[Mention], start: int, longest: Hits, names: Gazetteer) -> bool:
    """Whether what holds it stands right before it, or behind it and nothing or a mark before: 城区 阳泉市."""
    one = Mention(start, *longest[start])
    if _follows(places, start, folded):
        return any(_is_held(one, last[1:], names) for last in places[-2:])
    if start and folded[start - 1] not in SEPARATORS:
        return False
    return _is_held(one, longest.get(skipped(folded, one.stop)), names)


def _is_part_of_a_city(folded: str, late: Mention, names: Gazetteer) -> bool:
    """Whether 市中 or 市南 is the city's own 市 with a word behind it: 枣庄市中心, 青岛市南门, 济南市中山路."""
    goes_on = late.stop < len(folded) and folded[late.stop] not in SEPARATORS
    return goes_on and folded[late.start] == "市" and names.is_short(late.name)


def _led(folded: str, mention: Mention, places: list[Mention]) -> bool:
    touches = len(places) > 1 and places[-2].stop == mention.start
    return touches or may_begin(folded, mention.start)
