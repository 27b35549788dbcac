"""Deadlines: what is due becomes a command that names its offer; one that is stale adds nothing.

Due tickets are picked without locks; each is locked unless somebody else has it (who may well be accepting), and its
deadlines are read again. All times are the database's.
"""

import asyncio
from collections.abc import Callable, Collection
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
from shared.database.errors import TRANSIENT
from shared.log.failpoints import failpoint
from shared.policies import Policies
from shared.telemetry.metrics import metrics_for

BATCH_TICKETS = 200
PAUSE_S_MIN = 0.05
"""Between two looks when somebody else had the tickets that are due."""
POLL_S = 1.0
"""The longest pause, so that a deadline that was set meanwhile is met."""

log = structlog.get_logger("deadlines")


async def deadlines_forever(pool: asyncpg.Pool, policies: Callable[[], Policies]) -> None:
    """Answer what is due, when it is due; runs until cancelled.

    A ticket that our code fails on is left alone by this process, with an alarm; the others go on.
    """
    failed: set[UUID] = set()
    while True:
        due = await due_tickets(pool, BATCH_TICKETS, failed)
        try:
            answered = await answer_due(pool, policies(), due)
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - sorted out ticket by ticket, with an alarm for each that fails
            answered = await _one_by_one(pool, policies(), due, failed)
        if answered < BATCH_TICKETS:
            await asyncio.sleep(await _pause_s(pool))


async def answer_due(pool: asyncpg.Pool, policies: Policies, due: Collection[UUID]) -> int:
    """Decide about what is due about these tickets, in one transaction; answers how many it could lock."""
    if not due:
        return 0
    async with pool.acquire() as connection, connection.transaction():
        states = await lock_tickets(connection, due, skip_locked=True)
        now = await database_now(connection)
        changes = {ticket_id: unchanged(ticket_id, state) for ticket_id, state in states.items()}
        for one in await still_due(connection, states):
            changes[one.ticket_id] = answer(changes[one.ticket_id], one, policies, now)
        await save(connection, list(changes.values()))
        failpoint("routing.deadlines_before_commit")
    return len(states)


async def _one_by_one(pool: asyncpg.Pool, policies: Policies, due: Collection[UUID], failed: set[UUID]) -> int:
    """After our code failed on a batch: each ticket in a transaction of its own."""
    for ticket_id in due:
        try:
            await answer_due(pool, policies, [ticket_id])
        except TRANSIENT:
            raise
        except Exception:
            failed.add(ticket_id)
            log.exception("a deadline cannot be answered", ticket_id=str(ticket_id))
    return len(due)


def answer(change: Change, due: Due, policies: Policies, now: datetime) -> Change:
    """The ticket after one deadline that has come."""
    cause = Cause(causation_id=offered_by(change.after) or change.ticket_id, purpose=f"deadline:{due.stage}")
    facts = decide(change.after, command_for(due.stage, due.offer), policies, now)
    metrics = metrics_for("routing")
    metrics.count("gongdan_routing_deadlines_total", stage=due.stage, outcome="decided" if facts else "stale")
    metrics.observe("gongdan_routing_deadline_lateness_seconds", (now - due.due_at).total_seconds(), stage=due.stage)
    return decided(change, facts, cause, now)


def offered_by(state: TicketState) -> UUID | None:
    """The event that made the offer: the cause of its warning and of its end."""
    return state.offered_by if isinstance(state, Offered) else None


async def _pause_s(pool: asyncpg.Pool) -> float:
    seconds = await seconds_to_next(pool)
    return POLL_S if seconds is None else min(POLL_S, max(PAUSE_S_MIN, seconds))
