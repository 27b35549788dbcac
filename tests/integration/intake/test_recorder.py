"""The recorder on a real database: once, in order, and in doubt nothing."""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg
import orjson

from services.intake.handle import Answer, OtherBody
from services.intake.store import Refusal
from services.intake.understand.ticket_number import TicketNumber, read_ticket_number
from services.intake.work import Recorder
from shared.database.pool import open_pool
from shared.errors import Impossible, Unavailable
from tests.integration.intake.conftest import recording
from tests.support.databases import FreshDatabases
from tests.unit.intake.builders import an_arrival


async def record_all(recorder: Recorder, arrivals: list[Any]) -> list[Any]:
    """What each is told, errors included."""
    return await asyncio.gather(*[recorder.record(arrival) for arrival in arrivals], return_exceptions=True)


async def record_until_told(recorder: Recorder, arrival: Any) -> Answer:
    """What a client is told that posts again after each 503: the last session ended may have been a fresh one."""
    while True:
        with suppress(Unavailable):
            return await recorder.record(arrival)


def arrivals(count: int, **changes: Any) -> list[Any]:
    """So many different contacts."""
    return [an_arrival(external_id=f"visit-{number:04}", **changes) for number in range(count)]


async def serials(pool: asyncpg.Pool) -> list[int]:
    """The serials given so far."""
    return [row["serial"] for row in await pool.fetch("SELECT serial FROM tickets ORDER BY serial")]


async def test_law_1_the_same_contact_many_times_at_once_is_recorded_once(pool: asyncpg.Pool) -> None:
    async with recording(pool) as recorder:
        told = await record_all(recorder, [an_arrival()] * 40)
    assert sorted(answer.status for answer in told) == [200] * 39 + [201]
    assert len({answer.body for answer in told}) == 1
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_law_1_every_acknowledged_contact_is_in_the_outbox_once(pool: asyncpg.Pool) -> None:
    async with recording(pool, batch_max=7) as recorder:
        told = await record_all(recorder, arrivals(100) + arrivals(100))
    assert sorted(answer.status for answer in told) == [200] * 100 + [201] * 100
    keys = await pool.fetch("SELECT key FROM outbox")
    tickets = await pool.fetch("SELECT ticket_id FROM contacts")
    assert sorted(row["key"].decode() for row in keys) == sorted(str(row["ticket_id"]) for row in tickets)
    assert len(keys) == 100


async def test_numbers_have_no_gaps_though_doubles_came_between(pool: asyncpg.Pool) -> None:
    async with recording(pool, batch_max=5) as recorder:
        await record_all(recorder, [*arrivals(20), *arrivals(10), *arrivals(30)])
    assert await serials(pool) == list(range(1, 31))


async def test_another_body_under_a_known_id_is_refused_in_one_batch_and_later(pool: asyncpg.Pool) -> None:
    other = an_arrival(digest=b"\x02" * 32)
    async with recording(pool) as recorder:
        first, second = await record_all(recorder, [an_arrival(), other])
        (third,) = await record_all(recorder, [other])
    assert isinstance(first, Answer)
    assert isinstance(second, OtherBody)
    assert isinstance(third, OtherBody)
    lines = await pool.fetch("SELECT disposition, status FROM ledger ORDER BY line")
    assert [tuple(line) for line in lines] == [("opened", None), ("refused", 409), ("refused", 409)]


async def test_one_bad_contact_does_not_take_its_batch_with_it(pool: asyncpg.Pool) -> None:
    good = arrivals(20)
    bad = an_arrival(external_id="bad", description="no\x00good")
    async with recording(pool) as recorder:
        told = await record_all(recorder, [*good[:10], bad, *good[10:]])
    assert isinstance(told[10], Impossible)
    assert [answer.status for place, answer in enumerate(told) if place != 10] == [201] * 20
    assert await serials(pool) == list(range(1, 21))


async def test_two_processes_that_write_the_same_contacts_in_opposite_order_do_not_deadlock(
    fresh_databases: FreshDatabases,
) -> None:
    url = fresh_databases.new("intake")
    pools = [await open_pool(url, application="test") for _ in range(2)]
    many = arrivals(120)
    async with recording(pools[0], batch_max=40) as one, recording(pools[1], batch_max=40) as other:
        told, told_other = await asyncio.gather(record_all(one, many), record_all(other, many[::-1]))
    assert [answer.body for answer in told] == [answer.body for answer in told_other[::-1]]
    assert sorted(answer.status for answer in told + told_other) == [200] * 120 + [201] * 120
    assert await serials(pools[0]) == list(range(1, 121))
    for pool in pools:
        pool.terminate()


