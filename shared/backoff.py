"""Waiting between tries of a loop that must go on for ever: exponential, capped, with jitter.

Libraries retry one call a bounded number of times; a relay or a reader has no last try.
"""

import asyncio
import random

DELAY_S_FIRST = 0.05
DELAY_S_MAX = 2.0


class Backoff:
    """`await backoff.wait()` after each failure, `backoff.reset()` after each success."""

    def __init__(self, *, delay_s_first: float = DELAY_S_FIRST, delay_s_max: float = DELAY_S_MAX) -> None:
        self._first = delay_s_first
        self._max = delay_s_max
        self._next = delay_s_first

    def reset(self) -> None:
        """The next failure is the first again."""
        self._next = self._first

    async def wait(self) -> None:
        """Sleep for the next delay (between half and all of it), and double it up to the cap."""
        delay = self._next
        self._next = min(self._max, delay * 2)
        await asyncio.sleep(delay * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not a secret
