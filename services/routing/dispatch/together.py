"""Tickets that are given at the same moment, looked at together: two of them change hands where both score more so.

Why it is an exchange, what it gains and when it gains nothing: docs/decisions/0018.
"""

from collections.abc import Sequence
from itertools import combinations

from services.routing.dispatch.group import Asked, Row
from services.routing.dispatch.members import Member
from shared.ids import TechnicianId

Choice = tuple[Asked, Member]
"""A ticket's group, and whom it was given to one by one."""

GAIN_LEAST = 1e-6
"""Scores are rounded to this; a smaller gain is none."""
EXCHANGED_MAX = 1000
"""So many tickets of a batch, the first of them, are looked at together: all pairs of more would take minutes."""
PASSES_MAX = 10
"""Each pass gains; a few are enough, and this ends it in any case."""


def exchanged(choices: Sequence[Choice]) -> list[Member]:
    """Who gets each of the tickets after all exchanges that gain; everybody gets as many as before.

    Only tickets of equal units change hands, between technicians whom no filter takes from the other's ticket, and
    nobody loses a ticket to a lower affinity. The pairs are looked at in order: the same input gives the same answer.
    """
    given = [member for _, member in choices]
    rows = [_rows_of(group) for group, _ in choices]
    small = [at for at, (group, _) in enumerate(choices) if not group.is_crowd][:EXCHANGED_MAX]
    for _ in range(PASSES_MAX):
        has_gained = False
        for first, second in combinations(small, 2):
            if _gain(choices, rows, given, first, second) > GAIN_LEAST:
                given[first], given[second] = given[second], given[first]
                has_gained = True
        if not has_gained:
            break
    return given


def _gain(
    choices: Sequence[Choice], rows: Sequence[dict[TechnicianId, Row]], given: Sequence[Member], first: int, second: int
) -> float:
    """What both scores together gain when two tickets change hands; 0 where they must not.

    What only the technicians change is left out: after the exchange each of them holds as much as before it.
    """
    one, other = given[first], given[second]
    if one is other or one.id not in rows[second] or other.id not in rows[first]:
        return 0.0
    group, beside = choices[first][0], choices[second][0]
    if group.scale.is_in_turn or beside.scale.is_in_turn:
        return 0.0
    if group.call.units != beside.call.units or group.call.units == "whole":
        return 0.0
    mine, theirs = rows[first][one.id], rows[first][other.id]
    yours, ours = rows[second][other.id], rows[second][one.id]
    if theirs[2] > mine[2] or ours[2] > yours[2]:
        return 0.0
    gain = (theirs[1] - mine[1]) / group.scale.total if group.scale.total else 0.0
    return gain + ((ours[1] - yours[1]) / beside.scale.total if beside.scale.total else 0.0)


def _rows_of(group: Asked) -> dict[TechnicianId, Row]:
    """Everybody whom the lasting filters left to a ticket; a crowd is not exchanged with."""
    return {} if group.is_crowd else {row[0].id: row for row in group.rows}
