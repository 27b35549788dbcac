"""What stands beside the names without being one in full: short names of townships, names with a wrong character."""

import re

from shared.divisions.codes import CITY, COUNTY, PROVINCE
from shared.divisions.gazetteer import OTHER, Gazetteer
from shared.divisions.mentions import Found, Mention
from shared.divisions.reading import Held
from shared.divisions.short_towns import is_taken, meant
from shared.divisions.typos import ANY, LENGTH_OF_ANY_MIN, anywhere, likely
from shared.divisions.words_around import AREA, COUNTY_TOKEN, EVERYDAY, SEPARATORS, SOME_AREA, skipped
from shared.folding import fold

EVERYTHING = 1_000_000_000
TOWN_SHORT_CHARACTERS = (6, 5, 4, 3, 2)
TOWN_TOKEN = re.compile(r"[一-鿿]{1,8}?(?:街道|镇|乡|苏木|[接借介界阶劫结]道)")
UPPER_TOKEN = re.compile(r"[一-鿿]{2,7}?(?:省|市|区|县|州|盟|旗)|[一-鿿]{2,3}$")
DIRECTION_OF_MORE = re.compile("[东南西北中](?=[一-鿿])(?![一二三四五六七八九十]|街道|镇|乡|村|社区)")
"""The last character of a township's short name that is as likely the first of what follows: 丛台东柳大街."""
MARKS = "".join(SEPARATORS)
TOWN_OFFICE = re.compile(r"办事处|办")


def completed(found: Found, held: Held, names: Gazetteer) -> None:
    """Narrow what is held by what stands right behind the names, or before them."""
    stop = held.stop()
    if all(code % COUNTY for code in held.codes):
        office = TOWN_OFFICE.match(found.folded, stop)
        if office is not None:
            held.spans.append(office.span())
        return
    at = skipped(found.folded, stop)
    last = held.used[-1] if held.used else None
    if (
        last is not None
        and names.is_short(last.name)
        and (_longer_name(found, held, last, names) or _longer_county(found, held, last, names))
    ):
        return
    is_city = len(held.codes) == 1 and held.codes[0] % CITY == 0
    if is_city and _misspelt(found, held, at, names):
        return
    if _town_short(found, held, at, names) or (not is_city and _misspelt(found, held, at, names)):
        return
    if last is not None and last.name in names.former and names.upper_kinds[last.name] == OTHER:
        _town_of_that_name(found, held, last, names)
    if held.start() >= min(TOWN_SHORT_CHARACTERS):
        _town_before(found, held, names)


def _town_short(found: Found, held: Held, at: int, names: Gazetteer) -> int:
    """Take a short name of a township at this place; where it ends, or 0 when there is none."""
    folded = found.folded
    known = names.towns_short
    for size in TOWN_SHORT_CHARACTERS:
        text = folded[at : at + size]
        if len(text) < size or text not in known:
            continue
        towns = [
            town for code in held.codes for town in names.short_towns(text, code, code + names.widths.get(code, 1))
        ]
        if len(towns) > 1:
            return 0
        if not towns:
            continue
        in_city = towns[0] - towns[0] % COUNTY not in held.codes
        town = meant(found, at, at + size, towns[0], names, in_city=in_city)
        if town is not None:
            rule, stop = town
            held.narrow(towns, rule, (at, stop))
            return stop
    return 0


def _longer_name(found: Found, held: Held, last: Mention, names: Gazetteer) -> bool:
    """Whether a county's short name is the beginning of a township's: 天河 in 天河南, 红山 in 红山子."""
    if len(held.codes) != 1 or held.codes[0] % CITY == 0:
        return False
    county = held.codes[0] - held.codes[0] % COUNTY
    city = county - county % CITY
    for more in (2, 1):
        text = found.folded[last.start : last.stop + more]
        if len(text) == last.stop - last.start + more and text in names.towns_short:
            towns = names.short_towns(text, city, city + CITY)
            inside = [town for town in towns if town - town % COUNTY == county]
            if len(inside) == 1 and DIRECTION_OF_MORE.match(found.folded, last.stop + more - 1):
                return False
            if len(inside) == 1:
                held.narrow(inside, "town_short", (last.start, last.stop + more))
                return True
            if len(towns):
                held.rules.append("a_longer_name_begins_so")
                return True
    return False


