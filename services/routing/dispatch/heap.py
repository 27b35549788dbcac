"""The best of many where their order does not depend on the ticket's place."""

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush

from services.routing.dispatch.group import Candidate, Row
from services.routing.dispatch.roll import Some, places


class Heap:
    """Candidates on a heap; whoever was given something is put on it anew, and their old place is thrown away."""

    def __init__(self, rows: Mapping[int, Row], room: Some, candidate: Callable[[Row], Candidate]) -> None:
        self._rows, self._candidate = rows, candidate
        self._at = {row[0].id: at for at, row in rows.items()}
        self._heap = [candidate(rows[at]) for at in places(room)]
        self._current: dict[str, Candidate] = {entry.id: entry for entry in self._heap}
        heapify(self._heap)

    def put(self, at: int, *, has_room: bool) -> None:
        """Weigh somebody anew."""
        row = self._rows[at]
        self._current.pop(row[0].id, None)
        if has_room:
            entry = self._current[row[0].id] = self._candidate(row)
            heappush(self._heap, entry)

    def best(self, count: int, allowed: Some | None) -> list[Candidate]:
        """The first so many (of those allowed, where not all are), left on the heap."""
        found: list[Candidate] = []
        passed: list[Candidate] = []
        while self._heap and len(found) < count:
            entry = heappop(self._heap)
            if self._current.get(entry.id) is entry:
                is_allowed = allowed is None or allowed >> self._at[entry.member.id] & 1
                (found if is_allowed else passed).append(entry)
        for entry in (*found, *passed):
            heappush(self._heap, entry)
        return found
