"""Large crews: what tickets of like needs share, however different their places, customers and histories are.

Tickets that need the same skills, parts and units, at the same rung of the ladder, are of one crowd. Everybody is
sieved for it once, by whatever is not about a place or a person; and who is given something is looked at anew. How one
ticket looks at its crowd is in `sifted.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import inf

from services.routing.dispatch.candidates import Call, FilterName, passing_filter
from services.routing.dispatch.cells import NOWHERE, Cells, Standing, standing_of
from services.routing.dispatch.group import candidate_of
from services.routing.dispatch.heap import Heap
from services.routing.dispatch.members import Member
from services.routing.dispatch.roll import Roll, Some, places
from services.routing.dispatch.score import around_distance, scale_of
from services.routing.geodesy.distance import unit_vector


class Crowd:
    """Everybody, for tickets of like needs: who is left, how they are rated for any place, who has room."""

    def __init__(self, roll: Roll, call: Call, outs: Iterable[tuple[FilterName, Some]]) -> None:
        """`outs` is whom each filter would take away if it were the only one, in their order."""
        self.roll, self.call = roll, call
        self.removed: dict[FilterName, Some] = {}
        self.left = roll.everybody
        for name, would_be_out in outs:
            if out := would_be_out & self.left:
                self.removed[name] = out
                self.left ^= out
        self.has_radii = any(member.facts.radius_km is not None for member in roll.among(self.left))
        self.room: Some = 0
        self.stopped: dict[FilterName, Some] = {"fairness": 0, "capacity": 0}
        self._cells: Cells | None = None
        self._heaps: dict[float, Heap] = {}
        self._named: dict[FilterName, tuple[Some, int | None, list[str]]] = {}
        self._seen: int | None = None

    def too_far(self, call: Call) -> Some:
        """Who is beyond the policy's radius or their own."""
        place, limit_km = call.ticket.wants.place, call.terms.radius_km
        if place is None or (limit_km is None and not self.has_radii):
            return 0
        return self.cells().too_far(unit_vector(place), inf if limit_km is None else limit_km)

    def follow(self, moved: Sequence[Member]) -> None:
        """Take in to whom something was given since the last look; at the first look everybody."""
        if self._seen is None:
            for at in places(self.left):
                self._sort(at)
            self._cells = None
        else:
            for member in {one.id: one for one in moved[self._seen :]}.values():
                at = self.roll.at[member.id]
                if self.left & 1 << at:
                    has_room = self._sort(at)
                    if self._cells is not None:
                        self._cells.put(at, has_room=has_room)
                    for heap in self._heaps.values():
                        heap.put(at, has_room=has_room)
        self._seen = len(moved)

    def names(self, name: FilterName, removed: Some, count: int | None) -> list[str]:
        """The first so many of whom a filter took; mostly they are the same as for the ticket before."""
        before = self._named.get(name)
        if before is None or before[:2] != (removed, count):
            ids = [str(self.roll.members[at].id) for at in islice(places(removed), count)]
            before = self._named[name] = (removed, count, ids)
        return before[2]

    def cells(self) -> Cells:
        """Everybody by where they are."""
        if self._cells is None:
            self._cells = Cells(self._standings(), self.room)
        return self._cells

    def heap(self, total: float) -> Heap:
        """Whoever has room, the best first, without a place; `total` are all weights together."""
        heap = self._heaps.get(total)
        if heap is None:
            scale = scale_of(self.call)._replace(total=total)
            rows = {row.at: (row.member, row.before + row.after, 0) for row in self._standings()}
            heap = self._heaps[total] = Heap(rows, self.room, lambda row: candidate_of(row, scale))
        return heap

    def _standings(self) -> Iterator[Standing]:
        """Everybody as they are at this moment."""
        scale = scale_of(self.call)
        for at in places(self.left):
            member = self.roll.members[at]
            point = NOWHERE if member.facts.place is None else unit_vector(member.facts.place)
            yield standing_of(at, member, point, around_distance(member, scale))

    def _sort(self, at: int) -> bool:
        """Note whether somebody has room, and what else stands in their way."""
        one, stopped = 1 << at, passing_filter(self.roll.members[at], self.call)
        if stopped is None:
            self.room |= one
            return True
        self.room &= ~one
        for name, some in self.stopped.items():
            self.stopped[name] = some | one if name == stopped else some & ~one
        return False
