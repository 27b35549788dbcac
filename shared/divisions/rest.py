"""What is left of an address when the division is taken out: road, number, community, building, unit, room."""

import re
from typing import NamedTuple

_COUNT = "[0-9一二三四五六七八九十百]"
_NUMBER = "[0-9a-z一二三四五六七八九十百]"
_HAO, _LOU, _DONG, _CENG = "[号號]", "[楼樓]", "[栋棟幢座]", "[层層]"
ROAD_WORD = re.compile(
    r"(?:大道|大街|公路|马路|环路|支路|干道|胡同|路|街|巷|弄(?!堂)|道|[一二三四五六七八九十]条(?=[0-9]))(?!口)"
    r"(?:[东南西北中](?:段|路)|[一二三四五六七八九十0-9]{1,3}段)?"
)
NUMBER = re.compile(
    rf"(?<![元幢栋座棟0-9])(?:[甲乙丙丁])?{_NUMBER}{{1,6}}(?:[-—~之]{_NUMBER}{{1,6}})?"
    rf"(?:{_HAO}院|巷(?:[0-9]{{1,4}}弄)?[0-9]{{1,5}}{_HAO}(?:附[0-9]{{1,3}}{_HAO})?|弄[0-9]{{1,5}}{_HAO}|{_HAO}(?:附[0-9]{{1,3}}{_HAO}|[甲乙丙丁](?![座栋幢楼]))?|弄)"
    r"(?![楼樓线门房室院])"
)
NUMBER_SIGNS = re.compile("[号號弄]")
"""One of them stands in every number; it is looked for first, for it is found sooner."""
BUILDING = re.compile(
    rf"(?:[a-z]?{_COUNT}{{1,4}}|[a-z]|[甲乙丙丁东南西北])(?:[#＃]|{_HAO})?{_DONG}"
    rf"|(?:[a-z]?{_COUNT}{{1,4}}(?:[#＃]|{_HAO})|[a-z甲乙丙丁东南西北]){_LOU}(?![上下])"
    rf"|{_COUNT}{{1,4}}{_LOU}(?={_COUNT}{{1,3}}(?:[单單]元|门))|[0-9]{{1,3}}#"
)
UNIT = re.compile(rf"(?:{_NUMBER}{{1,3}}|[甲乙丙丁])(?:[单單]元|门(?!口)|梯)")
ROOM = re.compile(
    rf"[0-9a-z]{{1,6}}(?:-[0-9a-z]{{1,6}})?(?:室|房(?!产))|(?<=[层層楼樓栋幢棟座元])(?:[0-9]{{3,4}}{_HAO}?(?![0-9号])|[0-9]{{1,2}}[a-h](?![0-9a-z]))"
    rf"|(?<=[单單]元)[0-9]{{1,4}}{_HAO}|(?<=[号號厦场园心苑舍城])[0-9]{{3,4}}(?![0-9a-z号號栋棟幢楼樓座弄室#-])"
)
FLOOR = re.compile(rf"{_COUNT}{{1,3}}(?:{_CENG}|{_LOU}(?![上下]))(?:之[0-9]{{1,2}})?|[0-9]{{1,2}}f(?![a-z])")
IN_FIGURES = re.compile(r"(?<![0-9a-z-])([0-9]{1,3}|[a-z][0-9]{0,2})-([0-9]{1,2})-([0-9]{3,4})(?![0-9-])")
"""Building, unit and room in figures only: 12-2-1803."""
BEHIND_A_BUILDING = re.compile(r"[-—]?([0-9]{1,2}|[a-z])[-—]([0-9]{3,4}|[0-9]{1,2})(?![0-9室房-])")
"""Unit and room in figures only, behind a building: 8幢2-301; of 8幢4-3 both are the room's."""
COMMUNITY_WORD = re.compile(
    r"(?:小区|花园|花苑|家园|新村|公寓|公馆|山庄|社区|广场|大厦|大楼|写字楼|名苑|名城|佳苑|雅苑|嘉苑|嘉园|华府|豪庭|华庭|庄园|世纪城|新城"
    r"|(?:商务|金融|购物|环球)中心|(?<=[一-鿿])苑|村(?!委))(?:小区)?"
)
BLOCK = re.compile(r"[a-z0-9一二三四五六七八九十东南西北]{1,2}[区期]$")
"""A part of a community, between its name and the building: 绿地世纪城B区5幢."""
COMMITTEE = re.compile(r"(?:社区|小区|村)(?:居委会|村委会|居民委员会|村民委员会)?(?=..)")
DIRECTION_OF_A_ROAD = re.compile("[东南西北中]?(?:大街|大道|路|街|巷)")
"""What is no road's name by itself: 中关村南大街 is one."""
CROSSING = re.compile(r".*(?:交叉口|交汇处|交口)")
BEFORE_A_NAME = frozenset(" \t\r\n\u3000,，、;；:：。()（）0123456789号號路街巷道弄室栋棟幢楼樓座")
"""What a road's or a community's name does not reach over."""
NAME_CHARACTERS_MAX = 12
NAME_CHARACTERS_MIN = 2
ROOM_FIGURES_MIN = 3
"""A room's number tells its floor: with fewer figures that stands before it."""
MARKS = " \t\r\n,，、;；:：。.-—_/|"