def _longer_county(found: Found, held: Held, last: Mention, names: Gazetteer) -> bool:
    """Whether a county's short name only begins another's that is misspelt: 科尔沁 in 科尔沁左治后旗."""
    if len(held.codes) != 1 or held.codes[0] % CITY == 0:
        return False
    token = COUNTY_TOKEN.match(found.folded, last.start)
    if token is None or token.end() - last.stop < LENGTH_OF_ANY_MIN:
        return False
    city = held.codes[0] - held.codes[0] % CITY
    codes, rule = likely(token[0], names.counties_between(city, city + CITY, len(token[0])))
    if len(codes) != 1:
        return False
    held.narrow(codes, rule, token.span())
    return True


def _town_of_that_name(found: Found, held: Held, last: Mention, names: Gazetteer) -> None:
    """A former county's name that is a township's short name now: 塘沽."""
    text = found.folded[last.start : last.stop]
    towns = [town for code in held.codes for town in names.short_towns(text, code, code + names.widths.get(code, 1))]
    if len(towns) == 1:
        held.codes = towns
        held.rules.append("town_short")


def _town_before(found: Found, held: Held, names: Gazetteer) -> None:
    """A short name of a township that stands alone before the county: 五常 余杭区."""
    text = found.folded[: held.start()].strip(MARKS)
    towns = [town for code in held.codes for town in names.short_towns(text, code, code + names.widths.get(code, 1))]
    if len(towns) == 1:
        held.narrow(towns, "town_short", (0, held.start()))


def _misspelt(found: Found, held: Held, at: int, names: Gazetteer) -> int:
    """Take a county's or a township's name with one wrong character at this place; where it ends, or 0.

    A character neither of that sound nor of that look only where no other name contradicts, and not in 某某新区.
    """
    cities = [code for code in held.codes if code % CITY == 0]
    if len(held.codes) != 1 and len(cities) != 1:
        return 0
    code = cities[0] if cities else held.codes[0]
    high = code + names.widths.get(code, 1)
    if code % CITY == 0:
        token = COUNTY_TOKEN.match(found.folded, at)
        if token is not None and code % PROVINCE == 0 and _city_misspelt(found, held, token, names):
            return held.stop()
        if token is not None and AREA.fullmatch(token[0]) is None:
            codes, rule = likely(token[0], names.counties_between(code, high, len(token[0])))
            is_open = held.against or len(held.codes) > 1 or SOME_AREA.search(token[0])
            if len(codes) == 1 and not (rule == ANY and is_open):
                held.narrow(codes, rule, token.span())
                end = skipped(found.folded, token.end())
                return _town_short(found, held, end, names) or _full_town(found, held, end, names) or token.end()
    if code % PROVINCE and len(held.codes) == 1:
        token = TOWN_TOKEN.match(found.folded, at)
        if token is not None:
            codes, rule = likely(token[0], names.towns_between(code, high, len(token[0])))
            if len(codes) == 1:
                held.narrow(codes, rule, token.span())
                return token.end()
    return 0


def _city_misspelt(found: Found, held: Held, token: re.Match[str], names: Gazetteer) -> bool:
    """Behind a province a city of almost that name, and what is misspelt behind that: 江苏省泰洲市海凌区."""
    province = held.codes[0]
    cities = [(code, fold(names.names[code])) for code in names.cities_of(province)]
    codes, rule = likely(token[0], cities)
    if len(codes) != 1 or rule == ANY:
        return False
    held.narrow(codes, rule, token.span())
    end = skipped(found.folded, token.end())
    if not _misspelt(found, held, end, names):
        _town_short(found, held, end, names)
    return True


