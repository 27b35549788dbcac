"""Dispatch: one writer for each crew, woken by marks.

Whoever has the crew's lock counts, matches and writes, in one transaction.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.routing.dispatch.match import Match, match
from services.routing.store.changes import Cause, Change, decided, unchanged
from services.routing.store.crews import (
    DISPATCH_CHANNEL,
    Listed,
    Load,
    load_of,
    new_waiting,
    next_waiting,
    take_marked_crew,
    take_marks,
)
from services.routing.store.policies import has_newer_crew, load_policies
from services.routing.store.save import mark_crews, save
from services.routing.store.tickets import database_now, lock_tickets
from services.routing.ticket.commands import Offer, Queue
from services.routing.ticket.decide import decide
from services.routing.ticket.places import place_of
from services.routing.ticket.state import TicketState
from shared.clock import monotonic
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.ids import StoreId, TechnicianId
from shared.log.failpoints import failpoint
from shared.policies import Crew, Policies
from shared.telemetry.metrics import metrics_for

POLL_S = 1.0
"""The safety net under NOTIFY."""
PAGE_TICKETS = 200
"""So many waiting tickets are weighed at once."""
DECISIONS_MAX = 200
"""So many decisions one transaction writes; the crew stays marked when there are more."""

LEFT_ALONE_S = 60.0
"""How long a crew waits that our own code failed on."""

log = structlog.get_logger("dispatch")


@dataclass(slots=True)
class Round:
    """One look at one crew: who is there, what they hold so far, what was decided."""

    store_id: StoreId
    crew: Crew
    load: Load
    policies: Policies
    now: datetime
    held: dict[TechnicianId, int] = field(default_factory=dict)
    answers: dict[UUID, tuple[Match, Listed]] = field(default_factory=dict)

    def weigh(self, listed: Sequence[Listed]) -> None:
        """Match some of the list, in its order, against what is held after the matches so far."""
        fresh = [one for one in listed if one.waiting.ticket_id not in self.answers]
        matches = match(
            self.crew,
            [one.waiting for one in fresh],
            self.held,
            self.policies,
            self.now,
            store_id=self.store_id,
            on_duty=self.load.on_duty,
            idle_since=self.load.given_at,
        )
        by_ticket = {one.waiting.ticket_id: one for one in fresh}
        for found in matches:
            if found.technician_id is not None:
                self.held[found.technician_id] = self.held.get(found.technician_id, 0) + 1
            self.answers[found.ticket_id] = (found, by_ticket[found.ticket_id])

    def has_room(self) -> bool:
        """Whether anybody who is there could take one more."""
        return any(
            self.load.on_duty.get(TechnicianId(one.id), one.on_duty)
            and self.held.get(TechnicianId(one.id), 0) < one.capacity
            for one in self.crew.technicians
        )

    def news(self) -> list[Match]:
        """The answers that say something new: a technician, or another reason than the ticket waits for already."""
        return [
            found for found, listed in self.answers.values() if found.technician_id or found.reason != listed.reason
        ]


class CrewFailed(Exception):  # noqa: N818 - says which crew to leave alone, its cause says why
    """Our own code failed on one crew."""

    def __init__(self, store_id: StoreId) -> None:
        super().__init__(store_id)
        self.store_id = store_id


async def dispatch_forever(pool: asyncpg.Pool, url: str, policies: Callable[[], Policies]) -> None:
    """Look at marked crews whenever one is marked; runs until cancelled.

    A crew that our code fails on is left alone for a while with an alarm; the others go on.
    """
    failed: dict[StoreId, float] = {}
    async with Wakeup(url, DISPATCH_CHANNEL, application="routing-dispatch") as wakeup:
        while True:
            try:
                left_alone = [store_id for store_id, until in failed.items() if until > monotonic()]
                while await dispatch_one(pool, policies(), but=left_alone):
                    pass
                await wakeup.wait(POLL_S)
            except CrewFailed as failure:
                failed[failure.store_id] = monotonic() + LEFT_ALONE_S
                log.exception("dispatch failed on a crew", store_id=failure.store_id)


async def dispatch_one(pool: asyncpg.Pool, policies: Policies, *, but: Collection[StoreId] = ()) -> bool:
    """Serve one marked crew in one transaction; answers whether there was one that nobody else had.

    Raises CrewFailed for what is our own bug.
    """
    began_s = monotonic()
    async with pool.acquire() as connection, connection.transaction():
        store_id = await take_marked_crew(connection, but)
        if store_id is None:
            return False
        try:
            if await has_newer_crew(connection, store_id, policies):
                policies = await load_policies(connection, policies)
            whole = await take_marks(connection, store_id)
            await serve(connection, store_id, policies, whole=whole)
        except TRANSIENT:
            raise
        except Exception as error:
            raise CrewFailed(store_id) from error
        failpoint("routing.dispatch_before_commit")
    failpoint("routing.dispatch_after_commit")
    metrics_for("routing").observe("gongdan_routing_dispatch_duration_seconds", monotonic() - began_s)
    return True


async def serve(connection: Any, store_id: StoreId, policies: Policies, *, whole: bool) -> None:
    """Match what waits on the list of a crew that is locked (all of it, or what is new), and write what was decided."""
    crew = policies.crew(store_id) or Crew(technicians=())
    load = await load_of(connection, [one.id for one in crew.technicians])
    look = Round(store_id, crew, load, policies, await database_now(connection), dict(load.held))
    is_more = await (_weigh_list if whole else _weigh_new)(connection, look)
    news = look.news()
    for found in news:
        metrics_for("routing").count("gongdan_routing_dispatches_total", outcome=found.reason)
    states = await lock_tickets(connection, [found.ticket_id for found in news])
    await save(connection, [write(states[found.ticket_id], found, look) for found in news])
    has_room_left = any(has_moved(states[found.ticket_id], found, store_id) for found in news)
    if is_more or has_room_left:
        await mark_crews(connection, {store_id}, whole=whole or has_room_left)


async def _weigh_list(connection: Any, look: Round) -> bool:
    """Weigh the list page by page while anybody has room, then what is new on it; answers whether more was left."""
    last: Listed | None = None
    while look.has_room():
        page = await next_waiting(connection, look.store_id, last, PAGE_TICKETS)
        look.weigh(page)
        if len(page) < PAGE_TICKETS:
            return False
        if len(look.news()) >= DECISIONS_MAX:
            return True
        last = page[-1]
    return await _weigh_new(connection, look)


async def _weigh_new(connection: Any, look: Round) -> bool:
    """Weigh what was not looked at yet; answers whether there is more of it."""
    fresh = await new_waiting(connection, look.store_id, DECISIONS_MAX)
    look.weigh(fresh)
    return len(fresh) == DECISIONS_MAX


def has_moved(state: TicketState, found: Match, store_id: StoreId) -> bool:
    """Whether the ticket left the list between reading it and locking the ticket: then a place may still be free."""
    place = place_of(state)
    return place is None or place.store_id != store_id or found.technician_id in place.asked


def write(state: TicketState, found: Match, look: Round) -> Change:
    """The decision about one ticket; none if it does not wait on this list any more."""
    command = (
        Queue(look.store_id, found.reason, found.decision)
        if found.technician_id is None
        else Offer(look.store_id, found.technician_id, found.decision)
    )
    known = state.known
    cause = Cause(causation_id=known.last_event_id or found.ticket_id, purpose="dispatch")
    facts = decide(state, command, look.policies, look.now)
    return decided(unchanged(found.ticket_id, state), facts, cause, look.now)
