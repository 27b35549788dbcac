"""All waiting tickets of equal needs: sieved once, ranked as their members' loads grow.

A small group is weighed anew for each ticket. In a crowd the best lie on a heap, and only who was given something since
is weighed again: so ten thousand tickets before three thousand technicians are matched in about a second.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from services.routing.dispatch.candidates import Call, FilterName, Sieved, passing_filter, sieve
from services.routing.dispatch.members import Member
from services.routing.dispatch.score import Key, Scale, fit, key, scale_of, score, tier

NAMED = 10
"""So many of a crowd a record names; how many there are stands beside them."""


@dataclass(slots=True)
class Candidate:
    """Somebody whom the filters left, with their score at this moment."""

    member: Member
    score: float
    tier: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """The answer for one ticket: candidates best first, and whom each filter took; both cut where they are long."""

    best_first: list[Candidate]
    removed: dict[str, list[str]]
    left_count: int
    removed_counts: dict[str, int]


@dataclass(slots=True)
class _Row:
    """A member as this group sees them: what is between them and the tickets is computed once."""

    member: Member
    fits: float
    tier: int


class Group:
    """The candidates for tickets of equal needs; `weigh` after every choice is told by `moved`."""

    def __init__(self, members: Sequence[Member], call: Call) -> None:
        self.call = call
        self.scale: Scale = scale_of(call)
        self.sieved: Sieved = sieve(members, call)
        self._rows = [_Row(member, fit(member, self.scale), tier(member, self.scale)) for member in self.sieved.left]
        self._crowd = _Crowd(self._rows, self) if len(self._rows) > call.crowd else None

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        """Rank who has room now. `moved` lists whom something was given in this batch, in order, since its begin."""
        if self._crowd is not None:
            return self._crowd.weigh(moved)
        passing: dict[FilterName, list[str]] = {"fairness": [], "capacity": []}
        keyed = []
        for row in self._rows:
            stopped = passing_filter(row.member, self.call)
            if stopped is not None:
                passing[stopped].append(row.member.id)
            else:
                keyed.append(self.keyed(row))
        keyed.sort()
        return self.weighed([candidate for _, candidate in keyed], passing, len(keyed))

    def keyed(self, row: _Row) -> tuple[Key, Candidate]:
        """A candidate with what they are sorted by; keys never tie, so candidates are never compared."""
        points = score(row.member, row.fits, self.scale)
        return key(row.member, row.tier, points, self.scale), Candidate(row.member, points, row.tier)

    def weighed(self, best_first: list[Candidate], passing: dict[FilterName, list[str]], left_count: int) -> Weighed:
        """The answer with all removals, lists cut where they are long."""
        removed = self.sieved.removed | {str(name): ids for name, ids in passing.items() if ids}
        counts = {name: len(ids) for name, ids in removed.items()}
        return Weighed(
            best_first, {name: shown(ids, self.call.crowd) for name, ids in removed.items()}, left_count, counts
        )


class _Crowd:
    """The same ranking over many: a heap of who has room, corrected by who moved since the last look."""

    def __init__(self, rows: Sequence[_Row], group: Group) -> None:
        self._group = group
        self._rows = {row.member.id: row for row in rows}
        self._passing: dict[FilterName, list[str]] = {"fairness": [], "capacity": []}
        self._stopped: dict[str, FilterName] = {}
        self._current: dict[str, Key] = {}
        self._heap: list[tuple[Key, Candidate]] = []
        self._seen = 0
        self._is_begun = False

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        self._follow(moved)
        count = len(self._current)
        best = self._best(count if count <= self._group.call.crowd else NAMED)
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

    def _entry(self, row: _Row) -> tuple[Key, Candidate] | None:
        """The row's place on the heap; None for who has no room any more (within a batch nobody gets any back)."""
        id_, stopped = row.member.id, passing_filter(row.member, self._group.call)
        if stopped is not None:
            self._stop(id_, stopped)
            return None
        entry = self._group.keyed(row)
        self._current[id_] = entry[0]
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
        found: list[tuple[Key, Candidate]] = []
        while self._heap and len(found) < count:
            entry = heappop(self._heap)
            if self._current.get(entry[1].member.id) == entry[0]:
                found.append(entry)
        for entry in found:
            heappush(self._heap, entry)
        return [candidate for _, candidate in found]


def shown(ids: list[str], crowd: int) -> list[str]:
    """A list as a record names it: whole, or in a crowd its beginning (a copy, for the group's own may grow)."""
    return ids[:NAMED] if len(ids) > crowd else list(ids)
