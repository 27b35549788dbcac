"""Whether two generations are the same: a digest per ticket, policy and admitted subject, at the same offsets."""

from dataclasses import dataclass

import asyncpg

from services.projection.tables import of_generation
from shared.database.pool import Connection

EXAMPLES_MAX = 20

# Every column of every row counts: the document and the history byte for byte, the words that it is found by. Of
# history, most of it all, two hashes of 64 bits a row: a quarter of the time of md5 over its text. No two rows are the
# same, as each has its place, so none hides another.
TICKETS = """
    SELECT 'ticket' AS kind, coalesce(l.ticket_id, s.ticket_id, h.ticket_id) AS id,
           concat_ws('.', md5(l::text), md5(s::text), h.digest) AS digest
    FROM {g}.ticket_list l
    FULL JOIN {g}.ticket_search s ON s.ticket_id = l.ticket_id
    FULL JOIN (
        SELECT ticket_id,
               concat_ws(':', bit_xor(hash_record_extended(h, 0)), bit_xor(hash_record_extended(h, 1))) AS digest
        FROM {g}.history h GROUP BY ticket_id
    ) h ON h.ticket_id = coalesce(l.ticket_id, s.ticket_id)
"""
POLICIES = """
    SELECT 'policy', kind || '/' || name || '@' || version, md5(concat_ws(' ', event_id, seen_at, body))
    FROM {g}.policies
"""
ADMITTED = """
    SELECT 'subject in ' || topic, subject,
           md5(concat_ws(' ', intake_ids, '|', routing_ids, '|', notify_ids, seen_at, stopped IS NOT NULL))
    FROM {admission}
"""
DIFFERENCES = """
    SELECT kind, id, live.digest IS NULL AS only_built, built.digest IS NULL AS only_live, count(*) OVER () AS total
    FROM {g}.digest_live live FULL JOIN {g}.digest_built built USING (kind, id)
    WHERE live.digest IS DISTINCT FROM built.digest
    ORDER BY kind, id LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Differences:
    """How many things differ, and some of them in words."""

    total: int
    examples: list[str]


async def keep_live_digest(connection: Connection, *, live: int, built: int) -> None:
    """Write the digests of the live generation into the one that is being built, inside the caller's snapshot."""
    await _keep(connection, "digest_live", generation=live, built=built, admission="public.log_subjects")


async def keep_built_digest(connection: Connection, *, built: int) -> None:
    """Write the digests of the generation that was built."""
    await _keep(connection, "digest_built", generation=built, built=built, admission="{g}.admission")


async def _keep(connection: Connection, table: str, *, generation: int, built: int, admission: str) -> None:
    selects = " UNION ALL ".join((TICKETS, POLICIES, ADMITTED.replace("{admission}", admission)))
    statement = of_generation(selects, generation)
    await connection.execute(of_generation("DROP TABLE IF EXISTS {g}." + table, built))
    await connection.execute(of_generation("CREATE TABLE {g}." + table + " AS ", built) + statement)
    await connection.execute(of_generation("ANALYZE {g}." + table, built))


async def find_differences(connection: Connection, *, built: int) -> Differences:
    """What the two digests differ in."""
    rows = await connection.fetch(of_generation(DIFFERENCES, built), EXAMPLES_MAX)
    return Differences(rows[0]["total"] if rows else 0, [in_words(row) for row in rows])


def in_words(row: asyncpg.Record) -> str:
    """One difference."""
    how = "only built" if row["only_built"] else "only live" if row["only_live"] else "differs"
    return f"{row['kind']} {row['id']}: {how}"
