"""The W3C traceparent: taken from the request, or made, and carried to the facts that the request causes.

Source: W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from contextvars import ContextVar
from typing import Final

from shared.ids import uuid7

_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]*)?")
_LENGTH_OF_VERSION_0: Final = 55
_LENGTH_MAX: Final = 128

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def parse_traceparent(value: str | None) -> str | None:
    """The value itself when it is a valid traceparent, else None."""
    if value is None or len(value) > _LENGTH_MAX or _TRACEPARENT.fullmatch(value) is None:
        return None
    if value.startswith("00-") and len(value) != _LENGTH_OF_VERSION_0:
        return None
    return value


def new_traceparent() -> str:
    """A traceparent that begins a trace; not sampled, for nobody collects spans yet."""
    # A UUIDv7's last half begins with its variant, so neither id can be the forbidden all-zero one.
    trace_id = uuid7().hex
    return f"00-{trace_id}-{trace_id[16:]}-00"


def use_traceparent(traceparent: str | None) -> None:
    """Make this the traceparent of the running task and of those that it starts."""
    _current.set(traceparent)


def current_traceparent() -> str | None:
    """The traceparent of the request that the running task serves; None outside one."""
    return _current.get()
