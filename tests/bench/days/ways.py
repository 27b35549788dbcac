"""The ways of matching that are compared: one by one as the product does it, and all that wait together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.routing.dispatch.candidates import Asking, Call, sieve
from services.routing.dispatch.group import Group
from services.routing.dispatch.match import Desk
from services.routing.dispatch.members import Member
from services.routing.dispatch.rules import Rules, terms_of, units_of
from services.routing.dispatch.score import standing
from services.routing.dispatch.waiting import WaitingTicket, turn
from shared.ids import StoreId, TechnicianId, TicketId
from tests.bench.days.play import Way

NOBODY = 1_000.0
"""What it costs to leave a ticket to nobody, times its place from the end of the order: more than scores can win."""


def one_by_one(rules: Rules) -> Way:
    """The product's way: oldest of the highest priority first, each to the best who is left."""

    def way(
        members: list[Member], waiting: Sequence[WaitingTicket], now: datetime
    ) -> list[tuple[TicketId, TechnicianId]]:
        desk = Desk(members, Asking(StoreId("s"), frozenset(), now, rules, has_facts=True), {})
        found = desk.give_all(waiting)
        return [(one.ticket_id, one.technician_id) for one in found if one.technician_id is not None]

    return way


def together(rules: Rules) -> Way:
    """All that wait at once: the greatest sum of scores, after the greatest service in order of priority.

    Capacity is repeated columns, each with the score at the load that it stands for. Leaving a ticket to nobody costs
    the more, the earlier its turn: who can be served is served in order (the sets that can be served together form a
    matroid, so falling weights give the same as filling in order), and only then scores count.
    """

    def way(
        members: list[Member], waiting: Sequence[WaitingTicket], now: datetime
    ) -> list[tuple[TicketId, TechnicianId]]:
        order = sorted(waiting, key=turn)
        columns = [(member, load) for member in members for load in range(member.load, member.capacity)]
        at = {member.id: [] for member in members}  # type: dict[TechnicianId, list[int]]
        for number, (member, _) in enumerate(columns):
            at[member.id].append(number)
        asking = Asking(StoreId("s"), frozenset(), now, rules, has_facts=True)
        cost = np.repeat(NOBODY * np.arange(len(order), 0, -1.0)[:, None], len(columns) + len(order), axis=1)
        for row, ticket in enumerate(order):
            terms = terms_of(ticket, rules, now)
            call = Call(ticket, terms, units_of(ticket, rules), asking, {})
            group = Group(call, sieve(members, call))
            _fill(cost[row], group, at, rules)
        rows, chosen = linear_sum_assignment(cost)
        return [
            (order[row].ticket_id, columns[column][0].id)
            for row, column in zip(rows, chosen, strict=True)
            if cost[row, column] < NOBODY / 2
        ]

    return way


def _fill(row: Any, group: Group, at: dict[TechnicianId, list[int]], rules: Rules) -> None:
    """What each place of each candidate costs: 1 less the score at the load before it."""
    for member, fits, _ in group.rows:
        held, idle_s = member.load, member.idle_s
        for number in at[member.id]:
            member.standing = standing(member, rules)
            row[number] = 1.0 - (member.standing + fits) / group.scale.total
            member.load, member.idle_s = member.load + 1, 0.0
        member.load, member.idle_s = held, idle_s