class Rest(NamedTuple):
    """The parts as they were written; None where nothing was. `text` is all that is left, in one."""

    text: str
    road: str | None = None
    number: str | None = None
    community: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None


def parts(text: str) -> Rest:
    """The parts of what is left; each is looked for behind the one before, as people write them."""
    text = text.strip(MARKS)
    plain = text.lower()
    begin, at = _named(ROAD_WORD, plain, 0)
    road: str | None = None
    community = None
    if at > begin:
        committee = COMMITTEE.search(plain, begin, at)
        if committee is not None and not _is_a_road_s(plain, committee, at):
            community, begin = _without_committee(text[begin : committee.end()]), committee.end()
        road = text[begin:at]
    one = NUMBER.search(plain, at) if NUMBER_SIGNS.search(plain, at) else None
    number = None
    if one is not None:
        number, before, at = text[one.start() : one.end()], at, one.end()
        if community is None and one.start() - before > NAME_CHARACTERS_MIN:
            community, _ = _community(text, plain, before, one.start())
    if community is None:
        community, at = _community(text, plain, at, len(text))
    if at >= len(text):
        return Rest(text, road, number, community)
    building, begin, end = _first(BUILDING, text, plain, at)
    if building is not None:
        if community is None and begin - at > NAME_CHARACTERS_MIN:
            community = _before_a_building(text[at:begin])
        at = end
    if at >= len(text):
        return Rest(text, road, number, community, building)
    if building is not None and (figures := BEHIND_A_BUILDING.match(plain, at)) is not None:
        return Rest(text, road, number, community, building, *_unit_and_room(text, figures))
    unit, _, at = _first(UNIT, text, plain, at)
    if "-" in plain and building is None and unit is None and (figures := IN_FIGURES.search(plain, at)) is not None:
        community = community or _before_a_building(text[at : figures.start()])
        return Rest(
            text, road, number, community, *(text[figures.start(part) : figures.end(part)] for part in (1, 2, 3))
        )
    room, _, _ = _first(ROOM, text, plain, at)
    if room is None:
        room, _, _ = _first(FLOOR, text, plain, at)
    return Rest(text, road, number, community, building, unit, room)


def _unit_and_room(text: str, figures: re.Match[str]) -> tuple[str | None, str]:
    (unit, of_unit), (room, of_room) = figures.span(1), figures.span(2)
    return (
        (text[unit:of_unit], text[room:of_room]) if of_room - room >= ROOM_FIGURES_MIN else (None, text[unit:of_room])
    )


def _first(pattern: re.Pattern[str], text: str, plain: str, at: int) -> tuple[str | None, int, int]:
    """The first of this pattern from `at` on, where it begins and where it ends."""
    one = pattern.search(plain, at)
    return (None, at, at) if one is None else (text[one.start() : one.end()], one.start(), one.end())


def _named(word: re.Pattern[str], plain: str, at: int, stop: int | None = None) -> tuple[int, int]:
    """Where the first name that ends in such a word begins and ends; twice `at` where there is none."""
    end = word.search(plain, at + 1) if stop is None else word.search(plain, at + 1, stop)
    if end is None:
        return at, at
    start = last = end.start()
    while start > at and last - start < NAME_CHARACTERS_MAX and plain[start - 1] not in BEFORE_A_NAME:
        start -= 1
    return (at, at) if start == last else (start, end.end())


def _community(text: str, plain: str, at: int, stop: int) -> tuple[str | None, int]:
    """The first community's or building's name between two places, and where it ends."""
    start, end = _named(COMMUNITY_WORD, plain, at, stop)
    if start == end:
        return None, at
    crossing = CROSSING.match(plain, start, end)
    return text[start if crossing is None else crossing.end() : end], end


def _is_a_road_s(plain: str, committee: re.Match[str], stop: int) -> bool:
    """Whether a village's name is only the beginning of the road's: 中关村南大街."""
    return committee[0] == "村" and DIRECTION_OF_A_ROAD.fullmatch(plain, committee.end(), stop) is not None


def _without_committee(text: str) -> str:
    return re.sub("(?:居委会|村委会|居民委员会|村民委员会)$", "", text)


def _before_a_building(text: str) -> str | None:
    """What stands right before a building, as the name of its community; without its part, as B区."""
    name = BLOCK.sub("", text)
    start = len(name)
    while start and name[start - 1] not in BEFORE_A_NAME:
        start -= 1
    name = name[start:]
    return name if NAME_CHARACTERS_MIN <= len(name) <= NAME_CHARACTERS_MAX else None
