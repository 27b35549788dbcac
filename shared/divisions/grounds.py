"""Why an answer can be given: the rules that it needed, by how its county and its township were named."""

from shared.divisions.codes import CITY, COUNTY, PROVINCE
from shared.divisions.gazetteer import FULL, MAIN_SHARE_MIN, OTHER, SHORT, Gazetteer
from shared.divisions.mentions import FIRST_CJK, Found, Mention, is_campus
from shared.divisions.reading import Held
from shared.divisions.words_around import AREA, BEFORE_A_LONGER_NAME, HOUSE, SEPARATORS

COUNTY_RULES = {
    (FULL, True): "full_names_agree",
    (FULL, False): "full_name_alone",
    (SHORT, True): "short_names_agree",
    (SHORT, False): "short_name_alone",
}
"""How good the best name of the county is, and whether something above it was named."""
ZONE_NUMBERS = range(71, 80)
"""The last two digits of the zones that the statistics count as counties."""
OF_TOWNSHIPS = ("town_", "one_wrong", "former_county")


def grounds(code: int, held: Held, found: Found, names: Gazetteer) -> tuple[str, ...]:
    """The rules that the answer `code` needed."""
    county = code - code % COUNTY
    own, kind, above = _named(county, held, names)
    rules = held.rules.copy()
    if own and kind == OTHER:
        rules.append(_other_rule(own[0], county, names))
    elif own and county // COUNTY % 100 in ZONE_NUMBERS:
        rules.append("zone")
    elif own and county % CITY:
        is_by_script = kind == SHORT and "written_in_simplified" in rules
        if above or is_by_script or all(len(names.upper_codes[one.name]) == 1 for one in own):
            rules.append(COUNTY_RULES[kind, above])
            if not above and AREA.fullmatch(names.names[county]):
                rules.append("an_area_of_any_city")
        elif code % COUNTY and "near_settles" not in rules:
            rules.append("town_settles" if kind == FULL or "town_short" not in held.rules else "short_names_settle")
    elif own and code == county:
        is_loose = kind == SHORT and not above and county % PROVINCE != 0
        rules.append("short_name_of_a_city_alone" if is_loose else "wider_place_only")
        if kind < FULL and not above and county % PROVINCE == 0 and _words_go_on(own[-1], found):
            rules.append("short_name_before_other_words")
    if any(one.stop - one.start > names.lengths[one.name] and names.is_short(one.name) for one in own):
        rules.append("kind_changed")
    if code % COUNTY:
        if not any(one.startswith(OF_TOWNSHIPS) for one in held.rules):
            rules.append("town_named")
        if not own:
            rules.append("town_in_the_city" if above else "town_alone")
    elif not rules:
        rules.append("short_names_agree" if kind == SHORT else "full_names_agree")
    rules += _doubts(held, found, names, own or held.used)
    return tuple(dict.fromkeys(rules))


def _named(county: int, held: Held, names: Gazetteer) -> tuple[list[Mention], int, bool]:
    """The names of the county itself, how good the best is, and whether something above it was named."""
    own, kind, above = [], 0, False
    as_towns = [start for start, _ in held.spans] if held.spans else ()
    for one in held.used:
        if one.name < names.upper and one.start not in as_towns:
            if county in names.upper_codes[one.name]:
                own.append(one)
                kind = max(kind, names.kind_of(one.name, county))
            else:
                above = True
    return own, kind, above


def _words_go_on(one: Mention, found: Found) -> bool:
    """Whether words that are no road and no house stand right behind the name: 重庆小面."""
    text = found.folded
    behind = one.stop < len(text) and text[one.stop] >= FIRST_CJK and text[one.stop] not in SEPARATORS
    return behind and not found.taken and HOUSE.search(text, one.stop) is None


def _other_rule(one: Mention, county: int, names: Gazetteer) -> str:
    """What kind of other name it is."""
    former = names.former.get(one.name)
    if former is None or former.kind == "zone":
        return "zone"
    if former.kind in {"other", "quarter"}:
        return "other_name"
    share = dict(former.shares).get(county, 1.0)
    return "former_name" if share >= MAIN_SHARE_MIN else "former_name_split"


def _doubts(held: Held, found: Found, names: Gazetteer, own: list[Mention]) -> list[str]:
    """What speaks against the answer."""
    rules = []
    stops = [one.stop for one in held.used]
    if held.spans:
        stops += [stop for _, stop in held.spans]
    if own and all(one.start and one.start not in stops for one in own):
        if all(one.start > found.house_at() for one in own):
            rules.append("named_after_the_road")
        is_loose = all(_is_slight(one, found, names) and not found.is_anchored(one) for one in own)
        if is_loose and not _a_town_agrees(held, names):
            rules.append("a_building_agrees" if _a_building_agrees(own[0], found, names) else "inside_other_words")
    if found.lent and any(one.start in found.lent for one in own):
        rules.append("a_landmark_follows")
    for one in held.against:
        if one.name >= names.upper:
            rules.append("foreign_town")
        elif one.start <= found.house_at() and one.start < own[0].start:
            rules.append("another_place_above")
        else:
            rules.append("names_of_elsewhere")
    return rules


def _a_town_agrees(held: Held, names: Gazetteer) -> bool:
    """Whether a township that lies there is named in full beside it: 杨家坪街道西郊路22号九龙坡."""
    return any(one.name >= names.upper for one in held.used)


def _a_building_agrees(one: Mention, found: Found, names: Gazetteer) -> bool:
    """Whether a name that only begins a building's lies above: 上海 in 上海交通大学闵行校区."""
    return any(
        wide <= code < wide + names.widths[wide]
        for other in found.taken
        for wide in names.upper_codes[other.name]
        for code in names.upper_codes[one.name]
    )


def _is_slight(one: Mention, found: Found, names: Gazetteer) -> bool:
    """Whether a name is so short or so common that amid other words it may be a part of them: 绛县 in 辛绛县.

    Of any length where a single character stands before it, or one as 新: 前河口区, 大沙河口区.
    """
    if is_campus(found.folded, one, names):
        return False
    if names.is_short(one.name) or one.name >= names.upper:
        return one.name < names.upper
    before, last = found.folded[max(0, one.start - 2) : one.start], found.folded[one.start - 1]
    is_single = before[:-1] == "" or before[0] in SEPARATORS
    return is_single or last in BEFORE_A_LONGER_NAME or one.stop - one.start <= len("绛县")
