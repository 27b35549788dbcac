"""Phone numbers as people write them → E.164 (ITU-T), or a reason why not.

Full-width digits are folded first (NFKC) and the Chinese words for an extension (转, 轉, 分机, 分機) replaced, because
the library knows neither. A bare local number means nothing without the area code of the place it was written in.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from services.intake.limits import PHONE_LENGTH_MAX

LOCAL_DIGITS: Final = range(7, 9)
REMEMBERED: Final = 20_000
"""Readings kept in memory: the same people call again."""

WITHHELD: Final = frozenset({"", "anonymous", "unknown", "withheld", "private", "restricted", "unavailable"})
"""What telephone systems send in place of a number that the caller hides."""

_EXTENSION: Final = re.compile(r"\s*[(（]?\s*(?:转|轉|分机号?|分機號?)\s*[:：]?\s*(\d{1,7})\s*[)）]?\s*$")
_DASHED_EXTENSION: Final = re.compile(r"^(\+?[\d\s()]*\d{2,4}[\s-]?\d{7,8})-(\d{1,5})$")
_FORBIDDEN: Final = re.compile(r"[^\d\s+().\-/#*,;:extEXT]")
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.PAGER})
_FIXED: Final = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})

Kind = Literal["mobile", "fixed", "other"]


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What a text says as a phone number; `e164` is None when it cannot be one; `is_valid`: its range is in use."""

    e164: str | None
    extension: str | None = None
    kind: Kind = "other"
    is_valid: bool = False


NO_NUMBER: Final = PhoneReading(None)


def is_withheld(text: str) -> bool:
    """Whether the caller's number was hidden: no number, and nothing wrong with that."""
    return text.strip().lower() in WITHHELD


@lru_cache(maxsize=REMEMBERED)
def read_phone(text: str, region: str, area: str = "") -> PhoneReading:
    """Read `text` as a number of `region` (ISO 3166); `area` is put before bare local numbers (`0571`). Total."""
    if len(text) > PHONE_LENGTH_MAX:
        return NO_NUMBER
    folded = fold(text)
    if not folded or _FORBIDDEN.search(folded):
        return NO_NUMBER
    number = parse(folded, region)
    if number is not None and is_local(folded, number):
        number = parse(f"{area}{folded}", region) if area else None
    return reading(number) if number is not None and could_be(folded, number) else NO_NUMBER


def fold(text: str) -> str:
    """The text with the digits, signs and extension words that the library reads."""
    folded = unicodedata.normalize("NFKC", text).strip()
    folded = folded.replace("–", "-").replace("—", "-").replace("‐", "-").replace("−", "-")
    folded = _EXTENSION.sub(r" ext \1", folded)
    return _DASHED_EXTENSION.sub(r"\1 ext \2", folded)


def parse(folded: str, region: str) -> PhoneNumber | None:
    """The number in `folded`, None when the library finds none."""
    try:
        return phonenumbers.parse(folded, region)
    except NumberParseException:
        return None


def is_local(folded: str, number: PhoneNumber) -> bool:
    """Whether the area code is missing: 7 or 8 digits without country or trunk prefix, and no service number."""
    digits = re.sub(r"\D", "", folded.split(" ext ", maxsplit=1)[0])
    is_short = len(digits) in LOCAL_DIGITS and not folded.startswith(("+", "0"))
    return is_short and not phonenumbers.is_valid_number(number)


def could_be(folded: str, number: PhoneNumber) -> bool:
    """Whether a phone could have this number: in a known range, or of the right length (new ranges come every year)."""
    if phonenumbers.is_valid_number(number):
        return True
    if number.italian_leading_zero:
        return False
    kinds = [PhoneNumberType.MOBILE]
    if folded.startswith(("+", "0", "(")):
        kinds.append(PhoneNumberType.FIXED_LINE)  # the area code was written
    return any(
        phonenumbers.is_possible_number_for_type_with_reason(number, kind) == ValidationResult.IS_POSSIBLE
        for kind in kinds
    )


def reading(number: PhoneNumber) -> PhoneReading:
    """The number in the house's terms."""
    found = phonenumbers.number_type(number)
    kind: Kind = "mobile" if found in _MOBILE else "fixed" if found in _FIXED else "other"
    return PhoneReading(
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        extension=number.extension or None,
        kind=kind,
        is_valid=phonenumbers.is_valid_number(number),
    )
