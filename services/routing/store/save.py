"""Saving what was decided: states, events, and everything that follows from the states, in one write set."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from services.routing.dispatch.waiting import rank
from services.routing.store.changes import Change
from services.routing.store.crews import DISPATCH_CHANNEL
from services.routing.ticket.deadlines import deadlines_of
from services.routing.ticket.places import Place, crew_to_ask, crew_with_room, holder, place_of
from services.routing.ticket.scope import store_of
from services.routing.ticket.state import to_document
from shared.events.envelope import Event
from shared.events.routing import TicketAssigned
from shared.ids import StoreId
from shared.log.outbox import OUTBOX_PARTS, check_written, columns, outbox_record

NO_MARKS: Final[Mapping[StoreId, bool]] = MappingProxyType({})

SAVE = f"""
    WITH saved AS (
        INSERT INTO tickets (ticket_id, state, version, status, store_id, holder)
        SELECT * FROM unnest($6::uuid[], $7::jsonb[], $8::bigint[], $9::text[], $10::text[], $11::text[])
        ON CONFLICT (ticket_id) DO UPDATE SET
            state = excluded.state, version = excluded.version, status = excluded.status,
            store_id = excluded.store_id, holder = excluded.holder
    ), decided AS (
        INSERT INTO decisions (ticket_id, sequence, event_id, type, type_version, occurred_at, recorded_at,
                               causation_id, correlation_id, actor, value)
        SELECT * FROM unnest($12::uuid[], $13::bigint[], $1::uuid[], $14::text[], $15::int[], $16::timestamptz[],
                             $17::timestamptz[], $18::uuid[], $19::uuid[], $20::text[], $5::bytea[])
    ), not_due AS (
        DELETE FROM deadlines WHERE ticket_id = ANY ($21::uuid[])
        AND (ticket_id, kind, stage) NOT IN (SELECT * FROM unnest($22::uuid[], $23::text[], $24::text[]))
    ), due AS (
        INSERT INTO deadlines (ticket_id, kind, stage, offer, due_at)
        SELECT * FROM unnest($22::uuid[], $23::text[], $24::text[], $25::int[], $26::timestamptz[])
        ON CONFLICT (ticket_id, kind, stage) DO UPDATE SET offer = excluded.offer, due_at = excluded.due_at
    ), gone AS (
        DELETE FROM waiting WHERE ticket_id = ANY ($27::uuid[])
    ), placed AS (
        INSERT INTO waiting (ticket_id, store_id, rank, priority, opened_at, needs, reason)
        SELECT * FROM unnest($28::uuid[], $29::text[], $30::smallint[], $31::text[], $32::timestamptz[], $33::jsonb[],
                             $34::text[])
        ON CONFLICT (ticket_id) DO UPDATE SET
            store_id = excluded.store_id, rank = excluded.rank, priority = excluded.priority,
            opened_at = excluded.opened_at, needs = excluded.needs, reason = excluded.reason
    ), given AS (
        INSERT INTO technicians (technician_id, given_at)
        SELECT technician_id, max(given_at) FROM unnest($35::text[], $36::timestamptz[]) AS g(technician_id, given_at)
        GROUP BY technician_id ORDER BY technician_id
        ON CONFLICT (technician_id) DO UPDATE SET given_at = excluded.given_at
    ), made AS (
        INSERT INTO crews (store_id) SELECT DISTINCT unnest($37::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
    ), marked AS (
        INSERT INTO marks (store_id, whole) SELECT * FROM unnest($37::text[], $38::boolean[]) RETURNING 1
    ), dispatch_woken AS (
        SELECT pg_notify('{DISPATCH_CHANNEL}', '') FROM marked LIMIT 1
    ), {OUTBOX_PARTS}
    SELECT (SELECT count(*) FROM relay_woken) AS relay, (SELECT count(*) FROM dispatch_woken) AS dispatch
"""  # noqa: S608 - put together from constants
"""All of one write set in one statement: with a dozen, the way to the database and back was most of a dispatch.

The parts touch different rows, so their order does not matter; a ticket's row is locked before, or, for one that is
new, seen by nobody until this commits: so the outbox keeps the order of each ticket.
"""


async def save(connection: Any, changes: Sequence[Change], *, marks: Mapping[StoreId, bool] = NO_MARKS) -> None:
    """Write `changes`, one for each ticket, inside the caller's transaction, which has locked their rows.

    The events go to the outbox, so they come on the log exactly if this commits; crews that must look again are marked,
    those in `marks` too (True: at the whole list). Raises Unavailable when this database must not write any more.
    """
    changed = [change for change in changes if change.before != change.after]
    events = [event for change in changed for event in change.events]
    records = [outbox_record(event) for event in events]
    marked = marks_of(changed, marks)
    if not changed and not marked:
        return
    woken = await connection.fetchrow(
        SAVE,
        *columns(records),
        *_tickets(changed),
        *_decisions(events),
        *_deadlines(changed),
        *_waiting(changed),
        *_given(events),
        list(marked),
        list(marked.values()),
    )
    await check_written(connection, woken["relay"], records)


async def mark_crews(connection: Any, store_ids: set[StoreId], *, whole: bool) -> None:
    """Have dispatch look at these crews once this transaction commits: at the whole list, or at what is new on it."""
    await save(connection, [], marks=dict.fromkeys(store_ids, whole))


def marks_of(changed: Sequence[Change], marks: Mapping[StoreId, bool]) -> dict[StoreId, bool]:
    """The crews that must look again, sorted; True where a place fell free, so that all who wait are looked at."""
    found = dict(marks)
    for change in changed:
        if (with_room := crew_with_room(change.before, change.after)) is not None:
            found[with_room] = True
        if (to_ask := crew_to_ask(change.before, change.after)) is not None:
            found.setdefault(to_ask, False)
    return dict(sorted(found.items()))


Columns = tuple[list[Any], ...]


def _tickets(changed: Sequence[Change]) -> Columns:
    states = [change.after for change in changed]
    return (
        [change.ticket_id for change in changed],
        [to_document(state) for state in states],
        [state.known.version for state in states],
        [state.status for state in states],
        [store_of(state) for state in states],
        [holder(state) for state in states],
    )


def _decisions(events: Sequence[Event]) -> Columns:
    """Their ids and values stand in the outbox's columns already."""
    return (
        [UUID(event.subject) for event in events],
        [event.sequence for event in events],
        [event.type for event in events],
        [event.version for event in events],
        [event.occurred_at for event in events],
        [event.recorded_at for event in events],
        [event.causation_id for event in events],
        [event.correlation_id for event in events],
        [event.actor for event in events],
    )


def _deadlines(changed: Sequence[Change]) -> Columns:
    other = [change for change in changed if deadlines_of(change.before) != deadlines_of(change.after)]
    due = [(change.ticket_id, deadline) for change in other for deadline in deadlines_of(change.after)]
    return (
        [change.ticket_id for change in other if deadlines_of(change.before)],
        [ticket_id for ticket_id, _ in due],
        [deadline.kind for _, deadline in due],
        [deadline.stage for _, deadline in due],
        [deadline.offer for _, deadline in due],
        [deadline.due_at for _, deadline in due],
    )


def _waiting(changed: Sequence[Change]) -> Columns:
    moves = [(change.ticket_id, place_of(change.before), place_of(change.after)) for change in changed]
    placed: list[tuple[Any, Place]] = [
        (ticket_id, after) for ticket_id, before, after in moves if after is not None and after != before
    ]
    return (
        [ticket_id for ticket_id, before, after in moves if before is not None and after is None],
        [ticket_id for ticket_id, _ in placed],
        [place.store_id for _, place in placed],
        [rank(place.priority) for _, place in placed],
        [place.priority for _, place in placed],
        [place.opened.opened_at for _, place in placed],
        [{"skills": place.skills, "asked": place.asked} for _, place in placed],
        [place.reason for _, place in placed],
    )


def _given(events: Sequence[Event]) -> Columns:
    """When each technician last got work; only ever written under the lock of their crew."""
    given = [(event.data, event.recorded_at) for event in events if isinstance(event.data, TicketAssigned)]
    return [fact.technician_id for fact, _ in given], [at for _, at in given]
