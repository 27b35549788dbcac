"""Deadlines: what is due becomes a command that names its offer; one that is stale adds nothing.

Due tickets are picked without locks; each is locked unless somebody else has it (who may well be accepting), and its
deadlines are read again. All times are the database's.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from services.routing.store.changes import Cause, Change, decided, unchanged
from services.routing.store.deadlines import Due, due_tickets, seconds_to_next, still_due
from services.routing.store.save import save
from services.routing.store.tickets import database_now, lock_tickets
from services.routing.ticket.deadlines import command_for
from services.routing.ticket.decide import decide
from services.routing.ticket.state import Offered, TicketState
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.policies import Policies

BATCH_TICKETS = 200
PAUSE_S_MIN = 0.05
"""Between two looks when somebody else had the tickets that are due."""
POLL_S = 1.0
"""The longest pause, so that a deadline that was set meanwhile is met."""

log = structlog.get_logger("deadlines")


async def deadlines_forever(pool: asyncpg.Pool, url: str, policies: Callable[[], Policies]) -> None:
    """Answer what is due, when it is due; runs until cancelled."""
    backoff = Backoff()
    async with Wakeup(url, application="routing-deadlines") as pause:
        while True:
            try:
                answered = await answer_due(pool, policies())
                backoff.reset()
                if answered < BATCH_TICKETS:
                    await pause.wait(await _pause_s(pool))
            except TRANSIENT as error:
                log.warning("deadlines retry", error=repr(error)[:200])
                await backoff.wait()


async def answer_due(pool: asyncpg.Pool, policies: Policies) -> int:
    """Decide about what is due, in one transaction; answers how many tickets it could lock."""
    due = await due_tickets(pool, BATCH_TICKETS)
    if not due:
        return 0
    async with pool.acquire() as connection, connection.transaction():
        states = await lock_tickets(connection, due, skip_locked=True)
        now = await database_now(connection)
        changes = {ticket_id: unchanged(ticket_id, state) for ticket_id, state in states.items()}
        for one in await still_due(connection, states):
            changes[one.ticket_id] = answer(changes[one.ticket_id], one, policies, now)
        await save(connection, list(changes.values()))
    return len(states)


def answer(change: Change, due: Due, policies: Policies, now: datetime) -> Change:
    """The ticket after one deadline that has come."""
    cause = Cause(causation_id=offered_by(change.after) or change.ticket_id, purpose=f"deadline:{due.stage}")
    return decided(change, decide(change.after, command_for(due.stage, due.offer), policies, now), cause, now)


def offered_by(state: TicketState) -> UUID | None:
    """The event that made the offer: the cause of its warning and of its end."""
    return state.offered_by if isinstance(state, Offered) else None


async def _pause_s(pool: asyncpg.Pool) -> float:
    seconds = await seconds_to_next(pool)
    return POLL_S if seconds is None else min(POLL_S, max(PAUSE_S_MIN, seconds))
