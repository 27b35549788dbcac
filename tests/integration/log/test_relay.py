"""Law 1 at the relay: what is in the outbox comes to the log exactly once, in order, whatever is killed or frozen."""

import asyncio
import signal
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import asyncpg
import pytest

from shared.background import background
from shared.log.kafka import Kafka
from shared.log.relay import READ, READ_BYTES, READ_ROWS, Relay, is_full
from tests.support.eventually import eventually
from tests.support.log import an_event, header, raw_log, some_tickets, write
from tests.support.processes import a_process, is_stopped

LARGE_BYTES = 800_000
EACH = 4
TICKETS = 50


def a_relay_process(url: str, kafka: Kafka, failpoints: str = "") -> AbstractAsyncContextManager[Process]:
    module = "tests.integration.log.relay_process"
    return a_process(module, url, kafka.bootstrap_servers, kafka.topic_prefix, failpoints=failpoints)


async def write_all(pool: asyncpg.Pool, tickets: list[UUID]) -> None:
    for sequence in range(1, EACH + 1):
        await write(pool, [an_event(ticket, sequence) for ticket in tickets])


async def all_sent(pool: asyncpg.Pool) -> None:
    async def is_empty() -> bool:
        return not await pool.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)")

    await eventually(is_empty, within_s=30)


async def assert_each_once_and_in_order(kafka: Kafka, tickets: list[UUID]) -> None:
    found: dict[str, list[int]] = {}
    for record in await raw_log(kafka):
        found.setdefault(header(record, "ce_subject"), []).append(int(header(record, "ce_sequence")))
    assert found == {str(ticket): list(range(1, EACH + 1)) for ticket in tickets}


