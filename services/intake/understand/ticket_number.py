"""Ticket numbers as people say them: `GD-<yymmdd>-<serial and its Luhn digit>`, made and checked.

The serial counts the tickets of one day of the chain and has at least five digits; the check digit after it catches
every single wrong digit and nearly every swap of two neighbours (Luhn, ISO/IEC 7812-1).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

SERIAL_DIGITS_MIN: Final = 5
TEXT_LENGTH_MAX: Final = 40
SERIAL_MAX: Final = 10**15
YEAR_BASE: Final = 2000

_FORM: Final = re.compile(r"GD-(\d{2})(\d{2})(\d{2})-(\d{6,16})", re.ASCII)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The digit sum of twice a digit."""


@dataclass(frozen=True, slots=True)
class TicketNumber:
    """The how-manieth ticket of which day, in the chain's own time zone."""

    day: date
    serial: int

    def __str__(self) -> str:
        digits = f"{self.serial:0{SERIAL_DIGITS_MIN}d}"
        day = self.day  # strftime would take half of the time of the rest
        return f"GD-{day.year % 100:02d}{day.month:02d}{day.day:02d}-{digits}{luhn_digit(digits)}"


def luhn_digit(digits: str) -> int:
    """The digit that makes `digits` followed by it pass the Luhn check."""
    total = sum(_DOUBLED[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def read_ticket_number(text: str) -> TicketNumber | None:
    """The number that `text` is, however it was typed (full width, lower case, spaces around); None when it is none."""
    if len(text) > TEXT_LENGTH_MAX:
        return None
    form = _FORM.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    if form is None:
        return None
    year, month, day, digits = form.groups()
    serial, check = digits[:-1], digits[-1]
    if luhn_digit(serial) != int(check) or not 0 < int(serial) < SERIAL_MAX:
        return None
    try:
        number = TicketNumber(date(YEAR_BASE + int(year), int(month), int(day)), int(serial))
    except ValueError:
        return None
    return number if str(number).endswith(f"-{digits}") else None
