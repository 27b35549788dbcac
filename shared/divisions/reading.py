"""The divisions that the names in a text can mean together.

Names are taken from left to right. What they may mean is narrowed: a name within what is held narrows it, a name above
it bears it out, whatever the order (五常街道余杭区 and 余杭区五常街道). A name that fits nowhere is noted as against.
"""

from dataclasses import dataclass, field

from shared.divisions.codes import CITY, COUNTY, PROVINCE
from shared.divisions.gazetteer import FULL, OTHER, SHORT, Codes, Gazetteer
from shared.divisions.mentions import Found, Mention, is_weak_by_itself
from shared.divisions.short import town_short_names
from shared.divisions.short_towns import meant
from shared.divisions.typos import ANY, likely
from shared.divisions.words_around import AREA, COUNTY_TOKEN, EVERYDAY, KIND_OF_COUNTY, SEPARATORS, skipped

TOWNS_OF_ONE_NAME_MAX = 500

WEIGHTS = {FULL: 3.0, SHORT: 2.0, OTHER: 1.8}
WEIGHT_TOWN, WEIGHT_TOWN_OF_MANY = 2.0, 1.7
"""The latter where several townships have the name: 城关镇."""
LOOSE, LATE = 0.3, 0.4
"""What a name amid other words, and one behind the road, count of their weight."""


LEADS_TO = frozenset("到至往")
"""What stands before the place that something goes to."""


@dataclass(slots=True)
class Held:
    """What the names may mean together (`codes`, at least one), the names for and against it, and rules that fired."""

    codes: list[int]
    used: list[Mention]
    against: list[Mention] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    """What of the text was read as a name without being one in full: `complete.py`."""

    def narrow(self, codes: list[int], rule: str, span: tuple[int, int]) -> None:
        """Hold only these, by a rule that read so much of the text as a name."""
        self.codes = codes
        self.rules.append(rule)
        self.spans.append(span)

    def stop(self) -> int:
        """Where the last of the names ends."""
        stops = [one.stop for one in self.used]
        if self.spans:
            stops += [stop for _, stop in self.spans]
        return max(stops, default=0)

    def start(self) -> int:
        """Where the first of the names begins."""
        return min([one.start for one in self.used] + [start for start, _ in self.spans], default=0)


def read(found: Found, names: Gazetteer) -> Held | None:
    """The reading with the most weight; None where no name stands that can begin one."""
    held = _narrowed(found, found.places, names)
    if held is None or not held.against:
        return held
    against = [one for one in held.against if _weight(one, found, names) >= 1]
    held.against = against
    for one in against:
        other = _narrowed(found, [one, *(place for place in found.places if place is not one)], names)
        if other is None:
            continue
        more = _total(other, found, names) - _total(held, found, names)
        if more > 0 or (more == 0 and _goes_before(one, held, found, names)):
            other.against = [late for late in other.against if _weight(late, found, names) >= 1]
            held = other
    return held


