"""Reading the log: live, and in a rebuild; beside bare consuming, bare upserts and bare COPY of the same rows."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

from shared.log.kafka import Kafka
from shared.log.topics import partitions_of
from tests.bench.figures import Figure, at_least
from tests.bench.log import write_log
from tests.support.program import command, served, servers

EVENTS = 200_000
BATCH = 500
READ_WITHIN_S = 180
TABLE = """
    CREATE TABLE bare (partition integer, "offset" bigint, subject text, value bytea,
    PRIMARY KEY (partition, "offset"))
"""
UPSERT = """
    INSERT INTO bare SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::bytea[])
    ON CONFLICT (partition, "offset") DO UPDATE SET value = excluded.value
"""
NEXT_OFFSETS = "SELECT coalesce(sum(next_offset), 0)::bigint FROM log_positions WHERE topic = 'tickets'"

Rows = list[tuple[int, int, str, bytes]]


def bench_replay(home: Path) -> list[Figure]:
    """One log, read by the live projection from offset zero and then folded anew beside it."""
    with servers(home) as document:
        kafka, url = Kafka(document["kafka"]), document["databases"]["projection"]
        written = asyncio.run(write_log(kafka, EVENTS))
        consumed, rows = asyncio.run(bare_consume(kafka))
        upserted, copied = asyncio.run(bare_writes(url, rows))
        with served(home, "projection"):
            live = asyncio.run(live_reading(url, written))
        began_at = time.perf_counter()
        report = json.loads(command("rebuild", "--check", "--home", str(home), "--json"))
        whole = report["events"] / (time.perf_counter() - began_at)
    assert report["events"] >= written, report
    assert not report["differences"], report
    return figures(live, report, whole, {"consume": consumed, "upsert": upserted, "COPY": copied})


def figures(live: float, report: dict[str, Any], whole: float, bare: dict[str, float]) -> list[Figure]:
    """What is told of it."""
    rebuild = report["events_per_s"]
    name = f"live reading of {report['events']:,} events"
    folded = "rebuild, folding and writing"
    return [
        at_least(Figure(name, live, "events/s", "bare upsert", bare["upsert"]), 20_000),
        Figure(name, live, "events/s", "bare consume", bare["consume"]),
        at_least(Figure(folded, rebuild, "events/s", "bare COPY", bare["COPY"]), 40_000),
        Figure(folded, rebuild, "events/s", "bare consume", bare["consume"]),
        Figure(folded, rebuild, "events/s", "bare upsert", bare["upsert"]),
        Figure("rebuild, from start to end with indexes and comparison", whole, "events/s"),
    ]


async def bare_consume(kafka: Kafka) -> tuple[float, Rows]:
    """Records per second of a plain consumer that does nothing with them; and the rows for the bare writes."""
    consumer = kafka.consumer()
    await consumer.start()
    try:
        places = [TopicPartition(kafka.topic("tickets"), number) for number in partitions_of("tickets")]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, 0)
        batches: list[list[ConsumerRecord[bytes, bytes]]] = []
        began_at = time.perf_counter()
        while any([await consumer.position(place) < ends[place] for place in places]):
            batches += (await consumer.getmany(*places, timeout_ms=500)).values()
        seconds = time.perf_counter() - began_at
    finally:
        await consumer.stop()
    rows = [(one.partition, one.offset, one.key.decode(), one.value) for batch in batches for one in batch if one.key]
    return len(rows) / seconds, rows


async def bare_writes(url: str, rows: Rows) -> tuple[float, float]:
    """Rows per second of upserts in batches, each its own transaction, and of one COPY."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(TABLE)
        began_at = time.perf_counter()
        for at in range(0, len(rows), BATCH):
            await connection.execute(UPSERT, *map(list, zip(*rows[at : at + BATCH], strict=True)))
        upserted = len(rows) / (time.perf_counter() - began_at)
        await connection.execute("TRUNCATE bare")
        began_at = time.perf_counter()
        await connection.copy_records_to_table("bare", records=rows)
        copied = len(rows) / (time.perf_counter() - began_at)
        await connection.execute("DROP TABLE bare")
    finally:
        await connection.close()
    return upserted, copied


async def live_reading(url: str, written: int) -> float:
    """Events per second of the running projection, from its first position to its last."""
    connection = await asyncpg.connect(url)
    try:
        deadline = time.perf_counter() + READ_WITHIN_S
        first = await reach(connection, 1, deadline)
        last = await reach(connection, written, deadline)
    finally:
        await connection.close()
    return (last[1] - first[1]) / (last[0] - first[0])


async def reach(connection: asyncpg.Connection, events: int, deadline: float) -> tuple[float, int]:
    """When it has read so many, and how many it has read then."""
    reached = 0
    while reached < events:
        assert time.perf_counter() < deadline, f"the projection has read {reached} of {events} events"
        await asyncio.sleep(0.01)
        reached = await connection.fetchval(NEXT_OFFSETS)
    return time.perf_counter(), reached
