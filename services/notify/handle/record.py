"""The end of attempts.

Outcomes become rows and, where a delivery to a person has ended, facts on the log, in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.handle import facts
from services.notify.letters import Composed, MailDue
from services.notify.policy.retries import Retries, retry_delay_s
from services.notify.senders import Later, Never, Outcome, Sent, Unknown, keepable
from services.notify.store.claims import Lost, WebhookDue
from services.notify.store.outcomes import Result, Told, load_told, record_results, tickets_of
from services.notify.store.replays import find_ready, let_go
from services.notify.store.subscriptions import pace
from services.notify.store.tickets import lock_tickets
from shared.events.notify import NotificationFact

OUTCOME_UNKNOWN = "outcome_unknown"
GAVE_UP = "gave_up"
RELEASE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a letter: what was due, the letter if one could be written, and what came of it."""

    due: MailDue
    composed: Composed | None
    outcome: Outcome


def result_of(
    due: MailDue | WebhookDue,
    outcome: Outcome,
    *,
    worker_id: UUID,
    retries: Retries,
    chance: float,
    written: Composed | None = None,
) -> Result:
    """The row's next state after `outcome`. Later means waiting again, unless that would be after the visible end."""
    common: dict[str, Any] = {
        "id": due.id,
        "worker_id": worker_id,
        "attempts": due.attempts,
        "detail": keepable(outcome.detail),
    }
    if written is not None:
        common |= {"template": written.template, "address": written.address}
    match outcome:
        case Sent():
            return Result(**common, status="sent")
        case Never():
            return Result(**common, status="failed", reason=outcome.reason)
        case Unknown():
            return Result(**common, status="failed", reason=OUTCOME_UNKNOWN)
        case Later():
            delay_s = retry_delay_s(retries, attempts=due.attempts, chance=chance, asked_s=outcome.asked_s)
            if (due.claimed_at - due.planned_at).total_seconds() + delay_s > retries.give_up_s:
                return Result(**common, status="failed", reason=GAVE_UP)
            return Result(**common, status="waiting", delay_s=delay_s)


async def record_letters(pool: Any, attempts: Sequence[Attempt], results: Sequence[Result]) -> set[UUID]:
    """Record what became of letters, and tell the log of those that ended; answers the ids whose result still counted.

    The rows of their tickets are locked first, as the reader does, so that facts of one ticket are numbered one after
    the other.
    """
    if not attempts:
        return set()
    by_id = {attempt.due.id: attempt for attempt in attempts}
    named = {result.id: result for result in results}
    async with pool.acquire() as connection, connection.transaction():
        tickets = await lock_tickets(connection, {attempt.due.ticket_id for attempt in attempts})
        counted, now = await record_results(connection, results)
        ends = [
            (one, end_of(one, named[one.id], by_id[one.id])) for one in counted if named[one.id].status != "waiting"
        ]
        await facts.write_facts(connection, tickets, ends, now=now)
    return {one.id for one in counted}


def end_of(told: Told, result: Result, attempt: Attempt) -> NotificationFact:
    """The fact about the end of a delivery."""
    if result.status == "sent" and attempt.composed is not None:
        return facts.sent(told, message_id=attempt.composed.letter.message_id)
    return facts.failed(told, reason=result.reason or "", detail=result.detail)


async def record_webhooks(
    pool: Any, subscription_id: UUID, results: Sequence[Result], *, failed: bool, pause_s: float
) -> None:
    """Record what became of deliveries to one subscriber. They are about no person, so the log is not told."""
    async with pool.acquire() as connection, connection.transaction():
        await record_results(connection, results)
        await pace(connection, subscription_id, failed=failed, pause_s=pause_s)


async def give_up_lost(pool: Any, lost: Sequence[Lost]) -> set[UUID]:
    """Letters whose worker died while it was sending.

    Nobody can know whether they arrived, so they end here, visibly.
    """
    results = [
        Result(
            id=one.id,
            worker_id=one.worker_id,
            attempts=one.attempts,
            lease_until=one.lease_until,
            status="failed",
            reason=OUTCOME_UNKNOWN,
            detail="its worker stopped while it was sending",
        )
        for one in lost
    ]
    async with pool.acquire() as connection, connection.transaction():
        tickets = await lock_tickets(connection, await tickets_of(connection, [one.id for one in lost]))
        counted, now = await record_results(connection, results)
        ends = [(one, facts.failed(one, reason=OUTCOME_UNKNOWN, detail=results[0].detail)) for one in counted]
        await facts.write_facts(connection, tickets, ends, now=now)
    return {one.id for one in counted}


async def release_held(pool: Any, *, age_max_s: float) -> int:
    """Let go what was planned from the past and never told; answers how many rows were looked at."""
    async with pool.acquire() as connection, connection.transaction():
        ready = await find_ready(connection, limit=RELEASE_ROWS)
        tickets = await lock_tickets(connection, {one.ticket_id for one in ready})
        now = await connection.fetchval("SELECT gongdan_now()")
        fates: dict[UUID, tuple[str, str | None]] = {}
        for one in ready:
            no_address = one.recipient == "customer" and not tickets[one.ticket_id].ticket.email
            too_old = (now - one.event_at).total_seconds() > age_max_s
            fates[one.id] = fate_of(too_old=too_old, no_address=no_address)
        freed = await let_go(
            connection, [{"id": one, "status": status, "reason": reason} for one, (status, reason) in fates.items()]
        )
        told = await load_told(connection, [one for one in freed if fates[one][0] != "waiting"])
        await facts.write_facts(connection, tickets, released_facts(told, fates), now=now)
        await connection.execute("SELECT pg_notify('deliveries', '')")
    return len(ready)


def fate_of(*, too_old: bool, no_address: bool) -> tuple[str, str | None]:
    """Status and reason of a delivery that is let go."""
    if too_old:
        return "suppressed", "too_old"
    return ("failed", "no_address") if no_address else ("waiting", None)


def released_facts(
    told: Sequence[Told], fates: Mapping[UUID, tuple[str, str | None]]
) -> list[tuple[Told, NotificationFact]]:
    """The facts about deliveries that ended by being let go."""
    ends: list[tuple[Told, NotificationFact]] = []
    for one in told:
        status, reason = fates[one.id]
        end = facts.suppressed(one, reason=reason or "") if status == "suppressed" else None
        ends.append((one, end or facts.failed(one, reason=reason or "", detail=None)))
    return ends
