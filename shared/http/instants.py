"""Instants as they come in an address: like those of a body, and with the one mishap that addresses have."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from shared.instants import Instant

_LOST_PLUS: Final = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)", re.ASCII)


def mend_plus(value: Any) -> Any:
    """A `+` before an offset that was not escaped in an address arrives as a space."""
    return _LOST_PLUS.sub("+", value) if isinstance(value, str) else value


AskedInstant = Annotated[Instant, BeforeValidator(mend_plus)]
"""Of a query."""
