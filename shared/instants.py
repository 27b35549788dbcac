"""Instants as they are written: RFC 3339 with offset, and then in UTC, to the microsecond.

The ends of the calendar in another offset lie outside of what UTC (and PostgreSQL, which we ask in UTC) can hold.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BeforeValidator

EXPECTED: Final = "an instant with offset, as RFC 3339, of the years 1 to 9999 in UTC"

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError, with what was expected, when it has no offset or UTC no such time."""
    if instant.tzinfo is None:
        raise ValueError(EXPECTED)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(EXPECTED) from None


def read_instant(value: object) -> datetime:
    """The instant in `value`, in UTC. Raises ValueError, with what was expected, for all else, bare numbers too."""
    if isinstance(value, datetime):
        return in_utc(value)
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise ValueError(EXPECTED)
    try:
        instant = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError(EXPECTED) from None
    return in_utc(instant)


Instant = Annotated[AwareDatetime, BeforeValidator(read_instant)]
"""Of a body."""
