"""A large crew's members in the order of their ids: a set of them is a whole number with a bit for each.

Such sets are cut, joined and counted at once, however many are in them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from services.routing.dispatch.members import Member
from shared.ids import TechnicianId

Some = int
"""Some of the members: bit n stands for the one at n."""


class Roll:
    """Who stands where; `members` come sorted by id."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.everybody: Some = (1 << len(members)) - 1
        self.at = {member.id: at for at, member in enumerate(members)}

    def some(self, ids: Iterable[TechnicianId]) -> Some:
        """Those of the ids who are in the crew."""
        found = 0
        for id_ in ids:
            at = self.at.get(id_)
            if at is not None:
                found |= 1 << at
        return found

    def where(self, holds: Callable[[Member], bool]) -> Some:
        """Those for whom something holds."""
        digits = ["1" if holds(member) else "0" for member in reversed(self.members)]
        return int("".join(digits) or "0", 2)

    def among(self, some: Some) -> Iterator[Member]:
        """The members of a set, by id."""
        return (self.members[at] for at in places(some))


def places(some: Some) -> Iterator[int]:
    """Where the members of a set stand, from the lowest id on."""
    digits = bin(some)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)
