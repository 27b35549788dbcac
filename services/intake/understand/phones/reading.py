"""What a phone number is once it was read."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["mobile", "fixed", "other"]

PHONE_LENGTH_MAX: Final = 64
"""Characters of a field that is a phone number."""


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What a text says as a phone number (E.164, ITU-T); `e164` is None when it cannot be one."""

    e164: str | None
    extension: str | None = None
    kind: Kind = "other"
    is_valid: bool = False
    """Whether its range is in use."""
    others: tuple[str, ...] = ()
    """Further numbers of the same field, E.164."""
    rules: tuple[str, ...] = ()
    """The names of the rules that read it, in their order (docs/reference/understanding.md)."""


@dataclass(frozen=True, slots=True)
class FoundPhone:
    """A number in running text, and its place: `text[start:end]`."""

    start: int
    end: int
    reading: PhoneReading


NO_NUMBER: Final = PhoneReading(None, rules=("phone.no_number",))
AREA_MISSING: Final = PhoneReading(None, rules=("phone.area_missing",))
"""A landline of some city, nobody knows which."""
SERVICE_NUMBER: Final = PhoneReading(None, rules=("phone.service_number",))
"""A number of a service (110, 12315, 95588), which one dials as it is: it has no E.164 form, so nobody abroad can."""
