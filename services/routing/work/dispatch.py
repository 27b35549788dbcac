"""Dispatch: one writer for each crew, woken by marks.

Whoever has a crew's lock counts, matches and writes. One transaction serves all crews that are marked at that moment,
with a handful of statements for all of them together.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
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
    Marked,
    load_of,
    new_waiting,
    next_waiting,
    take_marked,
)
from services.routing.store.policies import load_policies
from services.routing.store.save import save
from services.routing.store.tickets import lock_tickets
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
PACE_S = 0.01
"""Rounds begin at least so far apart, and after a long one comes a rest as long, up to `REST_S_MAX`: under load one of
them serves what would be many."""
REST_S_MAX = 0.1
CREWS_MAX = 50
"""So many crews one transaction serves; their locks are held until it commits."""
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
    """Our own code failed on one crew; None when it is not known yet on which of several."""

    def __init__(self, store_id: StoreId | None) -> None:
        super().__init__(store_id)
        self.store_id = store_id


async def dispatch_forever(pool: asyncpg.Pool, url: str, policies: Callable[[], Policies]) -> None:
    """Look at marked crews whenever one is marked; runs until cancelled.

    A crew that our code fails on is left alone for a while with an alarm; the others go on.
    """
    failed: dict[StoreId, float] = {}
    crews_max = CREWS_MAX
    async with Wakeup(url, DISPATCH_CHANNEL, application="routing-dispatch") as wakeup:
        while True:
            began_s = monotonic()
            left_alone = [store_id for store_id, until in failed.items() if until > monotonic()]
            try:
                served = await dispatch_round(pool, policies(), but=left_alone, crews_max=crews_max)
                if not served:
                    crews_max = CREWS_MAX
                    await wakeup.wait(POLL_S)
                    continue
                took_s = monotonic() - began_s
                await asyncio.sleep(max(PACE_S - took_s, min(took_s, REST_S_MAX)))
            except CrewFailed as failure:
                if failure.store_id is not None:
                    failed[failure.store_id] = monotonic() + LEFT_ALONE_S
                    log.exception("dispatch failed on a crew", store_id=failure.store_id)
                crews_max = 1  # one by one, until the one that cannot be served has shown itself and all else is done


async def dispatch_round(
    pool: asyncpg.Pool, policies: Policies, *, but: Collection[StoreId] = (), crews_max: int = CREWS_MAX
) -> int:
    """Serve marked crews in one transaction; answers how many there were that nobody else had.

    Raises CrewFailed for what is our own bug.
    """
    began_s = monotonic()
    async with pool.acquire() as connection, connection.transaction():
        crews = await take_marked(connection, crews_max, but)
        if not crews:
            return 0
        try:
            if any(one.crew_version > policies.version("crew", one.store_id) for one in crews):
                policies = await load_policies(connection, policies)
            await serve(connection, crews, policies)
        except TRANSIENT:
            raise
        except CrewFailed:
            raise
        except Exception as error:
            raise CrewFailed(crews[0].store_id if len(crews) == 1 else None) from error
        failpoint("routing.dispatch_before_commit")
    failpoint("routing.dispatch_after_commit")
    metrics_for("routing").observe("gongdan_routing_dispatch_duration_seconds", monotonic() - began_s)
    return len(crews)


async def serve(connection: Any, crews: Sequence[Marked], policies: Policies) -> None:
    """Match what waits on the lists of crews that are locked, and write what was decided."""
    looks = await _looks(connection, crews, policies)
    new = await new_waiting(connection, [one.store_id for one in crews], DECISIONS_MAX)
    unfinished = {one.store_id for one in crews if await _weigh(connection, looks[one.store_id], one, new)}
    news = {store_id: look.news() for store_id, look in looks.items()}
    states = await lock_tickets(connection, [found.ticket_id for matches in news.values() for found in matches])
    changes = []
    marks = {one.store_id: one.whole for one in crews if one.store_id in unfinished}
    for store_id, matches in news.items():
        for found in matches:
            metrics_for("routing").count("gongdan_routing_dispatches_total", outcome=found.reason)
            changes.append(write(states[found.ticket_id], found, looks[store_id]))
            if has_moved(states[found.ticket_id], found, store_id):
                marks[store_id] = True
    await save(connection, changes, marks=marks)


async def _looks(connection: Any, crews: Sequence[Marked], policies: Policies) -> dict[StoreId, Round]:
    """A round for each crew: who is there, what they hold."""
    bodies = {one.store_id: policies.crew(one.store_id) or Crew(technicians=()) for one in crews}
    load = await load_of(connection, {member.id for body in bodies.values() for member in body.technicians})
    return {
        one.store_id: Round(one.store_id, bodies[one.store_id], load, policies, one.now, dict(load.held))
        for one in crews
    }


async def _weigh(connection: Any, look: Round, crew: Marked, new: Mapping[StoreId, Sequence[Listed]]) -> bool:
    """Weigh the list of a crew that has room again, page by page, and what is new; answers whether more was left."""
    fresh = new[crew.store_id]
    try:
        is_more = crew.whole and await _weigh_list(connection, look)
        look.weigh(fresh)
    except TRANSIENT:
        raise
    except Exception as error:
        raise CrewFailed(crew.store_id) from error
    return is_more or len(fresh) == DECISIONS_MAX


async def _weigh_list(connection: Any, look: Round) -> bool:
    """Weigh the list from its beginning while anybody has room; answers whether more was left."""
    last: Listed | None = None
    while look.has_room():
        page = await next_waiting(connection, look.store_id, last, PAGE_TICKETS)
        look.weigh(page)
        if len(page) < PAGE_TICKETS:
            return False
        if len(look.news()) >= DECISIONS_MAX:
            return True
        last = page[-1]
    return False


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