def _full_town(found: Found, held: Held, at: int, names: Gazetteer) -> int:
    """A full name of a township behind a misspelt county."""
    for one in found.places:
        if one.start == at:
            code = held.codes[0]
            towns = names.full_towns(one.name, code, code + names.widths.get(code, 1))
            if len(towns) == 1:
                held.codes = list(towns)
                held.spans.append((one.start, one.stop))
                return one.stop
    return 0


def respelled(found: Found, held: Held | None, names: Gazetteer) -> Held | None:
    """Where nothing, or nothing certain, was found: read the beginning as a misspelt name of a city or county."""
    if held is not None and (inside := _county_between(found, held, names)) is not None:
        return inside
    begin = skipped(found.folded, 0)
    first = held.start() if held is not None else len(found.folded)
    token = UPPER_TOKEN.match(found.folded, begin, first)
    while token is not None:
        codes, rule = anywhere(token[0])
        if codes:
            return _joined(held, codes, rule, token.span(), names)
        token = UPPER_TOKEN.match(found.folded, token.end(), first)
    return None


def _county_between(found: Found, held: Held, names: Gazetteer) -> Held | None:
    """Of townships of one name in one city, that of the county misspelt before it: 渭南市富屏县城关街道."""
    for one in held.used:
        stop = max([other.stop for other in held.used if other.stop <= one.start], default=0)
        tokens = list(COUNTY_TOKEN.finditer(found.folded, skipped(found.folded, stop), one.start))
        if not tokens or tokens[-1].end() != one.start:
            continue
        token = tokens[-1]
        counties = {code - code % COUNTY for code in held.codes if code % CITY}
        codes, rule = likely(token[0], [(code, fold(names.names[code])) for code in sorted(counties)])
        if len(codes) == 1:
            return _joined(held, codes, rule, token.span(), names)
    return None


def borne_out(found: Found, held: Held, names: Gazetteer) -> Held | None:
    """A short name amid other words that follows a misspelt name of what holds it: 温洲乐清."""
    token = UPPER_TOKEN.fullmatch(found.folded, skipped(found.folded, 0), held.start())
    if token is None:
        return None
    codes, rule = anywhere(token[0])
    if not any(high <= code < high + names.widths[high] for high in codes for code in held.codes):
        return None
    rules = [*held.rules, rule]
    return Held(held.codes, held.used, held.against, rules, [token.span(), *held.spans])


def _joined(held: Held | None, codes: list[int], rule: str, span: tuple[int, int], names: Gazetteer) -> Held | None:
    if held is None:
        is_short = span[1] - span[0] < LENGTH_OF_ANY_MIN  # 华山 is many things before it is 花山
        return None if is_short else Held(codes, [], [], [rule, "misspelt_alone"], [span])
    inside = [code for code in held.codes for other in codes if other <= code < other + names.widths.get(other, 1)]
    if not inside or len(inside) == len(held.codes):
        return None
    return Held(inside, held.used, held.against, [*held.rules, rule], [span])


def town_near(found: Found, near: int, names: Gazetteer) -> Held | None:
    """With nothing else to go by: a township's short name at the beginning, in the city that is near."""
    city = near - near % CITY
    if city % PROVINCE == 0:
        return None
    held = Held([city], [], [], ["near_settles"])
    return held if _town_short(found, held, skipped(found.folded, 0), names) else None


def town_alone(found: Found, held: Held | None, names: Gazetteer) -> Held | None:
    """With nothing else to go by: a township's short name of some length at the beginning that no other has."""
    at = skipped(found.folded, 0)
    if held is not None and (held.start() != at or EVERYDAY.match(found.folded, held.stop())):
        return None
    for size in TOWN_SHORT_CHARACTERS[:-1]:
        text = found.folded[at : at + size]
        if len(text) == size and text in names.towns_short and (held is None or size > held.stop() - at):
            towns = names.short_towns(text, 0, EVERYTHING)
            end = at + size
            if len(towns) != 1 or is_taken(found, at, end):
                return None
            return Held(list(towns), [], [], ["town_short_alone"], [(at, end)])
    return None