async def test_law_1_after_lost_connections_a_repost_finds_the_truth(fresh_databases: FreshDatabases) -> None:
    url = fresh_databases.new("intake")
    pool = await open_pool(url, application="recorder")
    onlooker = await open_pool(url, application="onlooker", size_max=2)  # never ended by its own hand
    kill = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'gongdan-recorder'
              AND query LIKE '%record_contacts%' AND state <> 'idle'"""
    many = arrivals(150)
    async with recording(pool, batch_max=6) as recorder:
        told = []
        for first in range(0, 150, 15):
            task = asyncio.create_task(record_all(recorder, many[first : first + 15]))
            while not task.done() and not await onlooker.fetch(kill):
                pass
            told += await task
        assert {type(answer) for answer in told} == {Answer, Unavailable}
        again = await asyncio.gather(*[record_until_told(recorder, arrival) for arrival in many])
    for before, after in zip(told, again, strict=True):
        assert isinstance(before, Unavailable) or (after.status, after.body) == (200, before.body)
    assert await onlooker.fetchval("SELECT count(*) FROM outbox") == 150
    assert await serials(onlooker) == list(range(1, 151))
    for each in (pool, onlooker):
        each.terminate()


async def test_a_full_queue_says_to_come_again(pool: asyncpg.Pool) -> None:
    async with recording(pool, waiting_max=3) as recorder:
        told = await record_all(recorder, arrivals(10))
    assert sum(isinstance(answer, Unavailable) for answer in told) == 7


async def test_contacts_that_name_an_open_ticket_join_it_in_sequence(pool: asyncpg.Pool) -> None:
    async with recording(pool) as recorder:
        await recorder.record(an_arrival())
        number = read_ticket_number(await the_number(pool))
        told = await record_all(recorder, arrivals(12, channel="phone", named=number))
    assert {answer.disposition for answer in told} == {"follow_up"}
    rows = await pool.fetch("SELECT sequence, recorded_at FROM contacts ORDER BY sequence")
    assert [row["sequence"] for row in rows] == list(range(1, 14))
    instants = [row["recorded_at"] for row in rows]
    assert instants == sorted(set(instants))
    assert await pool.fetchval("SELECT count(*) FROM tickets") == 1
    headers = await pool.fetch("SELECT convert_from(headers, 'UTF8') AS text FROM outbox ORDER BY position")
    sequences = [dict(orjson.loads(row["text"]))["ce_sequence"] for row in headers]
    assert sequences == [str(number) for number in range(1, 14)]


async def test_a_contact_that_names_a_closed_ticket_opens_one_that_relates_to_it(pool: asyncpg.Pool) -> None:
    async with recording(pool) as recorder:
        await recorder.record(an_arrival())
        number = read_ticket_number(await the_number(pool))
        closed = await pool.fetchval("UPDATE tickets SET status = 'closed' RETURNING ticket_id")
        answer = await recorder.record(an_arrival(external_id="later", named=number))
    assert answer.disposition == "opened"
    assert await pool.fetchval("SELECT related_ticket_ids FROM tickets WHERE ticket_id <> $1", closed) == [closed]


async def test_a_customers_open_tickets_are_related_also_within_one_batch(pool: asyncpg.Pool) -> None:
    await pool.execute("INSERT INTO customers (customer_id, phones) VALUES ('C-1', '{+8613800138000}')")
    await pool.execute("INSERT INTO customer_phones VALUES ('+8613800138000', 'C-1')")
    phone = {"phone": "+8613800138000", "phone_e164": "+8613800138000"}
    async with recording(pool) as recorder:
        await record_all(recorder, arrivals(4, **phone))
    rows = await pool.fetch("SELECT ticket_id, related_ticket_ids, customer_id FROM tickets ORDER BY serial")
    assert {row["customer_id"] for row in rows} == {"C-1"}
    assert [sorted(row["related_ticket_ids"]) for row in rows] == [
        sorted(earlier["ticket_id"] for earlier in rows[:place]) for place in range(4)
    ]


async def test_refusals_are_lines_of_the_ledger_in_the_same_batches(pool: asyncpg.Pool) -> None:
    async with recording(pool) as recorder:
        await asyncio.gather(recorder.refuse(Refusal("store", 422)), recorder.record(an_arrival()))
    lines = await pool.fetch("SELECT disposition, status FROM ledger ORDER BY status NULLS FIRST")
    assert [tuple(line) for line in lines] == [("opened", None), ("refused", 422)]


async def test_nothing_is_recorded_in_a_database_that_is_older_than_the_log(pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE log_database SET halted = 'it is older than the log'")
    async with recording(pool) as recorder:
        answers = await asyncio.gather(*map(recorder.record, arrivals(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert "older than the log" in str(answers[0])
    assert await pool.fetchval("SELECT count(*) FROM contacts") == 0


async def the_number(pool: asyncpg.Pool) -> str:
    """The number of the only ticket."""
    (row,) = await pool.fetch("SELECT day, serial FROM tickets")
    return str(TicketNumber(row["day"], row["serial"]))