def _goes_before(one: Mention, held: Held, found: Found, names: Gazetteer) -> bool:
    """Whether of two readings of one weight the one with this name is meant.

    Where one goes to is meant, not where from; and the county rather than the city that it once lay in: 安庆市枞阳县.
    """
    if one.start and found.folded[one.start - 1] in LEADS_TO:
        return True
    if one.name >= names.upper or names.upper_kinds[one.name] != FULL or one.start != held.stop():
        return False
    counties = names.upper_codes[one.name]
    provinces = {code // PROVINCE for code in held.codes}
    return len(counties) == 1 and counties[0] % CITY != 0 and counties[0] // PROVINCE in provinces


def _narrowed(found: Found, order: list[Mention], names: Gazetteer) -> Held | None:
    held: Held | None = None
    for one in order:
        if held is None:
            codes = _meanings(one, names)
            if codes:
                held = Held(codes, [one])
            continue
        met = _met(held.codes, one.name, names)
        if met and met[0] % COUNTY and met[0] - met[0] % COUNTY not in held.codes and _is_any_city_s(one, found):
            continue
        if met:
            held.codes = _lower(met, one, found, names) if one.name == held.used[-1].name else met
            held.used.append(one)
        elif not _otherwise(held, one, found, names):
            held.against.append(one)
    return held


def _is_any_city_s(one: Mention, found: Found) -> bool:
    """Whether it is a word for a part of any city, which names a place only behind what holds it: 盐城高新区."""
    return any(words.fullmatch(found.folded, one.start, one.stop) for words in (AREA, EVERYDAY))


def _meanings(one: Mention, names: Gazetteer) -> list[int]:
    """All divisions that the name alone may mean."""
    codes = list(names.upper_codes[one.name]) if one.name < names.upper else []
    first = names.full_first
    begin, end = first[one.name], first[one.name + 1]
    if begin != end and end - begin <= TOWNS_OF_ONE_NAME_MAX:
        codes += names.full_codes[begin:end]
    return codes


def _met(codes: list[int], name: int, names: Gazetteer) -> list[int]:
    """What lies both in what is held and in what the name means: always the narrower of the two."""
    widths = names.widths
    met: dict[int, None] = {}
    if name < names.upper:
        meant = names.upper_codes[name]
        for code in codes:
            high = code + widths.get(code, 1)
            for other in meant:
                if code <= other < high:
                    met[other] = None
                elif other <= code < other + widths[other]:
                    met[code] = None
    first = names.full_first
    if first[name] != first[name + 1]:
        towns = {
            town: None
            for code in codes
            for town in names.full_towns(name, code, code + widths.get(code, 1))
            if town not in codes or code == town
        }
        if towns and (not met or len(met) > 1):
            return list(towns)
        met |= {} if met else towns
    return list(met)


def _lower(codes: list[int], one: Mention, found: Found, names: Gazetteer) -> list[int]:
    """A name that stands twice in a row is first that of a place and then of one in it: 荆州荆州, 新都新都."""
    widths = names.widths
    inner = [code for code in codes if any(one < code < one + widths[one] for one in codes if one in widths)]
    if inner:
        return inner
    text = found.folded[one.start : one.stop]
    towns = [town for code in codes for town in names.short_towns(text, code, code + widths.get(code, 1))]
    return towns if len(towns) == 1 else codes


def _otherwise(held: Held, one: Mention, found: Found, names: Gazetteer) -> bool:
    """A name that does not fit as it stands: a township's short name, another kind of township, one that has moved."""
    if _county_once(held, one, found, names) or _town_otherwise(held, one, found, names):
        return True
    if _county_otherwise(held, one, found, names):
        return True
    if _county_misspelt(held, one, found, names):
        return True
    text = found.folded[one.start : one.stop]
    moved = {names.moved.get((code - code % COUNTY, text)) for code in held.codes} - {None}
    if len(moved) == 1:
        held.codes = [code for code in moved if code is not None]
        held.used.append(one)
        held.rules.append("former_county_of_the_town")
        return True
    return False


def _county_once(held: Held, one: Mention, found: Found, names: Gazetteer) -> bool:
    """Take the short name of a county elsewhere as that of a former one of the city right before: 邢台桥西."""
    once = names.once.get(one.name)
    if once is None or skipped(found.folded, held.stop()) != one.start:
        return False
    inside = [code for code in once for city in held.codes if city <= code < city + CITY and city % CITY == 0]
    if len(inside) != 1:
        return False
    held.codes = inside
    held.used.append(one)
    held.rules.append("former_name")
    return True


def _town_otherwise(held: Held, one: Mention, found: Found, names: Gazetteer) -> bool:
    """Take a county's name as a township's short one (五常), or a township's as that of another kind (五常镇)."""
    for stem, end in _stems(one, found, names):
        holding = [code for code in held.codes if code % PROVINCE and _towns_in(stem, code, names)]
        towns = [town for code in holding for town in _towns_in(stem, code, names)]
        if len(towns) != 1:
            continue
        town: tuple[str, int] | None = ("town_kind_changed", end)
        if one.name < names.upper:
            town = _short_town(held, one, found, (towns[0], end), names, in_city=holding[0] % CITY == 0)
        if town is not None:
            rule, stop = town
            held.narrow(towns, rule, (one.start, stop))
            held.used.append(one)
            return True
    return False


def _county_otherwise(held: Held, one: Mention, found: Found, names: Gazetteer) -> bool:
    """Take the full name of a place elsewhere as that of a county of another kind in the city held: 台南縣永康市."""
    text = found.folded[one.start : one.stop]
    name = names.number(text[:-1]) if text[-1] in KIND_OF_COUNTY or text[-1] in "镇乡" else -1
    if not 0 <= name < names.upper:
        return False
    cities = [code for code in held.codes if code % PROVINCE and code % CITY == 0]
    inside = [code for code in names.upper_codes[name] if code % CITY and code - code % CITY in cities]
    if len(inside) != 1:
        return False
    held.codes = inside
    held.used.append(Mention(one.start, one.stop, name))
    return True


def _county_misspelt(held: Held, one: Mention, found: Found, names: Gazetteer) -> bool:
    """Take a name of elsewhere as a part of a misspelt county's behind its city: 徐州穗宁县 is 睢宁县, and not 宁县."""
    at = skipped(found.folded, held.stop())
    token = COUNTY_TOKEN.match(found.folded, at)
    if token is None or one.start < at or one.stop > token.end() or one[:2] == token.span():
        return False
    cities = [code for code in held.codes if code % CITY == 0]
    meant = {two for code in cities for two in names.counties_between(code, code + names.widths[code], len(token[0]))}
    codes, rule = likely(token[0], sorted(meant))
    if len(codes) != 1 or rule == ANY:
        return False
    held.narrow(codes, rule, token.span())
    return True


def _stems(one: Mention, found: Found, names: Gazetteer) -> list[tuple[str, int]]:
    """The short names of townships that may stand where this name does, and where each ends."""
    if one.name < names.upper:
        return [(found.folded[one.start : one.stop + more], one.stop + more) for more in (2, 1, 0)]
    return [(short, one.stop) for short in town_short_names(found.folded[one.start : one.stop])]


def _towns_in(stem: str, code: int, names: Gazetteer) -> Codes:
    return names.short_towns(stem, code, code + names.widths.get(code, 1))


def _short_town(
    held: Held, one: Mention, found: Found, town: tuple[int, int], names: Gazetteer, *, in_city: bool
) -> tuple[str, int] | None:
    """As `meant`, of a township and where its name ends.

    Nothing for a city's name before what it should lie in (延安 江南), nor amid other words behind the road (万通新城),
    nor where only a city is held, far from it.
    """
    code, end = town
    is_before = one.start < held.start()
    if is_before and any(code % CITY == 0 for code in names.upper_codes[one.name]):
        return None
    if one.start > found.house_at() and not found.is_anchored(one):
        return None
    between = found.folded[end : held.start()] if is_before else found.folded[held.stop() : one.start]
    if in_city and not SEPARATORS.issuperset(between) and AREA.fullmatch(between.strip()) is None:
        return None
    return meant(found, one.start, end, code, names, in_city=in_city and not is_before)


def _total(held: Held, found: Found, names: Gazetteer) -> float:
    return sum(_weight(one, found, names) for one in held.used)


def _weight(one: Mention, found: Found, names: Gazetteer) -> float:
    """How much a name counts where names contradict; a word that any city has counts nothing."""
    is_wide = one.name < names.upper and any(code % CITY == 0 for code in names.upper_codes[one.name])
    if not is_wide and _is_any_city_s(one, found):
        return 0.0
    if one.name >= names.upper:
        first = names.full_first
        weight = WEIGHT_TOWN if first[one.name + 1] - first[one.name] == 1 else WEIGHT_TOWN_OF_MANY
    else:
        kind = names.upper_kinds[one.name]
        weight = 0.0 if kind == OTHER and is_weak_by_itself(one.name, names) else WEIGHTS[kind]
        if kind != FULL and (one.start in found.lent or not found.is_anchored(one)):
            weight *= LOOSE
    is_late = one.start > found.house_at() and not _stands_apart(one, found)
    return weight * LATE if is_late else weight


def _stands_apart(one: Mention, found: Found) -> bool:
    """Whether it is one of several names side by side, with a mark before the first: 慈云路9号 桐乡 浙江."""
    beside = [two for two in found.places if _side_by_side(two, one, found) or _side_by_side(one, two, found)]
    first = min([one, *beside]).start
    return bool(beside) and first > 0 and found.folded[first - 1] in SEPARATORS


def _side_by_side(one: Mention, other: Mention, found: Found) -> bool:
    return one.stop <= other.start and SEPARATORS.issuperset(found.folded[one.stop : other.start])


def widest(codes: list[int], names: Gazetteer) -> list[int]:
    """Of divisions that lie in one another only the wider one: 上海 is the province rather than the city in it."""
    if len(codes) == 1:
        return codes
    kept: list[int] = []
    for code in sorted(codes, key=lambda one: (-names.widths.get(one, 1), one)):
        if not any(other <= code < other + names.widths.get(other, 1) for other in kept):
            kept.append(code)
    return kept


def narrowed_by_near(codes: list[int], near: int) -> list[int]:
    """Those that share the most with what is near: the county, else the city, else the province."""
    for width in (COUNTY, CITY, PROVINCE):
        same = [code for code in codes if code // width == near // width]
        if same:
            return same
    return codes
