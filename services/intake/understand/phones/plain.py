"""The two forms that nearly everybody writes, mainland mobiles and landlines, read without the library.

The ranges in use are the library's own (`phonenumbers`, taken from its data at import), so both ways always agree;
a property test says so. Reading this way takes 2 µs, the library about 100.
"""

import re
from dataclasses import replace
from typing import Final

from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from services.intake.understand.phones.forms import AREA
from services.intake.understand.phones.reading import Kind, PhoneReading

REGION: Final = "CN"
PREFIX: Final = "+86"
_SEPARATORS: Final = str.maketrans("", "", " -()")
_MOBILE: Final = re.compile(r"(?:\+86|0086|86|\(\+?86\))?[ -]?(1[3-9]\d[ -]?\d{4}[ -]?\d{4})", re.ASCII)
_SERVICE: Final = re.compile(r"(?:\+86 ?)?(?:1[12]\d|1[0-2]\d{3}|11[68]\d{3}|9[56]\d{3,4})", re.ASCII)
"""Emergency calls, operators, hotlines, banks: by the numbering plan 1xx and 9xxxx(x) are theirs."""
_DIAL_PREFIX: Final = re.compile(r"(?:17[0-9]|1[12]\d)\d{2}[ -]?(?=0?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0[1-9])", re.ASCII)
"""What is dialled first for a cheaper call (17951, 17909, 12593), before a mobile or an area code."""
_LOCAL: Final = re.compile(r"[2-8]\d{2,3}[ -]?\d{4}(?![ -]?\d)", re.ASCII)
_LANDLINE: Final = re.compile(
    rf"(?:\(0{AREA}\)|0{AREA})[ -]?[2-8]\d{{2,3}}[ -]?\d{{4}}(?: ?(?:-|转|轉|ext) ?(?P<extension>\d{{1,5}}))?",
    re.ASCII,
)


def _in_use(kind: str) -> re.Pattern[str]:
    """The pattern of the numbers of one kind that are given out on the mainland."""
    metadata = PhoneMetadata.metadata_for_region(REGION)
    found: PhoneNumberDesc | None = getattr(metadata, kind)
    if found is None or found.national_number_pattern is None:
        raise LookupError(f"the library knows no {kind} numbers of {REGION}")
    return re.compile(found.national_number_pattern, re.ASCII)


_MOBILES_IN_USE: Final = _in_use("mobile")
_LANDLINES_IN_USE: Final = _in_use("fixed_line")
_LANDLINE_DIGITS: Final = (10, 11)
"""With area code, without the 0: shorter ones may be services."""


def read_plain(text: str) -> PhoneReading | None:
    """The number in `text` when it is written in one of the two forms and in use; None: ask the library."""
    found = _MOBILE.fullmatch(text)
    if found is not None:
        digits = found[1].translate(_SEPARATORS)
        return _reading(digits, None, "mobile", "phone.plain_mobile") if _MOBILES_IN_USE.fullmatch(digits) else None
    found = _LANDLINE.fullmatch(text)
    if found is None:
        return None
    extension: str | None = found["extension"]
    number = text if extension is None else text[: found.start("extension")].rstrip("ext转轉 -")
    digits = number.translate(_SEPARATORS)[1:]
    is_known = len(digits) in _LANDLINE_DIGITS and _LANDLINES_IN_USE.fullmatch(digits) is not None
    return _reading(digits, extension, "fixed", "phone.plain_landline") if is_known else None


def is_service(text: str) -> bool:
    """Whether it is the short number of a service of the mainland, as 110, 12315, 95588."""
    return _SERVICE.fullmatch(text) is not None


def without_dial_prefix(text: str) -> str:
    """The number without what is dialled before it for a cheaper call."""
    prefix = _DIAL_PREFIX.match(text)
    return text if prefix is None else text[prefix.end() :]


def has_local_form(text: str) -> bool:
    """Whether it begins as a landline of the mainland without its area code."""
    return _LOCAL.match(text) is not None


def read_local(text: str, area: str) -> PhoneReading | None:
    """The landline in `text`, written without the area code, which `area` gives; None: ask the library."""
    if not area or not has_local_form(text):
        return None
    trunk = "" if area.startswith("0") else "0"
    reading = read_plain(f"{trunk}{area}-{text}")
    return None if reading is None else replace(reading, rules=(*reading.rules, "phone.area"))


def _reading(digits: str, extension: str | None, kind: Kind, rule: str) -> PhoneReading:
    return PhoneReading(PREFIX + digits, extension, kind, is_valid=True, rules=(rule,))
