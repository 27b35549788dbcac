"""The one place where this program reads a clock.

Pure modules never import it: they get the instant as data. `GONGDAN_CLOCK_OFFSET_S` (seconds, may be negative) moves
the clock of one process, so that tests can make two services disagree about the time.
"""

import os
import time
from datetime import UTC, datetime, timedelta

CLOCK_OFFSET_S = float(os.environ.get("GONGDAN_CLOCK_OFFSET_S", "0"))


def now() -> datetime:
    """The instant now, aware, in UTC, moved by the clock offset."""
    return datetime.now(UTC) + timedelta(seconds=CLOCK_OFFSET_S)


def monotonic() -> float:
    """Seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()
