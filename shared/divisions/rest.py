"""What is left of an address when the division is taken out: road, number, community, building, unit, room."""

import re
from typing import NamedTuple

_NUMBER = r"[0-9a-z一二三四五六七八九十百]"
ROAD_WORD = re.compile(
    r"(?:大道|大街|公路|马路|环路|支路|干道|胡同|路|街|巷|弄(?!堂)|道)(?!口)"
    r"(?:[东南西北中](?:段|路)|[一二三四五六七八九十0-9]{1,3}段)?"
)
NUMBER = re.compile(
    rf"{_NUMBER}{{1,6}}(?:[-—~之]{_NUMBER}{{1,6}})?(?:号院|弄[0-9]{{1,5}}号|号|弄)(?!楼|线|门|房|室|院)"
)
BUILDING = re.compile(
    rf"(?:[a-z]|{_NUMBER}{{1,4}}|[甲乙丙丁东南西北])(?:[#＃]|号)?(?:楼(?!上|下)|栋|幢|座|号楼)|[0-9]{{1,3}}#"
)
UNIT = re.compile(rf"{_NUMBER}{{1,3}}(?:单元|门(?!口)|梯)")
ROOM = re.compile(
    r"[0-9a-z]{1,6}(?:-[0-9a-z]{1,6})?(?:室|房(?!产))|(?<=[层楼栋幢座元])[0-9]{3,4}(?![0-9号])|[0-9]{1,2}(?:层|f(?![a-z]))"
)
COMMUNITY_WORD = re.compile(
    r"小区|花园|花苑|家园|新村|公寓|公馆|山庄|社区|广场|大厦|名苑|名城|佳苑|雅苑|嘉苑|华府|豪庭|华庭|庄园|(?<=[一-鿿])苑|村(?!委)"
)
BEFORE_A_NAME = frozenset(" \t\r\n\u3000,，、;；:：。()（）0123456789号路街巷道弄室栋幢楼座")
"""What a road's or a community's name does not reach over."""
NAME_CHARACTERS_MAX = 12
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
    road, at = _named(ROAD_WORD, text, plain, 0)
    number, at = _first(NUMBER, text, plain, at)
    community, at = _named(COMMUNITY_WORD, text, plain, at)
    building, at = _first(BUILDING, text, plain, at)
    unit, at = _first(UNIT, text, plain, at)
    room, _ = _first(ROOM, text, plain, at)
    return Rest(text, road, number, community, building, unit, room)


def _first(pattern: re.Pattern[str], text: str, plain: str, at: int) -> tuple[str | None, int]:
    """The first of this pattern from `at` on, and where it ends."""
    one = pattern.search(plain, at)
    return (None, at) if one is None else (text[one.start() : one.end()], one.end())


def _named(word: re.Pattern[str], text: str, plain: str, at: int) -> tuple[str | None, int]:
    """The first name that ends in such a word, and where it ends."""
    end = word.search(plain, at + 1)
    if end is None:
        return None, at
    start = last = end.start()
    while start > at and last - start < NAME_CHARACTERS_MAX and plain[start - 1] not in BEFORE_A_NAME:
        start -= 1
    return (None, at) if start == last else (text[start : end.end()], end.end())
