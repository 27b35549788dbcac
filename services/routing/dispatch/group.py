"""All waiting tickets of equal needs: sieved once, ranked as their members' loads grow.

A small group is weighed anew for each ticket; a large one is a crowd (`crowd.py`).
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.routing.dispatch.candidates import Call, FilterName, Sieved, passing_filter
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


class Asked(Protocol):
    """Whoever may be left for a ticket: a small group or a crowd."""

    call: Call
    scale: Scale
    is_crowd: bool
    rows: Sequence[Row]
    """Everybody whom the lasting filters left; of a crowd nobody."""

    def weigh(self, moved: Sequence[Member]) -> Weighed:
        """Rank who has room now. `moved` lists whom something was given in this batch, in order, since its begin."""
        ...


class Group:
    """The candidates for tickets of equal needs; `weigh` after every choice is told by `moved`."""

    def __init__(self, call: Call, sieved: Sieved) -> None:
        self.call = call
        self.scale: Scale = scale_of(call)
        self.sieved = sieved
        self.is_crowd = False
        self.rows: Sequence[Row] = [row_of(member, self.scale) for member in sieved.left]

    def weigh(self, moved: Sequence[Member]) -> Weighed:  # noqa: ARG002 - a small group looks at everybody anew
        """Rank who has room now."""
        passing: dict[FilterName, list[str]] = {"fairness": [], "capacity": []}
        best_first = []
        for row in self.rows:
            stopped = passing_filter(row[0], self.call)
            if stopped is None:
                best_first.append(self.candidate(row))
            else:
                passing[stopped].append(row[0].id)
        best_first.sort()
        removed, counts = self.sieved.removed, self.sieved.counts
        if passing["fairness"] or passing["capacity"]:
            more = {str(name): ids for name, ids in passing.items() if ids}
            removed, counts = removed | more, counts | {name: len(ids) for name, ids in more.items()}
        if not removed:
            return Weighed(best_first, {}, len(best_first), {})
        crowd = self.call.asking.crowd
        return Weighed(best_first, {name: shown(ids, crowd) for name, ids in removed.items()}, len(best_first), counts)

    def candidate(self, row: Row) -> Candidate:
        """A member with their score at this moment, and what they are sorted by."""
        return candidate_of(row, self.scale)


def row_of(member: Member, scale: Scale) -> Row:
    """A member beside one ticket."""
    return member, fit(member, scale), tier(member, scale)


def candidate_of(row: Row, scale: Scale) -> Candidate:
    """A member with their score at this moment, and what they are sorted by."""
    member, fits, tier_ = row
    points = round((member.standing + fits) / scale.total, SCORE_DIGITS) if scale.total else 0.0
    if scale.is_in_turn:
        return Candidate(tier_, member.turn, -member.idle_s, member.id, member, points)
    return Candidate(tier_, -points, -member.idle_s, member.id, member, points)


def shown(ids: list[str], crowd: int) -> list[str]:
    """A list as a record names it: whole, or in a crowd its beginning (a copy, for the group's own may grow)."""
    return ids[:NAMED] if len(ids) > crowd else list(ids)
