"""A service's database: shape, rights, clock, what waits for Kafka, which tickets are stopped, what nobody settled."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from services.cli.doctor.finding import CLOCKS_APART_S_MAX, LOOK_S_MAX, OLD_S, Finding, Unwell, look
from services.cli.prepare import newest_shape
from shared.database.pool import connect
from shared.log.standing import DatabaseSeen
from shared.log.watch import see_database
from shared.settings import CommonSettings, ServiceName

NAMED = 5
"""So many stopped tickets are named in the line."""

LACKING = """
    SELECT format('%s on %s', right_, c.oid::regclass)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(CASE c.relkind WHEN 'S' THEN '{USAGE}'::text[] ELSE '{SELECT,INSERT,UPDATE,DELETE}' END)
        AS right_
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND c.relkind IN ('r', 'p', 'S')
      AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, right_)
                             ELSE has_table_privilege(c.oid, right_) END
    ORDER BY 1
"""
"""The rights on tables and sequences that this user does not have."""
KINDS = "SELECT kind, count(*) AS letters FROM dead_letters WHERE status = 'waiting' GROUP BY kind ORDER BY kind"


async def examine_database(settings: CommonSettings, service: ServiceName) -> list[Finding]:
    """The findings about one database; those about its rows are left out where its shape is another one."""
    about: list[tuple[str, Callable[[asyncpg.Connection], Awaitable[str]]]] = [
        ("rights", _rights),
        ("clock", _clock),
        ("outbox", _outbox),
        ("stopped tickets", _stopped),
        ("dead letters", lambda connection: _letters(connection, service)),
    ]
    shape = await look(f"{service}: database", lambda: _asking(settings, service, lambda c: _shape(c, service)))
    if not shape.is_well:
        return [shape]
    return [shape, *[await look(f"{service}: {what}", _of(settings, service, ask)) for what, ask in about]]


def _of(
    settings: CommonSettings, service: ServiceName, ask: Callable[[asyncpg.Connection], Awaitable[str]]
) -> Callable[[], Awaitable[str]]:
    return lambda: _asking(settings, service, ask)


async def _asking(
    settings: CommonSettings, service: ServiceName, ask: Callable[[asyncpg.Connection], Awaitable[str]]
) -> str:
    async with asyncio.timeout(LOOK_S_MAX):
        try:
            connection = await connect(settings.database_url(service), application="doctor")
        except asyncpg.InvalidCatalogNameError as error:
            raise Unwell(f"{error}; `gongdan migrate` makes it") from error
        try:
            return await ask(connection)
        finally:
            connection.terminate()


async def _shape(connection: asyncpg.Connection, service: ServiceName) -> str:
    version = connection.get_server_version()
    newest = newest_shape(service)
    has_table = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    revision = await connection.fetchval("SELECT version_num FROM alembic_version") if has_table else None
    if revision is None or revision < newest:
        raise Unwell(f"its shape is {revision}, this program's is {newest}; `gongdan migrate` brings it there")
    if revision > newest:
        raise Unwell(f"its shape is {revision}, newer than this program's {newest}; start the newer program")
    if halted := await connection.fetchval("SELECT halted FROM log_database"):
        raise Unwell(f"nothing may be written: {halted}")
    size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
    return f"PostgreSQL {version.major}.{version.minor}, shape {revision}, {size}"


async def _rights(connection: asyncpg.Connection) -> str:
    lacking = [row[0] for row in await connection.fetch(LACKING)]
    if not await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        lacking.insert(0, f"CREATE on schema {await connection.fetchval('SELECT current_schema()')}")
    if lacking:
        more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
        raise Unwell(f"this user lacks {', '.join(lacking[:NAMED])}{more}; make it the owner, or GRANT these")
    return "this user may read and write every table, and make new ones"


async def _clock(connection: asyncpg.Connection) -> str:
    return clock_words((await see_database(connection)).clock_ahead_s, "this machine", "the database's")


def clock_words(ahead_s: float, whose: str, of: str) -> str:
    """How far one clock is ahead of another. Raises Unwell when they are too far apart."""
    apart = f"{whose}'s clock is {abs(ahead_s):.3f} s {'ahead of' if ahead_s > 0 else 'behind'} {of}"
    if abs(ahead_s) > CLOCKS_APART_S_MAX:
        raise Unwell(f"{apart}; let both be set by the same time server")
    return apart


async def _outbox(connection: asyncpg.Connection) -> str:
    seen = await see_database(connection)
    if not seen.outbox_records:
        return "empty"
    waits = f"{seen.outbox_records} events on their way to Kafka, the oldest for {seen.outbox_age_s:.0f} s"
    if seen.outbox_age_s > OLD_S:
        raise Unwell(f"{waits}; nothing is lost, but Kafka is away, or the relay stands still (see … ready)")
    return waits


async def _stopped(connection: asyncpg.Connection) -> str:
    seen = await see_database(connection)
    if not seen.stopped_count:
        return "none"
    raise Unwell(f"{named(seen)}; `gongdan dead-letters list` says why")


def named(seen: DatabaseSeen) -> str:
    """How many are stopped, and the first of them with the kind of record that stopped each."""
    first = ", ".join(f"{one.subject} ({one.kind})" for one in seen.stopped[:NAMED])
    return f"{seen.stopped_count}: {first}" + (", …" if seen.stopped_count > NAMED else "")


async def _letters(connection: asyncpg.Connection, service: ServiceName) -> str:
    kinds = {row["kind"]: row["letters"] for row in await connection.fetch(KINDS)}
    if not kinds:
        return "none"
    newer = "; newer: start the newer program, it takes them in by itself" if "newer" in kinds else ""
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    raise Unwell(f"{counted} wait; `gongdan dead-letters list --service {service}` shows them{newer}")
