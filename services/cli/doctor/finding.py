"""One thing that was looked at, and what was found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from shared.errors import Refused, Unavailable
from shared.settings import NotConfigured

Check: TypeAlias = Callable[[], Awaitable[str]]

LOOK_S_MAX = 10
"""How long one thing may take to say how it is."""
OLD_S = 30.0
"""Facts that wait for Kafka for longer than this are worth a look."""
CLOCKS_APART_S_MAX = 2.0
"""Clocks further apart than this make times hard to read; order and deadlines do not hang on them."""
FREE_SHARE_MIN = 0.05
FREE_BYTES_MIN = 1 << 30
"""A disk with less than this, or less than that share, is nearly full."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_well: bool
    says: str


class Unwell(Exception):  # noqa: N818 - a finding, not an error of the program
    """Something is not as it should be; the message says what, and what to do."""


async def look(what: str, check: Check) -> Finding:
    """The finding of one check; whatever is away or refused is a finding too."""
    try:
        return Finding(what, is_well=True, says=await check())
    except (Unwell, NotConfigured, Refused, Unavailable) as error:
        return Finding(what, is_well=False, says=str(error))
    except TimeoutError:
        return Finding(what, is_well=False, says="does not answer in time")
    except Exception as error:  # noqa: BLE001 - the boundary: a wrong address too, in the words of whatever read it
        return Finding(what, is_well=False, says=f"{type(error).__name__}: {error}")


def room(free_bytes: int, total_bytes: int, where: str) -> str:
    """How much room a disk has. Raises Unwell when it is nearly full."""
    said = f"{free_bytes / 2**30:.1f} of {total_bytes / 2**30:.1f} GiB free at {where}"
    if free_bytes < max(FREE_BYTES_MIN, total_bytes * FREE_SHARE_MIN):
        raise Unwell(f"nearly full: {said}; make room before nothing can be recorded any more")
    return said
