"""All waiting tickets of equal needs: sieved once, ranked as their members' loads grow.

A small group is weighed anew for each ticket. In a crowd the best lie on a heap, and only who was given something since
is weighed again: so ten thousand tickets before three thousand technicians are matched in about a second.
"""

from bisect import insort
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from services.routing.dispatch.candidates import Call, FilterName, Sieved, passing_filter, sieve
from services.routing.dispatch.members import Member
from services.routing.dispatch.score import SCORE_DIGITS, Scale, fit, scale_of, tier

NAMED = 10
"""So many of a crowd a record names; how many there are stands beside them."""


class Candidate(NamedTuple):
    """Somebody whom the filters left, at this moment. Sorts the best first; ids differ, so members are never compared.

    In turn: affinity, score (or whose turn it is), longest idle, lowest id.
    """

    tier: int
    merit: float
    """Minus the score; in round robin the last choice of this batch that fell on them."""
    minus_idle_s: float
    id: str
    member: Member
    score: float


class Weighed(NamedTuple):
    """The answer for one ticket: candidates best first, and whom each filter took; both cut where they are long."""

    best_first: list[Candidate]
    removed: dict[str, list[str]]
    left_count: int
    removed_counts: dict[str, int]


Row = tuple[Member, float, int]
"""A member as a group sees them: with the `fit` and the `tier` between them and its tickets."""


class Group:
    """The candidates for tickets of equal needs; `weigh` after every choice is told by `moved`."""

    def __init__(self, members: Sequence[Member], call: Call) -> None:
        self.call = call
        self.scale: Scale = scale_of(call)
        self.sieved: Sieved = sieve(members, call)
        scale = self.scale
        self.rows: list[Row] = [(member, fit(member, scale), tier(member, scale)) for member in self.sieved.left]
        self.is_crowd = len(self.rows) > call.asking.crowd
        self._crowd = _Crowd(self.rows, self) if self.is_crowd else None

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        """Rank who has room now. `moved` lists whom something was given in this batch, in order, since its begin."""
        if self._crowd is not None:
            return self._crowd.weigh(moved)
        passing: dict[FilterName, list[str]] = {"fairness": [], "capacity": []}
        best_first = []
        for row in self.rows:
            stopped = passing_filter(row[0], self.call)
            if stopped is None:
                best_first.append(self.candidate(row))
            else:
                passing[stopped].append(row[0].id)
        best_first.sort()
        return self.weighed(best_first, passing, len(best_first))

    def candidate(self, row: Row) -> Candidate:
        """A member with their score at this moment, and what they are sorted by."""
        member, fits, tier_ = row
        total = self.scale.total
        points = round((member.standing + fits) / total, SCORE_DIGITS) if total else 0.0
        if self.scale.is_in_turn:
            return Candidate(tier_, member.turn, -member.idle_s, member.id, member, points)
        return Candidate(tier_, -points, -member.idle_s, member.id, member, points)

    def weighed(self, best_first: list[Candidate], passing: dict[FilterName, list[str]], left_count: int) -> Weighed:
        """The answer with all removals, lists cut where they are long."""
        removed = self.sieved.removed
        if passing["fairness"] or passing["capacity"]:
            removed = removed | {str(name): ids for name, ids in passing.items() if ids}
        if not removed:
            return Weighed(best_first, {}, left_count, {})
        counts = {name: len(ids) for name, ids in removed.items()}
        return Weighed(
            best_first, {name: shown(ids, self.call.asking.crowd) for name, ids in removed.items()}, left_count, counts
        )


class _Crowd:
    """The same ranking over many: a heap of who has room, corrected by who moved since the last look."""

    def __init__(self, rows: Sequence[Row], group: Group) -> None:
        self._group = group
        self._rows = {row[0].id: row for row in rows}
        self._passing: dict[FilterName, list[str]] = {"fairness": [], "capacity": []}
        self._stopped: dict[str, FilterName] = {}
        self._current: dict[str, Candidate] = {}
        self._heap: list[Candidate] = []
        self._seen = 0
        self._is_begun = False

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        self._follow(moved)
        count = len(self._current)
        best = self._best(count if count <= self._group.call.asking.crowd else NAMED)
        return self._group.weighed(best, self._passing, count)

    def _follow(self, moved: Sequence[Member]) -> None:
        """Weigh again whoever was given something since the last look; at the first look everybody."""
        if not self._is_begun:
            self._is_begun = True
            entries = [entry for row in self._rows.values() if (entry := self._entry(row)) is not None]
            self._heap = entries
            heapify(self._heap)
        else:
            for member in {one.id: one for one in moved[self._seen :]}.values():
                row = self._rows.get(member.id)
                if row is not None and (entry := self._entry(row)) is not None:
                    heappush(self._heap, entry)
        self._seen = len(moved)

    def _entry(self, row: Row) -> Candidate | None:
        """The row's place on the heap; None for who has no room any more (within a batch nobody gets any back)."""
        id_, stopped = row[0].id, passing_filter(row[0], self._group.call)
        if stopped is not None:
            self._stop(id_, stopped)
            return None
        entry = self._current[id_] = self._group.candidate(row)
        return entry

    def _stop(self, id_: str, name: FilterName) -> None:
        """Note which filter stands in somebody's way now."""
        self._current.pop(id_, None)
        before = self._stopped.get(id_)
        if before != name:
            if before is not None:
                self._passing[before].remove(id_)
            self._stopped[id_] = name
            insort(self._passing[name], id_)

    def _best(self, count: int) -> list[Candidate]:
        """The first so many, left on the heap; places that are out of date are thrown away on the way."""
        found: list[Candidate] = []
        while self._heap and len(found) < count:
            entry = heappop(self._heap)
            if self._current.get(entry.id) is entry:
                found.append(entry)
        for entry in found:
            heappush(self._heap, entry)
        return found


def shown(ids: list[str], crowd: int) -> list[str]:
    """A list as a record names it: whole, or in a crowd its beginning (a copy, for the group's own may grow)."""
    return ids[:NAMED] if len(ids) > crowd else list(ids)
