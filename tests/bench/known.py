"""Ids that are known already: what keeping doubles out costs when there are millions of them.

The tables that tell a double from a new thing are filled with generated rows, step by step: intake's contacts and
tickets, and a reader's states of tickets with eleven facts each. At each step the front door is loaded as in the
bench of intake, and a reader's batch of known and of new tickets is begun, saved and committed. Past what a disk bears
the indexes tell by their own arithmetic: how many pages lie between the root and a key.
"""

import asyncio
import math
import random
import statistics
import time
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.clock import now
from shared.database.pool import open_pool
from shared.ids import derived_id
from shared.log.admission import SubjectState
from shared.log.progress import begin, save_states
from tests.bench.client import Rate, measure
from tests.bench.figures import Figure
from tests.bench.intake import import_customers, middle, plan
from tests.support.program import served, servers, token

STEPS = (10_000, 1_000_000, 10_000_000)
"""Contacts, each with its ticket and that ticket's facts: the last step takes about 12 GB of disk."""
CHUNK = 500_000
ROUNDS = 3
PAST = 100_000_000
"""Told by arithmetic only."""
TABLES = ("contacts", "tickets", "log_subjects")
BATCHES, KNOWN_PER_BATCH, NEW_PER_BATCH = 300, 100, 100
TOPIC = "tickets"
DAY = "'2024-01-01'::date + (n / 20000)::integer"
INSTANT = "'2024-01-01+00'::timestamptz + n * interval '4 seconds'"
ID = "md5(n::text)::uuid"
FILL = (
    f"""
    INSERT INTO contacts (channel, external_id, contact_id, digest, disposition, ticket_id, sequence, recorded_at,
                          customer_id, phone, excerpt)
    SELECT 'store', 'known-' || md5('v' || n), {ID}, decode(md5(n::text), 'hex'), 'opened', {ID}, 1, {INSTANT},
           'K-' || n % 1000000, '+86139' || lpad((n % 1000000)::text, 8, '0'), '杯子漏水，盖子拧紧了还是漏'
    FROM generate_series($1::bigint, $2::bigint) AS n
    """,
    f"""
    INSERT INTO tickets (ticket_id, day, serial, contact_id, customer_id, phone, status, opened_at, last_recorded_at)
    SELECT {ID}, {DAY}, n % 20000 + 1, {ID}, 'K-' || n % 1000000, '+86139' || lpad((n % 1000000)::text, 8, '0'),
           'closed', {INSTANT}, {INSTANT}
    FROM generate_series($1::bigint, $2::bigint) AS n
    """,
    f"""
    INSERT INTO log_subjects (topic, subject, intake_ids, routing_ids, notify_ids, seen_at)
    SELECT '{TOPIC}', ({ID})::text, one, one || one || one || one || one, one || one || one || one || one, {INSTANT}
    FROM generate_series($1::bigint, $2::bigint) AS n, decode(md5('f' || n), 'hex') AS one
    """,
)


UNIQUE = """
    SELECT index.relname AS name, index.relpages AS pages, index.reltuples AS entries
    FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
    WHERE indisunique AND indrelid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
    ORDER BY name
"""


def bench_known(home: Path) -> list[Figure]:
    """For each step contacts per second and p99 at the front door, and p50 and p99 of a reader's batch."""
    found: list[tuple[int, Rate, list[float]]] = []
    deep: list[Figure] = []
    with servers(home) as document, served(home, "intake") as intake:
        shown = token(home, "integration")
        phones = import_customers(intake.url, shown)
        url = document["databases"]["intake"]
        filled = 0
        for step in STEPS:
            asyncio.run(fill(url, filled, step))
            filled = step
            load = f"{intake.url}/intake/store/contacts"
            rates = [measure(plan(load, shown, f"{step}-{number}", phones)) for number in range(ROUNDS)]
            found.append((step, middle(rates), asyncio.run(batches(url, step))))
            deep = asyncio.run(depths(url, step))
    return [*(figure for step in found for figure in figures(step, found[0])), *deep]


def figures(step: tuple[int, Rate, list[float]], first: tuple[int, Rate, list[float]]) -> list[Figure]:
    """One step beside the first."""
    (known, rate, seconds), (_, rate_0, seconds_0) = step, first
    beside = f"with {first[0]:,} known"
    p50, p50_0 = statistics.median(seconds) * 1000, statistics.median(seconds_0) * 1000
    p99, p99_0 = percentile_99(seconds) * 1000, percentile_99(seconds_0) * 1000
    batch = f"a reader's batch, {KNOWN_PER_BATCH} known and {NEW_PER_BATCH} new tickets, {known:,} known"
    return [
        Figure(f"intake, {known:,} contacts known", rate.per_s, "contacts/s", beside, rate_0.per_s),
        Figure(f"intake, {known:,} contacts known, p99", rate.p99_ms, "ms", beside, rate_0.p99_ms),
        Figure(f"{batch}, p50", p50, "ms", beside, p50_0),
        Figure(f"{batch}, p99", p99, "ms", beside, p99_0),
    ]


def percentile_99(values: Sequence[float]) -> float:
    """All but one in a hundred are at most this."""
    return sorted(values)[len(values) * 99 // 100]


async def fill(url: str, start: int, end: int) -> None:
    """Rows `start` … `end` of every table, in transactions of a bounded size; statistics afterwards."""
    connection = await asyncpg.connect(url)
    try:
        for first in range(start, end, CHUNK):
            for statement in FILL:
                await connection.execute(statement, first, min(first + CHUNK, end) - 1)
        for table in TABLES:
            await connection.execute(f"VACUUM (ANALYZE) {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def depths(url: str, known: int) -> list[Figure]:
    """For each index that tells doubles the pages on the way to a key, now and with `PAST` keys."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(UNIQUE, list(TABLES))
    finally:
        await connection.close()
    return [
        Figure(
            f"{row['name']}: pages on the way to a key, {PAST:,} known (by {entries:.0f} entries a page)",
            depth(PAST, entries),
            "pages",
            f"with {known:,} known",
            depth(known, entries),
        )
        for row in rows
        if (entries := row["entries"] / row["pages"]) > 1
    ]


def depth(keys: int, per_page: float) -> int:
    """Levels of a B-tree, root and leaf included, whose pages hold so many entries."""
    return max(1, math.ceil(math.log(keys, per_page)))


async def batches(url: str, known: int) -> list[float]:
    """Seconds of each batch: states of its tickets read, one fact more for each, saved and committed."""
    chance = random.Random(known)
    seconds = []
    pool = await open_pool(url, application="bench", size_min=1, size_max=1)
    try:
        for number in range(BATCHES):
            subjects = [known_subject(chance.randrange(known)) for _ in range(KNOWN_PER_BATCH)]
            subjects += [str(derived_id("bench", known, number, n)) for n in range(NEW_PER_BATCH)]
            began_at = time.perf_counter()
            async with pool.acquire() as connection, connection.transaction():
                states = (await begin(connection, TOPIC, [], subjects, None)).states
                for subject in subjects:
                    state = states.setdefault(subject, SubjectState())
                    state.ids.setdefault("/intake", bytearray()).extend(UUID(int=number).bytes)
                    state.seen_at = now()
                await save_states(connection, TOPIC, states)
            seconds.append(time.perf_counter() - began_at)
    finally:
        await pool.close()
    return seconds


def known_subject(number: int) -> str:
    """The subject that `FILL` made of this number."""
    return str(UUID(bytes=md5(str(number).encode(), usedforsecurity=False).digest()))