async def test_law_1_the_outbox_comes_to_the_log_in_order_and_is_empty_then(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    tickets = some_tickets(TICKETS)
    async with background(relay=Relay(service="intake", pool=writer, url=writer_url, kafka=kafka).run):
        await write_all(writer, tickets)
        await all_sent(writer)
    await assert_each_once_and_in_order(kafka, tickets)


@pytest.mark.parametrize("place", ["relay.after_fence", "relay.before_acknowledgement", "relay.after_produce"])
async def test_law_1_a_relay_killed_at_any_boundary_loses_and_doubles_nothing(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str, place: str
) -> None:
    tickets: list[UUID] = []
    for _ in range(2):
        tickets += (more := some_tickets(TICKETS))
        await write_all(writer, more)
        async with a_relay_process(writer_url, kafka, f"{place}=kill") as process:
            assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    async with background(relay=Relay(service="intake", pool=writer, url=writer_url, kafka=kafka).run):
        await all_sent(writer)
    await assert_each_once_and_in_order(kafka, tickets)


async def test_law_1_a_frozen_leader_that_wakes_up_changes_nothing(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    tickets = some_tickets(TICKETS)
    await write_all(writer, tickets)
    async with a_relay_process(writer_url, kafka, "relay.before_acknowledgement=stop") as frozen:
        await eventually(lambda: is_stopped(frozen.pid), within_s=30)
        relay = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
        async with background(relay=relay.run):
            await all_sent(writer)
            taken_over_as = relay.state.term
            frozen.send_signal(signal.SIGCONT)
            more = some_tickets(TICKETS)
            await write_all(writer, more)
            await all_sent(writer)
            assert relay.state.term == taken_over_as
    await assert_each_once_and_in_order(kafka, [*tickets, *more])


async def test_law_1_of_two_relays_one_leads_and_the_other_takes_over(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    first = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    second = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    async with background(second=lambda: lead_after(first, second)):
        async with background(first=first.run):
            await eventually(lambda: first.state.leading, within_s=15)
            assert not second.state.leading
        await eventually(lambda: second.state.leading, within_s=15)
        assert second.state.term == first.state.term + 1


async def lead_after(first: Relay, second: Relay) -> None:
    await eventually(lambda: first.state.leading, within_s=15)
    await second.run()


async def test_law_1_writers_that_commit_out_of_order_lose_nothing(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    tickets = some_tickets(2)
    async with background(relay=Relay(service="intake", pool=writer, url=writer_url, kafka=kafka).run):
        async with writer.acquire() as slow:
            transaction = slow.transaction()
            await transaction.start()
            await slow.execute(
                "INSERT INTO outbox (record_id, topic, key, headers, value) VALUES ($1, 'tickets', $2, $3, '{}')",
                an_event(tickets[0]).id,
                str(tickets[0]).encode(),
                b"[]",
            )
            await write(writer, [an_event(tickets[1])])  # a later position, committed earlier
            await eventually(lambda: in_log(kafka, 1), within_s=15)
            await transaction.commit()
        await eventually(lambda: in_log(kafka, 2), within_s=15)


async def in_log(kafka: Kafka, count: int) -> bool:
    return len(await raw_log(kafka)) == count


async def test_law_1_a_leader_whose_term_is_over_sends_nothing_twice(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    """Its epoch is good until the new leader has one: the broker would take the same facts again and again."""
    tickets = some_tickets(TICKETS)
    relay = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    async with background(relay=relay.run):
        await eventually(lambda: relay.state.leading, within_s=15)
        await writer.execute("UPDATE relay_term SET term = term + 1")
        await write_all(writer, tickets)
        await all_sent(writer)
        assert relay.state.takeovers == 2
    await assert_each_once_and_in_order(kafka, tickets)


async def test_a_record_that_kafka_refuses_is_an_alarm_until_somebody_takes_it_out(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.log.relay.REFUSED_LOOK_EVERY_S", 0.05)
    tickets = some_tickets(TICKETS)
    await writer.execute(
        "INSERT INTO outbox (record_id, topic, key, headers, value) VALUES ($1, 'tickets', 'k', '[]', $2)",
        tickets[0],
        b"x" * 2_000_000,
    )
    relay = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    async with background(relay=relay.run):
        await eventually(lambda: relay.state.alarm, within_s=15)
        await write_all(writer, tickets)
        await writer.execute("DELETE FROM outbox WHERE record_id = $1", tickets[0])
        await all_sent(writer)
        await eventually(lambda: relay.state.alarm is None)
    await assert_each_once_and_in_order(kafka, tickets)


async def test_an_alarm_ends_with_its_record_although_nothing_else_is_to_be_sent(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.log.relay.REFUSED_LOOK_EVERY_S", 0.05)
    await writer.execute(
        "INSERT INTO outbox (record_id, topic, key, headers, value) VALUES ($1, 'tickets', 'k', '[]', $2)",
        some_tickets(1)[0],
        b"x" * 2_000_000,
    )
    relay = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    async with background(relay=relay.run):
        await eventually(lambda: relay.state.alarm, within_s=15)
        await writer.execute("DELETE FROM outbox")
        await eventually(lambda: relay.state.leading and relay.state.alarm is None, within_s=15)


async def test_a_backlog_of_large_records_is_read_a_part_at_a_time(
    kafka: Kafka, writer: asyncpg.Pool, writer_url: str
) -> None:
    rows = READ_BYTES // LARGE_BYTES + 5
    for number, ticket in enumerate(some_tickets(rows)):
        await writer.execute(
            "INSERT INTO outbox (record_id, topic, key, headers, value) VALUES ($1, 'tickets', 'k', '[]', $2)",
            ticket,
            b"%4d" % number + b"x" * LARGE_BYTES,
        )
    read = await writer.fetch(READ, READ_ROWS)
    assert READ_BYTES <= sum(len(row["value"]) for row in read) < READ_BYTES + 2 * LARGE_BYTES
    assert is_full(read)
    relay = Relay(service="intake", pool=writer, url=writer_url, kafka=kafka)
    async with background(relay=relay.run):
        await all_sent(writer)
    assert [int(record.value[:4]) for record in await raw_log(kafka)] == list(range(rows))
