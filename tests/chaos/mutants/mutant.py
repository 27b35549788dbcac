"""What a mutant is: the real program with one thing wrong in it, and what has to happen for that to show."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.chaos.campaign import Campaign

Provoke = Callable[[Campaign, str], Awaitable[None]]
"""Lets load and faults run so that the mutant can do harm; takes the failpoints that the mutant names."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing wrong."""

    name: str
    law: str
    does: str
    caught_as: frozenset[str]
    """The claims of which at least one has to be found broken."""
    patch: Callable[[], None]
    """Called in the program's process before it starts."""
    provoke: Provoke
    failpoints: str = ""
    count: int = 1
    """How many processes of the program there are."""
    reads_rebuilt: bool = False
    """Whether the live view is compared with a rebuilt one."""


def instead(place: object, name: str, new: Any) -> None:
    """Put something else where a module's or a class's own part was."""
    setattr(place, name, new)
