"""A field that is a phone number as somebody wrote it → E.164, or that it cannot be one. The one way in.

First the two plain forms, then the field as the library reads it, then what stands inside it: a word before the number,
two numbers, digits in Chinese, letters that look like digits.
"""

import re
from functools import lru_cache
from typing import Final

from services.intake.understand.phones.finding import find_phones
from services.intake.understand.phones.forms import CHINESE_DIGITS, LETTERS, SPOKEN, folded_field, stated_area
from services.intake.understand.phones.library import MAINLAND, read_number
from services.intake.understand.phones.plain import is_service, read_local, read_plain, without_dial_prefix
from services.intake.understand.phones.reading import (
    AREA_MISSING,
    NO_NUMBER,
    PHONE_LENGTH_MAX,
    SERVICE_NUMBER,
    PhoneReading,
)

REMEMBERED: Final = 20_000
"""Readings kept in memory: the same people call again."""

WITHHELD: Final = frozenset({"", "anonymous", "unknown", "withheld", "private", "restricted", "unavailable"})
"""What telephone systems send in place of a number that the caller hides."""

_SPOKEN: Final = re.compile("[{}]".format("".join(SPOKEN.values())))
_BETWEEN: Final = re.compile(
    r"\s*(?:[/、;；|\n]|,|，|或者?|和|及|\bor\b|\band\b|\s{2,})\s*|(?<=\d{7})(?:\s?-\s?|\s)(?=[2-8]\d{6,7}$)"
    r"|(?<=\d{4})(?:\s?-\s?|\s)(?=1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d))"
    r"|(?<=(?<!\d)1[3-9]\d{9})(?=1[3-9]\d{9}(?!\d))",
    re.ASCII,
)
"""A sign or a word between two numbers, a blank or a dash where they cannot be one, or nothing between two mobiles."""
_LABEL: Final = re.compile(
    r"^(?:\w{0,6}(?:电话|電話|手机号?码?|手機號?碼?|座机|座機|号码|號碼)|tel|phone|mobile)?\s*[:：.]?\s*", re.IGNORECASE
)
_REPLACED_TAIL: Final = re.compile(r"\d{1,4}", re.ASCII)


def is_withheld(text: str) -> bool:
    """Whether the caller's number was hidden: no number, and nothing wrong with that."""
    return text.strip().lower() in WITHHELD


@lru_cache(maxsize=REMEMBERED)
def read_phone(text: str, region: str = MAINLAND, area: str = "") -> PhoneReading:
    """Read `text` as a number of `region` (ISO 3166); `area` is put before bare local numbers (`0571`). Total."""
    if len(text) > PHONE_LENGTH_MAX:
        return NO_NUMBER
    if region == MAINLAND:
        reading = read_plain(text)
        if reading is not None:
            return reading
    return _read_folded(text, region, area)


def _read_folded(text: str, region: str, area: str) -> PhoneReading:
    folded = folded_field(text)
    several = _several(folded, region, area)
    if several is not None:
        return several
    whole = _one(folded, region, area)
    if whole.is_valid:
        return whole
    return _inside(text, region, area) or _respelled(folded, region, area) or whole


def _one(folded: str, region: str, area: str) -> PhoneReading:
    if region != MAINLAND:
        return read_number(folded, region, area)
    reading = read_plain(folded) or read_local(folded, area) or read_number(folded, region, area)
    if reading.e164 is not None:
        return reading
    bare = without_dial_prefix(folded)
    if bare != folded:
        return _named(_one(bare, region, area), "phone.dial_prefix")
    return SERVICE_NUMBER if is_service(folded) else reading


def _several(folded: str, region: str, area: str) -> PhoneReading | None:
    """The first of several numbers in one field; `87654321/22` is short for `87654321/87654322`.

    The area code that the first is written with holds for the others too.
    """
    parts = [part for part in _BETWEEN.split(folded) if part]
    if len(parts) <= 1 or not any(char.isdigit() for char in parts[1]):
        return None
    area = stated_area(parts[0]) or area
    readings: list[PhoneReading] = []
    for part in parts:
        is_tail = readings and _REPLACED_TAIL.fullmatch(part) is not None
        written = f"{parts[0][: -len(part)]}{part}" if is_tail else _LABEL.sub("", part)
        reading = _one(folded_field(written), region, area)
        if reading.is_valid:
            readings.append(reading)
    return _first(readings) if len(readings) > 1 else None


def _inside(text: str, region: str, area: str) -> PhoneReading | None:
    """A number with words around it."""
    bare = _LABEL.sub("", text, count=1)
    labelled = NO_NUMBER if bare == text else _one(folded_field(bare), region, area)
    if labelled.is_valid:
        return _named(labelled, "phone.label")
    found = _first([found.reading for found in find_phones(text, region, area, is_field=True)])
    if found is not None:
        return _named(found, "phone.in_text")
    return _named(labelled, "phone.label") if labelled in (AREA_MISSING, SERVICE_NUMBER) else None


def _respelled(folded: str, region: str, area: str) -> PhoneReading | None:
    """Digits in Chinese, or letters that look like digits: only where a number in use comes out."""
    if _SPOKEN.search(folded):
        reading = _one(folded_field(folded.translate(CHINESE_DIGITS)), region, area)
        return _named(reading, "phone.chinese_digits") if reading.is_valid else None
    respelled = folded.translate(LETTERS)
    if respelled == folded:
        return None
    reading = _one(respelled, region, area)
    return _named(reading, "phone.letters_as_digits") if reading.is_valid else None


def _first(readings: list[PhoneReading]) -> PhoneReading | None:
    if not readings:
        return None
    first, *rest = readings
    others = tuple(dict.fromkeys(one.e164 for one in rest if one.e164 is not None and one.e164 != first.e164))
    if not others:
        return first
    return PhoneReading(
        first.e164, first.extension, first.kind, is_valid=True, others=others, rules=(*first.rules, "phone.several")
    )


def _named(reading: PhoneReading, rule: str) -> PhoneReading:
    return PhoneReading(
        reading.e164,
        reading.extension,
        reading.kind,
        is_valid=reading.is_valid,
        others=reading.others,
        rules=(*reading.rules, rule),
    )
