"""Codes of divisions as numbers of nine digits, so that "lies in" is a range.

330000000 is a province, 330100000 a city, 330110000 a county, 330110005 a township; a township of a city without
counties stands under the city's own code (441900119). Outside the package codes are text: six digits, nine for a
township.
"""

from typing import Final, Literal

Level = Literal["province", "city", "county", "township"]

PROVINCE: Final = 10_000_000
CITY: Final = 100_000
COUNTY: Final = 1_000
DIGITS = 9


def width(code: int) -> int:
    """How many codes lie in it, itself included."""
    if code % COUNTY:
        return 1
    if code % CITY:
        return COUNTY
    return CITY if code % PROVINCE else PROVINCE


def level(code: int) -> Level:
    """Province, city, county or township."""
    return LEVELS[width(code)]


LEVELS: dict[int, Level] = {PROVINCE: "province", CITY: "city", COUNTY: "county", 1: "township"}


def written(code: int) -> str:
    """The official code: six digits, nine for a township."""
    return str(code) if code % COUNTY else str(code // COUNTY)


def number(code: str) -> int:
    """The code as a number; from two, four, six or nine digits. `ValueError` for anything else."""
    if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, DIGITS)):
        raise ValueError(f"a division's code has 2, 4, 6 or 9 digits, not {code!r}")
    return int(code.ljust(DIGITS, "0"))


def above(code: int) -> tuple[int, int, int]:
    """The province, city and county that a code stands under; the lower ones are the code's own where it is wider."""
    return code - code % PROVINCE, code - code % CITY, code - code % COUNTY
