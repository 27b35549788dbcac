"""Which deliveries this process has in its hands: claimed, and not recorded yet.

Only their leases are renewed. A claim that came to nothing (the answer to it got lost, a round failed behind it) is in
nobody's hands: its lease ends, although the process that holds it lives, and what that means is said by `upkeep.py`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID


class InHand:
    """Of one process; shared by its workers and its upkeep."""

    def __init__(self) -> None:
        self._ids: set[UUID] = set()

    @contextmanager
    def holding(self, ids: Iterable[UUID]) -> Iterator[None]:
        """These, for as long as the block runs."""
        held = set(ids)
        self._ids |= held
        try:
            yield
        finally:
            self._ids -= held

    def ids(self) -> list[UUID]:
        """All of them now."""
        return list(self._ids)
