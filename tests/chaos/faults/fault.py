"""What a fault is: a block during which something is broken."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.chaos.machine import Machine

Break = Callable[[Machine, str, random.Random], AbstractAsyncContextManager[None]]
"""Breaks it on entering, mends it on leaving. Takes the machine, what exactly to break, and a chance of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which the machine can be broken."""

    name: str
    does: str
    undone: str
    restarts: str
    """Who is started again for it: nobody, whom it names, or who ended by it."""
    targets: Sequence[str]
    hold_s: tuple[float, float]
    """Between how many seconds the block lasts."""
    run: Break
    touches: frozenset[str] = frozenset()
    """What two faults of a pair must not both lay hands on: a server, the disk, or a process that has to be there."""

    def can_be_beside(self, other: "Fault") -> bool:
        """Whether both make sense at once."""
        return not self.touches & other.touches
