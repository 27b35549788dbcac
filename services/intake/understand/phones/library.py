"""One number by the library `phonenumbers`, and what it may be taken for when its range is not known."""

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from services.intake.understand.phones.plain import has_local_form
from services.intake.understand.phones.reading import AREA_MISSING, NO_NUMBER, Kind, PhoneReading

LOCAL_DIGITS: Final = range(7, 9)
NO_LOCAL_BEGINS_WITH: Final = ("0", "1")
"""By the numbering plan of the mainland: 0 begins an area code, 1 a mobile or a service."""
MAINLAND: Final = "CN"
MAINLAND_CODE: Final = 86
MAINLAND_MOBILE: Final = re.compile(r"1[2-9]\d{9}", re.ASCII)
"""Ranges that are not yet given out count too: new ones come every year."""
NEIGHBOUR_CODES: Final = re.compile(r"\(?(?:852|853|886)\)?[ -]?\d[\d -]{6,}", re.ASCII)
"""Hong Kong, Macau, Taiwan written without the plus."""
TAIWAN: Final = "TW"
TAIWAN_FORM: Final = re.compile(
    r"09\d{2}[ -]?\d{3}[ -]?\d{3}|(?:\(0[2-8]\)|0[2-8][ -])[ -]?\d{3,4}[ -]?\d{4}", re.ASCII
)
"""Ten digits from 09, or a one-digit area code set apart: no number of the mainland looks like this."""

AREA: Final = re.compile(r"\d{0,6}", re.ASCII)

_NO_SIGN_OF_A_NUMBER: Final = re.compile(r"[^\d\s+().\-/#*,;:extEXT]")
_NOT_DIGITS: Final = re.compile(r"\D+")
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.PAGER})
_FIXED: Final = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def known_region(region: str) -> str:
    """A region (ISO 3166) in capitals; `ValueError` if there are no phone numbers of it."""
    if (known := region.upper()) not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"expected a region like CN, got {region!r:.20}")
    return known


def known_area(area: str) -> str:
    """An area code, or none; `ValueError` if it is not of digits."""
    if not AREA.fullmatch(area):
        raise ValueError(f"expected an area code like 0571, got {area!r:.20}")
    return area


def read_number(folded: str, region: str, area: str) -> PhoneReading:
    """Read a folded field as one number of `region`; `area` is put before bare local numbers. Total."""
    if not folded or _NO_SIGN_OF_A_NUMBER.search(folded):
        return NO_NUMBER
    rules = ("phone.library",)
    number = _parse(folded, region)
    reading = NO_NUMBER if number is None else _reading(number, rules)
    if number is None or reading.is_valid:
        return reading
    if is_local(folded):
        if region == MAINLAND and folded[0] in NO_LOCAL_BEGINS_WITH:
            return NO_NUMBER
        local = _parse(_with_area(folded, region, area), region) if area else None
        if local is None:
            is_area_missing = region == MAINLAND and not area and has_local_form(folded)
            return AREA_MISSING if is_area_missing else NO_NUMBER
        return _taken(local, folded, (*rules, "phone.area"), is_area_written=True)
    is_area_written = folded.startswith(("+", "0", "("))
    return _neighbour(folded, region) or _taken(number, folded, rules, is_area_written=is_area_written)


def is_local(folded: str) -> bool:
    """Whether the area code is missing: 7 or 8 digits without country or trunk prefix."""
    digits = _NOT_DIGITS.sub("", folded.split(" ext ", maxsplit=1)[0])
    return len(digits) in LOCAL_DIGITS and not folded.startswith(("+", "0", "(0"))


def _with_area(folded: str, region: str, area: str) -> str:
    trunk = "0" if region == MAINLAND and area[:1] not in {"0", "+"} else ""
    return f"{trunk}{area} {folded}"


def _neighbour(folded: str, region: str) -> PhoneReading | None:
    """A number of Hong Kong, Macau or Taiwan as written in a shop of the mainland, if it is one in use there."""
    if region != MAINLAND:
        return None
    number = folded.split(" ext ", maxsplit=1)[0]
    if NEIGHBOUR_CODES.fullmatch(number):
        parsed, rule = _parse(f"+{folded.lstrip('(')}", region), "phone.code_without_plus"
    elif TAIWAN_FORM.fullmatch(number):
        parsed, rule = _parse(folded, TAIWAN), "phone.taiwan_form"
    else:
        return None
    is_in_use = parsed is not None and phonenumbers.number_type(parsed) != PhoneNumberType.UNKNOWN
    return _reading(parsed, ("phone.library", rule)) if parsed is not None and is_in_use else None


def _taken(number: PhoneNumber, folded: str, rules: tuple[str, ...], *, is_area_written: bool) -> PhoneReading:
    """The reading of a number in use, or of one that could be in use tomorrow; none of one that never could."""
    reading = _reading(number, rules)
    if reading.is_valid:
        return reading
    could_be = not number.italian_leading_zero and _could_be(number, folded, is_area_written=is_area_written)
    return (
        PhoneReading(reading.e164, reading.extension, rules=(*rules, "phone.range_unknown")) if could_be else NO_NUMBER
    )


def _could_be(number: PhoneNumber, folded: str, *, is_area_written: bool) -> bool:
    national = str(number.national_number)
    if number.country_code == MAINLAND_CODE and national[0] == "1" and not national.startswith("10"):
        is_trunk_written = folded.startswith("0") and not folded.startswith("00")
        return MAINLAND_MOBILE.fullmatch(national) is not None and not is_trunk_written
    kinds = [] if number.country_code == MAINLAND_CODE else [PhoneNumberType.MOBILE]
    if is_area_written:
        kinds.append(PhoneNumberType.FIXED_LINE)
    possible = phonenumbers.is_possible_number_for_type_with_reason
    return any(possible(number, kind) == ValidationResult.IS_POSSIBLE for kind in kinds)


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _reading(number: PhoneNumber, rules: tuple[str, ...]) -> PhoneReading:
    found = phonenumbers.number_type(number)
    kind: Kind = "mobile" if found in _MOBILE else "fixed" if found in _FIXED else "other"
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    is_valid = found != PhoneNumberType.UNKNOWN
    return PhoneReading(e164, number.extension or None, kind, is_valid=is_valid, rules=rules)
