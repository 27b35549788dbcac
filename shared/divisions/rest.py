"""What is left of an address when the division is taken out: road, number, community, building, unit, room."""

import re
from dataclasses import dataclass

_NUMBER = r"[0-9a-z一二三四五六七八九十百]"
ROAD = re.compile(
    r"[^\s,，、;；:：。()（）0-9号]{1,12}?(?:大道|大街|公路|马路|环路|支路|干道|胡同|路|街|巷|弄(?!堂)|道)(?!口)(?:[东南西北中](?:段|路)|[一二三四五六七八九十0-9]{1,3}段)?"
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
COMMUNITY = re.compile(
    r"[^\s,，、;；:：。()（）0-9号路街巷道]{2,12}?(?:小区|花园|花苑|家园|新村|公寓|公馆|山庄|社区|广场|大厦|名苑|名城|佳苑|雅苑|嘉苑|华府|豪庭|华庭|庄园|[一-鿿]苑|村(?!委))"
)
PARTS = (
    ("road", ROAD),
    ("number", NUMBER),
    ("community", COMMUNITY),
    ("building", BUILDING),
    ("unit", UNIT),
    ("room", ROOM),
)
MARKS = " \t\r\n,，、;；:：。.-—_/|"


@dataclass(frozen=True, slots=True)
class Rest:
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
    found: dict[str, str] = {}
    at = 0
    for name, pattern in PARTS:
        one = pattern.search(plain, at)
        if one is not None:
            found[name] = text[one.start() : one.end()]
            at = one.end()
    return Rest(text, **found)
