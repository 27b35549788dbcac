"""Crews: their lock, their marks, what waits on their list, what each technician holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.routing.dispatch.match import WaitingTicket
from shared.ids import StoreId, TechnicianId, TicketId

DISPATCH_CHANNEL = "dispatch"
"""Notified when a crew was marked, or let go by somebody who is no dispatcher."""

TAKE_MARKED = """
    SELECT store_id, set_config('plan_cache_mode', 'force_generic_plan', true) FROM crews AS c
    WHERE EXISTS (SELECT 1 FROM marks AS m WHERE m.store_id = c.store_id) AND store_id <> ALL ($1::text[])
    ORDER BY (SELECT min(mark) FROM marks AS m WHERE m.store_id = c.store_id)
    LIMIT $2 FOR UPDATE SKIP LOCKED
"""
"""The setting holds for the transaction: its statements take arrays, and were planned anew for each length of them."""
TAKE_MARKS = """
    WITH taken AS (DELETE FROM marks WHERE store_id = ANY ($1::text[]) RETURNING store_id, whole)
    SELECT store_id, bool_or(whole) AS whole, gongdan_now() AS now,
           coalesce((SELECT max(version) FROM policies WHERE kind = 'crew' AND name = store_id), 0) AS crew_version
    FROM taken GROUP BY store_id
"""
LOAD = """
    SELECT technician_id, t.on_duty, t.given_at,
           (SELECT count(*) FROM tickets WHERE holder = technician_id) AS held
    FROM unnest($1::text[]) AS asked(technician_id) LEFT JOIN technicians AS t USING (technician_id)
"""
WAITING_COLUMNS = "ticket_id, store_id, rank, priority, opened_at, needs, reason"
WAITING_NEXT = f"""
    SELECT {WAITING_COLUMNS} FROM waiting
    WHERE store_id = $1 AND ($2::smallint IS NULL OR (-rank, opened_at, ticket_id) > (-$2::smallint, $3, $4))
    ORDER BY rank DESC, opened_at, ticket_id LIMIT $5
"""  # noqa: S608 - the columns are the line above
WAITING_NEW = f"""
    SELECT listed.* FROM unnest($1::text[]) AS asked(store_id), LATERAL (
        SELECT {WAITING_COLUMNS} FROM waiting WHERE store_id = asked.store_id AND reason IS NULL
        ORDER BY rank DESC, opened_at, ticket_id LIMIT $2
    ) AS listed
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


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked crew that this transaction has locked.

    `whole`: somebody has room again, so all who wait are to be looked at, not only what is new. `now`: the database's
    clock under the lock. `crew_version`: the newest version of the crew's policy; publishing one takes the lock too.
    """

    store_id: StoreId
    whole: bool
    now: datetime
    crew_version: int


async def take_marked(connection: Any, limit: int, but: Collection[StoreId] = ()) -> list[Marked]:
    """Lock up to `limit` marked crews that nobody else has, those that wait longest, and take their marks away.

    The marks go before anything of the crews is read. What is deleted here was committed, so what it stands for is
    visible to every later statement of this transaction. A mark that is committed later stays, whatever its number
    (numbers do not rise in the order of commits), and so does everything if this transaction fails.
    """
    locked = [row["store_id"] for row in await connection.fetch(TAKE_MARKED, list(but), limit)]
    rows = await connection.fetch(TAKE_MARKS, locked) if locked else []
    return [Marked(StoreId(row["store_id"]), row["whole"], row["now"], row["crew_version"]) for row in rows]


async def load_of(connection: Any, technician_ids: Collection[str]) -> Load:
    """What these technicians hold, counted; to be read once their crews are locked."""
    rows = await connection.fetch(LOAD, list(technician_ids))
    return Load(
        {TechnicianId(row["technician_id"]): row["held"] for row in rows if row["held"]},
        {TechnicianId(row["technician_id"]): row["on_duty"] for row in rows if row["on_duty"] is not None},
        {TechnicianId(row["technician_id"]): row["given_at"] for row in rows if row["given_at"] is not None},
    )


async def next_waiting(connection: Any, store_id: StoreId, after: Listed | None, limit: int) -> list[Listed]:
    """What waits, in the order in which it is to be served, after a place in that order."""
    place = (after.rank, after.waiting.opened_at, after.waiting.ticket_id) if after else (None, None, None)
    return [_listed(row) for row in await connection.fetch(WAITING_NEXT, store_id, *place, limit)]


async def new_waiting(connection: Any, store_ids: Collection[StoreId], limit: int) -> dict[StoreId, list[Listed]]:
    """What waits and was not looked at yet, up to `limit` for each crew, in the order in which it is to be served."""
    listed: dict[StoreId, list[Listed]] = {store_id: [] for store_id in store_ids}
    for row in await connection.fetch(WAITING_NEW, list(store_ids), limit):
        listed[row["store_id"]].append(_listed(row))
    return listed


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


def _listed(row: Any) -> Listed:
    needs = row["needs"]
    return Listed(
        WaitingTicket(
            TicketId(row["ticket_id"]),
            row["priority"],
            row["opened_at"],
            frozenset(needs["skills"]),
            frozenset(TechnicianId(one) for one in needs["asked"]),
        ),
        row["rank"],
        row["reason"],
    )
