"""What a checker found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim that does not hold: which, and the record, operation or row that shows it."""

    claim: str
    shown_by: str

    def __str__(self) -> str:
        return f"{self.claim}: {self.shown_by}"


def broken(claim: str, found: Iterable[str]) -> Iterator[Broken]:
    """Each finding under its claim."""
    return (Broken(claim, one) for one in found)
