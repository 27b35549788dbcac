"""How starting tells what it is doing, to whoever wants to show it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that goes on now; while bytes are fetched, how many of how many."""

    text: str
    done_bytes: int = 0
    total_bytes: int = 0


Progress = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Tell nobody."""
