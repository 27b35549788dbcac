"""Saving what was decided: states, events, and everything that follows from the states, in one write set."""

from collections.abc import Sequence
from typing import Any

from services.routing.store.changes import Change
from services.routing.store.crews import DISPATCH_CHANNEL
from services.routing.ticket.deadlines import deadlines_of
from services.routing.ticket.places import Place, crew_to_ask, crew_with_room, holder, place_of
from services.routing.ticket.priority import rank
from services.routing.ticket.scope import store_of
from services.routing.ticket.state import to_document
from shared.events.routing import TicketAssigned
from shared.log.outbox import append_records, outbox_record

SAVE_TICKETS = """
    INSERT INTO tickets (ticket_id, state, version, status, store_id, holder)
    SELECT * FROM unnest($1::uuid[], $2::jsonb[], $3::bigint[], $4::text[], $5::text[], $6::text[])
    ON CONFLICT (ticket_id) DO UPDATE SET
        state = excluded.state, version = excluded.version, status = excluded.status,
        store_id = excluded.store_id, holder = excluded.holder
"""
SAVE_DECISIONS = """
    INSERT INTO decisions (ticket_id, sequence, event_id, type, type_version, occurred_at, recorded_at, causation_id,
                           correlation_id, actor, value)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[],
                         $7::timestamptz[], $8::uuid[], $9::uuid[], $10::text[], $11::bytea[])
"""
SAVE_DEADLINES = """
    INSERT INTO deadlines (ticket_id, kind, stage, offer, due_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
"""
SAVE_WAITING = """
    INSERT INTO waiting (ticket_id, store_id, rank, priority, opened_at, needs, reason)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::timestamptz[], $6::jsonb[], $7::text[])
    ON CONFLICT (ticket_id) DO UPDATE SET
        store_id = excluded.store_id, rank = excluded.rank, priority = excluded.priority,
        opened_at = excluded.opened_at, needs = excluded.needs, reason = excluded.reason
"""
SAVE_GIVEN = """
    INSERT INTO technicians (technician_id, given_at)
    SELECT technician_id, max(given_at) FROM unnest($1::text[], $2::timestamptz[]) AS g(technician_id, given_at)
    GROUP BY technician_id ORDER BY technician_id
    ON CONFLICT (technician_id) DO UPDATE SET given_at = excluded.given_at
"""
MARK_CREWS = """
    WITH made AS (
        INSERT INTO crews (store_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
    ), marked AS (
        INSERT INTO marks (store_id, whole) SELECT unnest($1::text[]), $2 RETURNING 1
    )
    SELECT pg_notify($3, '') FROM marked LIMIT 1
"""


async def save(connection: Any, changes: Sequence[Change]) -> None:
    """Write `changes`, one for each ticket, inside the caller's transaction, which has locked their rows.

    The events go to the outbox, so they come on the log exactly if this commits; crews that must look again are marked.
    """
    changed = [change for change in changes if change.before != change.after]
    if not changed:
        return
    await _save_tickets(connection, changed)
    await _save_events(connection, changed)
    await _save_deadlines(connection, changed)
    await _save_waiting(connection, changed)
    await _save_given(connection, changed)
    with_room = {crew_with_room(change.before, change.after) for change in changed} - {None}
    to_ask = {crew_to_ask(change.before, change.after) for change in changed} - {None}
    await mark_crews(connection, with_room, whole=True)
    await mark_crews(connection, to_ask - with_room, whole=False)


async def mark_crews(connection: Any, store_ids: set[Any], *, whole: bool) -> None:
    """Have dispatch look at these crews once this transaction commits: at the whole list, or at what is new on it."""
    if store_ids:
        await connection.execute(MARK_CREWS, sorted(store_ids), whole, DISPATCH_CHANNEL)


async def _save_tickets(connection: Any, changed: Sequence[Change]) -> None:
    states = [change.after for change in changed]
    await connection.execute(
        SAVE_TICKETS,
        [change.ticket_id for change in changed],
        [to_document(state) for state in states],
        [state.known.version for state in states],
        [state.status for state in states],
        [store_of(state) for state in states],
        [holder(state) for state in states],
    )


async def _save_events(connection: Any, changed: Sequence[Change]) -> None:
    events = [(change.ticket_id, event) for change in changed for event in change.events]
    if not events:
        return
    records = [outbox_record(event) for _, event in events]
    await connection.execute(
        SAVE_DECISIONS,
        [ticket_id for ticket_id, _ in events],
        [event.sequence for _, event in events],
        [event.id for _, event in events],
        [event.type for _, event in events],
        [event.version for _, event in events],
        [event.occurred_at for _, event in events],
        [event.recorded_at for _, event in events],
        [event.causation_id for _, event in events],
        [event.correlation_id for _, event in events],
        [event.actor for _, event in events],
        [record.value for record in records],
    )
    await append_records(connection, records)


async def _save_deadlines(connection: Any, changed: Sequence[Change]) -> None:
    other = [change for change in changed if deadlines_of(change.before) != deadlines_of(change.after)]
    stale = [change.ticket_id for change in other if deadlines_of(change.before)]
    if stale:
        await connection.execute("DELETE FROM deadlines WHERE ticket_id = ANY($1::uuid[])", stale)
    due = [(change.ticket_id, deadline) for change in other for deadline in deadlines_of(change.after)]
    if due:
        await connection.execute(
            SAVE_DEADLINES,
            [ticket_id for ticket_id, _ in due],
            [deadline.kind for _, deadline in due],
            [deadline.stage for _, deadline in due],
            [deadline.offer for _, deadline in due],
            [deadline.due_at for _, deadline in due],
        )


async def _save_waiting(connection: Any, changed: Sequence[Change]) -> None:
    moves = [(change.ticket_id, place_of(change.before), place_of(change.after)) for change in changed]
    gone = [ticket_id for ticket_id, before, after in moves if before is not None and after is None]
    if gone:
        await connection.execute("DELETE FROM waiting WHERE ticket_id = ANY($1::uuid[])", gone)
    placed: list[tuple[Any, Place]] = [
        (ticket_id, after) for ticket_id, before, after in moves if after is not None and after != before
    ]
    if placed:
        await connection.execute(
            SAVE_WAITING,
            [ticket_id for ticket_id, _ in placed],
            [place.store_id for _, place in placed],
            [rank(place.priority) for _, place in placed],
            [place.priority for _, place in placed],
            [place.opened.opened_at for _, place in placed],
            [{"skills": place.skills, "asked": place.asked} for _, place in placed],
            [place.reason for _, place in placed],
        )


async def _save_given(connection: Any, changed: Sequence[Change]) -> None:
    """When each technician last got work; only ever written under the lock of their crew."""
    given = [
        (event.data.technician_id, event.recorded_at)
        for change in changed
        for event in change.events
        if isinstance(event.data, TicketAssigned)
    ]
    if given:
        await connection.execute(SAVE_GIVEN, [one for one, _ in given], [at for _, at in given])
