"""Crews: their lock, their marks, what waits on their list, what each technician holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.routing.dispatch.match import WaitingTicket
from shared.ids import StoreId, TechnicianId, TicketId

DISPATCH_CHANNEL = "dispatch"
"""Notified when a crew was marked, or let go by somebody who is no dispatcher."""

TAKE_MARKED = """
    SELECT store_id FROM crews AS c
    WHERE EXISTS (SELECT 1 FROM marks AS m WHERE m.store_id = c.store_id) AND store_id <> ALL ($1::text[])
    ORDER BY (SELECT min(mark) FROM marks AS m WHERE m.store_id = c.store_id)
    LIMIT 1 FOR UPDATE SKIP LOCKED
"""
TAKE_MARKS = """
    WITH taken AS (DELETE FROM marks WHERE store_id = $1 RETURNING whole)
    SELECT coalesce(bool_or(whole), false) FROM taken
"""
WAITING_COLUMNS = "ticket_id, rank, priority, opened_at, needs, reason"
WAITING_NEXT = f"""
    SELECT {WAITING_COLUMNS} FROM waiting
    WHERE store_id = $1 AND ($2::smallint IS NULL OR (-rank, opened_at, ticket_id) > (-$2::smallint, $3, $4))
    ORDER BY rank DESC, opened_at, ticket_id LIMIT $5
"""  # noqa: S608 - the columns are the line above
WAITING_NEW = f"""
    SELECT {WAITING_COLUMNS} FROM waiting WHERE store_id = $1 AND reason IS NULL
    ORDER BY rank DESC, opened_at, ticket_id LIMIT $2
"""  # noqa: S608 - the columns are the line above


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket on a crew's list, and the reason that it says itself for waiting (None: not looked at yet)."""

    waiting: WaitingTicket
    rank: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """What the technicians of a crew hold, whether they said that they are there, and when each last got work."""

    held: Mapping[TechnicianId, int]
    on_duty: Mapping[TechnicianId, bool]
    given_at: Mapping[TechnicianId, datetime]


async def lock_crew(connection: Any, store_id: StoreId) -> None:
    """Lock the crew until the transaction ends: nobody else adds to its load meanwhile.

    A dispatcher that passed the crew over because of this lock is woken at the end.
    """
    taken = await connection.fetchval("SELECT 1 FROM crews WHERE store_id = $1 FOR UPDATE", store_id)
    if taken is None:
        await connection.execute("INSERT INTO crews (store_id) VALUES ($1) ON CONFLICT DO NOTHING", store_id)
        await connection.fetchval("SELECT 1 FROM crews WHERE store_id = $1 FOR UPDATE", store_id)
    await connection.execute("SELECT pg_notify($1, '')", DISPATCH_CHANNEL)


async def take_marked_crew(connection: Any, but: Collection[StoreId] = ()) -> StoreId | None:
    """A crew that has to be looked at and that nobody else has, locked; the one that waits longest."""
    found: StoreId | None = await connection.fetchval(TAKE_MARKED, list(but))
    return found


async def take_marks(connection: Any, store_id: StoreId) -> bool:
    """Take away the marks of a crew that is locked, before anything of it is read; answers whether one is for all.

    What is deleted here was committed, so what it stands for is visible to every later statement of this transaction.
    A mark that is committed later stays, whatever its number (numbers do not rise in the order of commits), and so does
    everything if this transaction fails.
    """
    is_whole: bool = await connection.fetchval(TAKE_MARKS, store_id)
    return is_whole


async def load_of(connection: Any, technician_ids: Collection[str]) -> Load:
    """What these technicians hold, counted; to be read once their crew is locked."""
    ids = list(technician_ids)
    held = await connection.fetch(
        "SELECT holder, count(*) AS held FROM tickets WHERE holder = ANY($1::text[]) GROUP BY holder", ids
    )
    known = await connection.fetch(
        "SELECT technician_id, on_duty, given_at FROM technicians WHERE technician_id = ANY($1::text[])", ids
    )
    return Load(
        {TechnicianId(row["holder"]): row["held"] for row in held},
        {TechnicianId(row["technician_id"]): row["on_duty"] for row in known if row["on_duty"] is not None},
        {TechnicianId(row["technician_id"]): row["given_at"] for row in known if row["given_at"] is not None},
    )


async def next_waiting(connection: Any, store_id: StoreId, after: Listed | None, limit: int) -> list[Listed]:
    """What waits, in the order in which it is to be served, after a place in that order."""
    place = (after.rank, after.waiting.opened_at, after.waiting.ticket_id) if after else (None, None, None)
    return _listed(await connection.fetch(WAITING_NEXT, store_id, *place, limit))


async def new_waiting(connection: Any, store_id: StoreId, limit: int) -> list[Listed]:
    """What waits and was not looked at yet."""
    return _listed(await connection.fetch(WAITING_NEW, store_id, limit))


async def count_waiting(connection: Any) -> int:
    """How many tickets wait on all lists."""
    count: int = await connection.fetchval("SELECT count(*) FROM waiting")
    return count


async def set_duty(connection: Any, technician_id: TechnicianId, *, on: bool) -> None:
    """Somebody came or left; under the crew's lock."""
    await connection.execute(
        """
        INSERT INTO technicians (technician_id, on_duty) VALUES ($1, $2)
        ON CONFLICT (technician_id) DO UPDATE SET on_duty = excluded.on_duty
        """,
        technician_id,
        on,
    )


async def offered_to(connection: Any, technician_id: TechnicianId) -> list[TicketId]:
    """The tickets that are offered to somebody, without locks."""
    rows = await connection.fetch(
        "SELECT ticket_id FROM tickets WHERE holder = $1 AND status = 'offered'", technician_id
    )
    return [TicketId(row["ticket_id"]) for row in rows]


def _listed(rows: Iterable[Any]) -> list[Listed]:
    return [
        Listed(
            WaitingTicket(
                TicketId(row["ticket_id"]),
                row["priority"],
                row["opened_at"],
                frozenset(row["needs"]["skills"]),
                frozenset(TechnicianId(one) for one in row["needs"]["asked"]),
            ),
            row["rank"],
            row["reason"],
        )
        for row in rows
    ]
