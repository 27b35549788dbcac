"""The best of many for a place, without looking at all of them.

Technicians who are near each other share a cell, cells that are near each other a larger one. The best of a cell for
any place, put at its edge, is the most that anybody in it could have. Cells are looked into from the highest such bound
on, until the next one's is below what was found. Bounds and what they are compared with are right to a few times the
last bit of a float, and a margin of a score's last digit is left: nobody is missed, and whoever comes into question is
then scored as `score.py` scores.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import asin, dist, inf
from typing import NamedTuple

from services.routing.dispatch.members import Member
from services.routing.dispatch.roll import Some
from services.routing.dispatch.score import SCORE_DIGITS
from services.routing.geodesy.distance import DIAMETER_KM, UnitVector, km_of_chord

CELL = 8
"""So many members at most in a cell, and so many cells in the next larger one."""
SLACK = 1e-12
"""Beyond the edge of a cell, in radii of the earth, and above a bound: more than floats are wrong by."""
HALF = 0.5 - SLACK
"""Of a chord, where it must not come out too long."""
ROUNDED = 10.0**-SCORE_DIGITS
"""Twice as far as a score moves when it is rounded."""
NOWHERE: UnitVector = (inf, inf, inf)
"""Of whoever's place is not known."""


class Standing(NamedTuple):
    """A member as a cell sees them; sorts the best for any place first."""

    minus_points: float
    """What they have without the distance."""
    at: int
    point: UnitVector
    before: float
    """The part of `fit` that is added before the distance."""
    after: float
    member: Member


class Weighing(NamedTuple):
    """What one ticket makes of a distance: `weight × scale / (scale + km)`, over all weights together."""

    here: UnitVector
    weight: float
    scale_km: float
    total: float


def standing_of(at: int, member: Member, point: UnitVector, around: tuple[float, float]) -> Standing:
    """A member as they are at this moment."""
    return Standing(-(member.standing + sum(around)), at, point, *around, member)


class Cell:
    """Some who are near each other, or who are nowhere: members, or the cells that they are in."""

    centre: UnitVector
    reach: float
    points: float
    __slots__ = (
        "_least", "at", "centre", "circles", "everybody", "limits_km", "parts", "points", "reach", "roomy", "rows",
    )  # fmt: skip

    def __init__(self, rows: Sequence[Standing], room: Some, parts: "Sequence[Cell]" = ()) -> None:
        self.rows, self.parts = rows, parts
        self.at = rows[0].at
        self.circles = [(part.centre, part.reach, part) for part in parts]
        self.everybody: Some = sum(1 << row.at for row in rows)
        self.centre, self.reach = _circle([row.point for row in rows])
        own_km = [own_limit_km(row.member) for row in rows]
        self.limits_km = min(own_km), max(own_km)
        self.roomy = [] if parts else sorted(row for row in rows if room >> row.at & 1)
        self.points = -inf
        self.sum_up()

    def sum_up(self) -> None:
        """Note what the best has without the distance."""
        if self.parts:
            self.points = max(part.points for part in self.parts)
        else:
            self.points = -self.roomy[0].minus_points if self.roomy else -inf
        self._least: tuple[float, str] | None = None

    def part_fell(self, before: float) -> None:
        """Take in that a part has less than it had before."""
        self._least = None
        if self.points <= before:
            self.points = max([part.points for part in self.parts])

    def least(self) -> tuple[float, str]:
        """What could decide for one of them where scores are equal: longest idle, lowest id."""
        if self._least is None:
            if self.parts:
                leasts = [part.least() for part in self.parts if part.points > -inf]
            else:
                leasts = [(-row.member.idle_s, row.member.id) for row in self.roomy]
            self._least = min(idle for idle, _ in leasts), min(id_ for _, id_ in leasts)
        return self._least

    def put(self, at: int, *, has_room: bool) -> None:
        """Take in that somebody of the cell was given something."""
        row = next((row for row in self.roomy if row.at == at), None)
        if row is not None:
            self.roomy.remove(row)
            if has_room:
                insort(self.roomy, standing_of(at, row.member, row.point, (row.before, row.after)))
            self.sum_up()


Found = tuple[float, Standing]
"""Somebody who may be among the best, and about what they have."""
Circle = tuple[UnitVector, float, Cell]
"""A cell's centre, how far its members are from there, the cell."""
Ahead = tuple[float, int, float, Cell]
"""Minus the most that anybody in a cell could have, the first of them, how much of it nearness gives, the cell."""


