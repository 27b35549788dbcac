"""Malformed records among a multitude of good ones: all good ones shown, all bad ones kept, figures agree."""

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from aiokafka import AIOKafkaProducer

from shared.clock import monotonic
from shared.events.envelope import Event
from shared.log.record import headers_of, value_of
from tests.outage.log import all_records
from tests.support.eventually import eventually
from tests.support.log import a_decision, an_event, some_tickets
from tests.support.program import served, servers, token

EACH = 5
"""Events of one ticket."""
WITHIN_S = 3_600.0
Bad = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


async def among_the_good(home: Path, *, good: int, bad: int) -> dict[str, Any]:
    """Write them all, let a projection read them, and count what became of them."""
    with servers(home) as document:
        database = document["databases"]["projection"]
        chance = random.Random(7)
        written = await write_all(document["kafka"], good=good, bad=bad, chance=chance)
        began = monotonic()
        running = served(home, "projection")
        projection = await asyncio.to_thread(running.__enter__)
        try:
            counts = await eventually(lambda: counted(database, written), within_s=WITHIN_S)
            seconds = monotonic() - began
            metric = await dead_metric(projection.url, token(home, "operator"))
            kept = await eventually(lambda: kept_on_the_topic(document["kafka"], bad), within_s=120)
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)
    wrong = [] if (counts["letters"], metric, kept) == (bad, bad, bad) else [f"{counts}, metric {metric}, kept {kept}"]
    return {
        "good": good,
        "bad": bad,
        "shown": counts["shown"],
        "letters": counts["letters"],
        "metric": metric,
        "on_the_topic": kept,
        "seconds": round(seconds, 1),
        "wrong": wrong,
    }


async def write_all(kafka: str, *, good: int, bad: int, chance: random.Random) -> int:
    """Write the records, the bad ones at random places; answer how many good ones there are."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=20, max_batch_size=512 * 1024)
    await producer.start()
    share = bad / (good + bad)
    written = spoilt = 0
    waiting = []
    try:
        for ticket in some_tickets(good // EACH):
            for sequence in range(1, EACH + 1):
                event = an_event(ticket, sequence)
                waiting.append(await send(producer, event))
                written += 1
                if spoilt < bad and chance.random() < share * 1.05:
                    waiting.append(await send_spoilt(producer, event, chance))
                    spoilt += 1
            if len(waiting) > 5_000:
                await asyncio.gather(*waiting)
                waiting.clear()
        while spoilt < bad:
            waiting.append(await send_spoilt(producer, a_decision(some_tickets(1)[0]), chance))
            spoilt += 1
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return written


async def send(producer: AIOKafkaProducer, event: Event) -> Any:
    """One good record."""
    return await producer.send("tickets", value_of(event), key=event.subject.encode(), headers=headers_of(event))


async def send_spoilt(producer: AIOKafkaProducer, event: Event, chance: random.Random) -> Any:
    """A record that cannot be read, of one of several kinds; it stops nobody, as its headers say nothing."""
    headers = headers_of(event)
    key, value, spoilt = chance.choice(
        [
            (None, b"\xff\x00 not ours", []),
            (event.subject.encode(), value_of(event), [(name, text) for name, text in headers if name != "ce_id"]),
            (event.subject.encode(), value_of(event), [*headers, ("ce_type", b"\xff\xfe")]),
            (b"another key", value_of(event), headers),
            (event.subject.encode(), None, [(n, b"soon" if n == "ce_sequence" else text) for n, text in headers]),
        ]
    )
    return await producer.send("tickets", value, key=key, headers=spoilt)


async def counted(database: str, written: int) -> dict[str, int] | None:
    """What the projection has, once it has all good events."""
    connection = await asyncpg.connect(database)
    try:
        generation = await connection.fetchval("SELECT number FROM generations WHERE state = 'live'")
        shown = await connection.fetchval(f"SELECT count(*) FROM g{generation}.history")
        letters = await connection.fetchval("SELECT count(*) FROM dead_letters")
    finally:
        await connection.close()
    await asyncio.sleep(1)
    return {"shown": shown, "letters": letters} if shown >= written else None


async def dead_metric(url: str, shown: str) -> int:
    """What the reader's counter says."""
    headers = {"authorization": f"Bearer {shown}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{url}/projection/metrics") as answer:
        lines = (await answer.text()).splitlines()
    name = "gongdan_reader_dead_letters_total{"
    return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)))


async def kept_on_the_topic(kafka: str, bad: int) -> int | None:
    """How many lie on the dead-letter topic, once all do."""
    records = [
        record for record in await all_records(kafka, "tickets.dead") if dict(record.headers).get("gongdan_dead_id")
    ]
    return len(records) if len(records) >= bad else None
