"""Generations: making one, naming another the live one, going back, dropping."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.projection.rebuild.build import ADMISSION, Offsets, SetAside
from services.projection.tables import TABLES, of_generation
from shared.database.pool import Connection
from shared.errors import Refused
from shared.log.progress import save_dead, save_parked

REBUILD_LOCK = 0x72656275
"""Key of the advisory lock that lets one rebuild run at a time."""
LOCK_TIMEOUT = "10s"

DROP_SCHEMA = "DROP SCHEMA IF EXISTS {g} CASCADE"
FLIP = """
    UPDATE generations SET state = CASE WHEN number = $1 THEN 'live' ELSE 'retained' END, switched_at = gongdan_now()
    WHERE number = $1 OR state = 'live'
"""
REPLACE_ADMISSION = """
    INSERT INTO public.log_subjects SELECT * FROM {g}.admission
    ON CONFLICT (topic, subject) DO UPDATE SET
        intake_ids = excluded.intake_ids, routing_ids = excluded.routing_ids, notify_ids = excluded.notify_ids,
        seen_at = excluded.seen_at, stopped = excluded.stopped
"""
RELEASE_PARKED = """
    DELETE FROM parked p USING {g}.admission a WHERE a.topic = p.topic AND a.subject = p.subject AND a.stopped IS NULL
"""
SETTLE_LETTERS = """
    UPDATE dead_letters d SET status = 'applied', settled_at = gongdan_now(), settled_by = 'system:rebuild'
    FROM {g}.admission a
    WHERE d.status = 'waiting' AND a.topic = d.topic AND a.subject = d.subject AND a.stopped IS NULL
"""


async def take_lock(connection: Connection) -> None:
    """Be the only rebuild, for as long as this session lives. Errors: Refused 409."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", REBUILD_LOCK):
        raise Refused(409, "Rebuild running", "another rebuild of this projection is running")


async def live_generation(connection: Connection) -> int:
    """The generation that is read."""
    number: int = await connection.fetchval("SELECT number FROM generations WHERE state = 'live'")
    return number


async def make_generation(connection: Connection) -> int:
    """A new, empty generation; what an earlier rebuild left unfinished is dropped first."""
    for row in await connection.fetch("SELECT number FROM generations WHERE state = 'building'"):
        await drop_generation(connection, row["number"])
    async with connection.transaction():
        number: int = await connection.fetchval(
            """
            INSERT INTO generations (number, state)
            SELECT max(number) + 1, 'building' FROM generations RETURNING number
            """
        )
        # A number that no row has: a schema of that name is what a drop that was interrupted left.
        for statement in (DROP_SCHEMA, *TABLES, ADMISSION):
            await connection.execute(of_generation(statement, number))
    return number


async def drop_generation(connection: Connection, number: int) -> None:
    """No reader feeds it any more, then it is gone; the live one stays, row and tables."""
    async with hold_positions(connection):
        is_gone = await connection.fetchval(
            "DELETE FROM generations WHERE number = $1 AND state <> 'live' RETURNING true", number
        )
    if is_gone:
        await connection.execute(of_generation(DROP_SCHEMA, number))


async def drop_scaffold(connection: Connection, number: int) -> None:
    """Drop what was only needed to build and compare; what is left of it goes with its generation."""
    for table in ("admission", "digest_live", "digest_built"):
        await connection.execute(of_generation("DROP TABLE IF EXISTS {g}." + table, number))


@asynccontextmanager
async def hold_positions(connection: Connection) -> AsyncIterator[Offsets]:
    """A transaction in which no reader moves on; answers where they stand."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        await connection.execute("LOCK TABLE log_positions IN EXCLUSIVE MODE")
        yield await read_positions(connection)


async def read_positions(connection: Connection) -> Offsets:
    """Where the live readers stand."""
    rows = await connection.fetch("SELECT topic, partition, next_offset FROM log_positions")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def flip(connection: Connection, number: int) -> None:
    """Name another generation the live one, in one statement; the one before is kept and fed."""
    await connection.execute(FLIP, number)
    await connection.execute("SELECT pg_notify('read', '')")


async def replace_admission(connection: Connection, number: int, aside: SetAside) -> None:
    """Go on from what the rebuild admitted (a forced switch): its stopped tickets are stopped, and no others."""
    await connection.execute(of_generation(REPLACE_ADMISSION, number))
    await connection.execute(of_generation(RELEASE_PARKED, number))
    await connection.execute(of_generation(SETTLE_LETTERS, number))
    await save_dead(connection, "projection", aside.dead)
    await save_parked(connection, aside.parked)