class Cells:
    """The cells of a crowd, from the smallest to the largest."""

    def __init__(self, rows: Iterable[Standing], room: Some) -> None:
        placed: list[Standing] = []
        unplaced: list[Standing] = []
        for row in rows:
            (unplaced if row.point is NOWHERE else placed).append(row)
        self._above: dict[int, list[Cell]] = {}
        cells = [*self._built(placed, room), *self._built(unplaced, room)]
        self._largest: list[Circle] = [(cell.centre, cell.reach, cell) for cell in cells]

    def put(self, at: int, *, has_room: bool) -> None:
        """Take in that somebody was given something."""
        smallest, *larger = self._above[at]
        before = smallest.points
        smallest.put(at, has_room=has_room)
        for cell in larger:
            cell.part_fell(before)

    def best(self, weighing: Weighing, count: int, allowed: Some | None) -> list[Standing]:
        """The first so many of those with room (and of those allowed, where not all are), and who scores the same."""
        margin, floor = ROUNDED * weighing.total, -inf
        found: list[Found] = []
        last: tuple[float, float, str] | None = None
        ahead: list[Ahead] = []
        _look_ahead(ahead, self._largest, weighing, floor)
        while ahead:
            minus_bound, _, nearest, cell = heappop(ahead)
            if -minus_bound < floor:
                break
            if -minus_bound < floor + 3 * margin:
                last = last or _last(found, count, weighing)
                if (-round(SLACK - minus_bound / weighing.total, SCORE_DIGITS), *cell.least()) > last:
                    continue
            if cell.circles:
                _look_ahead(ahead, cell.circles, weighing, floor)
            elif more := _of_cell(cell, weighing, nearest - floor, allowed):
                found += more
                if len(found) >= count:
                    found.sort(reverse=True)
                    floor, last = found[count - 1][0] - margin, None
        return [row for points, row in found if points >= floor]

    def too_far(self, here: UnitVector, limit_km: float) -> Some:
        """Everybody beyond the limit or their own radius, with room or without."""
        found, ahead = 0, [cell for centre, _, cell in self._largest if centre is not NOWHERE]
        while ahead:
            cell = ahead.pop()
            chord = dist(here, cell.centre)
            if km_of_chord(max(0.0, chord - cell.reach)) > min(limit_km, cell.limits_km[1]):
                found |= cell.everybody
            elif km_of_chord(chord + cell.reach) > min(limit_km, cell.limits_km[0]):
                ahead += cell.parts
                for row in () if cell.parts else cell.rows:
                    if km_of_chord(dist(here, row.point)) > min(limit_km, own_limit_km(row.member)):
                        found |= 1 << row.at
        return found

    def _built(self, rows: list[Standing], room: Some) -> list[Cell]:
        """The largest cells; as long as there are many, those that are near each other make a larger one."""
        cells = [Cell(part, room) for part in _parted(rows)]
        self._above.update((row.at, [cell]) for cell in cells for row in cell.rows)
        while len(cells) > CELL:
            parts = [cells[at : at + CELL] for at in range(0, len(cells), CELL)]
            cells = [Cell([row for cell in part for row in cell.rows], room, part) for part in parts]
            for cell in cells:
                for row in cell.rows:
                    self._above[row.at].append(cell)
        return cells


def exact(row: Standing, weighing: Weighing) -> tuple[float, float | None]:
    """The score, as it is computed for everybody everywhere, and the kilometres behind it."""
    here, weight, scale_km, total = weighing
    if row.point is NOWHERE:
        return round((row.member.standing + (row.before + row.after)) / total, SCORE_DIGITS), None
    km = km_of_chord(dist(here, row.point))
    points = row.member.standing + (row.before + weight * (scale_km / (scale_km + km)) + row.after)
    return round(points / total, SCORE_DIGITS), km


def _look_ahead(ahead: list[Ahead], circles: Iterable[Circle], weighing: Weighing, floor: float) -> None:
    """Put the cells on the heap that may hold somebody."""
    here, weight, scale_km, _ = weighing
    least = floor - weight
    for centre, reach, cell in circles:
        points = cell.points
        if points < least or points == -inf:
            continue
        if centre is NOWHERE:
            nearest = SLACK
        elif (chord := dist(here, centre) - reach) > 0:
            nearest = weight * scale_km / (scale_km + DIAMETER_KM * asin(chord * HALF))
        else:
            nearest = weight
        if points + nearest >= floor:
            heappush(ahead, (-points - nearest, cell.at, nearest, cell))


def _of_cell(cell: Cell, weighing: Weighing, minus_most: float, allowed: Some | None) -> list[Found]:
    """Whoever of a cell has room and may be as good as what was found so far."""
    here, weight, scale_km, _ = weighing
    rows = [row for row in cell.roomy if row[0] <= minus_most]
    if allowed is not None:
        rows = [row for row in rows if allowed >> row[1] & 1]
    if cell.centre is NOWHERE:
        return [(-row[0], row) for row in rows]
    return [
        (weight * scale_km / (scale_km + DIAMETER_KM * asin(dist(here, row[2]) * HALF)) - row[0], row) for row in rows
    ]


def _last(found: Iterable[Found], count: int, weighing: Weighing) -> tuple[float, float, str]:
    """What the last of the best is sorted by."""
    keys = sorted((-exact(row, weighing)[0], -row.member.idle_s, row.member.id) for _, row in found)
    return keys[count - 1]


def own_limit_km(member: Member) -> float:
    """How far somebody goes at the most."""
    return inf if member.facts.radius_km is None else member.facts.radius_km


def _parted(rows: list[Standing]) -> Iterator[list[Standing]]:
    """The rows in parts of a cell each, halved again and again where they lie farthest apart; else by id."""
    if len(rows) <= CELL:
        if rows:
            yield rows
        return
    widths = [max(ends) - min(ends) for ends in zip(*(row.point for row in rows), strict=True)]
    widest = widths.index(max(widths))
    half = len(rows) // 2
    ordered = sorted(rows, key=lambda row: (row.point[widest], row.at))
    yield from _parted(ordered[:half])
    yield from _parted(ordered[half:])


def _circle(points: Sequence[UnitVector]) -> tuple[UnitVector, float]:
    """A centre, and how far from it (as a chord) the points lie; 0 where all are at one place."""
    if points[0] is NOWHERE:
        return NOWHERE, 0.0
    ends = [(min(one), max(one)) for one in zip(*points, strict=True)]
    centre = ((ends[0][0] + ends[0][1]) / 2, (ends[1][0] + ends[1][1]) / 2, (ends[2][0] + ends[2][1]) / 2)
    reach = max(dist(centre, point) for point in points)
    return centre, reach + SLACK if reach else 0.0
