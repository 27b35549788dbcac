"""How urgent: the order of priorities.

Which one a new ticket gets is the workflow's matrix (`services/routing/dispatch/needs.py`).
"""

from typing import Final, get_args

from shared.events.fact import Priority

PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
"""Lowest first."""
_RANKS: Final = {priority: rank for rank, priority in enumerate(PRIORITIES)}


def rank(priority: Priority) -> int:
    """A number that is higher for what goes first."""
    return _RANKS[priority]
