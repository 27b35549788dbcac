"""What cannot be read is kept with its bytes, stops its own ticket only, and can be settled."""

from uuid import UUID

import asyncpg
import pytest

from shared.background import background
from shared.errors import Refused
from shared.events.registry import FACTS, READ
from shared.log.admission import POISON_RUN_MAX
from shared.log.dead_letters import LISTED_BYTES_MAX, DeadLetters
from shared.log.kafka import Kafka
from shared.log.reader import Reader
from shared.log.relay import Relay
from tests.integration.log.reader_process import note
from tests.integration.log.test_reader import a_reader, effects
from tests.support.eventually import eventually
from tests.support.log import (
    NoText,
    a_decision,
    a_stranger,
    an_event,
    header,
    put,
    put_batch,
    raw_log,
    some_tickets,
)

LARGE_BYTES = 10_000_000
"""More than the topic takes, unless it is compressed."""


async def letters(pool: asyncpg.Pool, count: int) -> list[asyncpg.Record]:
    async def are_there() -> bool:
        found: int = await pool.fetchval("SELECT count(*) FROM dead_letters")
        return found >= count

    await eventually(are_there, within_s=20)
    rows: list[asyncpg.Record] = await pool.fetch("SELECT * FROM dead_letters ORDER BY died_at")
    return rows


async def parked(pool: asyncpg.Pool, count: int) -> bool:
    found: int = await pool.fetchval("SELECT count(*) FROM parked")
    return found == count


async def test_the_next_event_that_cannot_be_read_stops_its_ticket_and_a_discard_lets_it_go_on(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    ticket, other = some_tickets(2)
    reader = a_reader(reading, kafka)
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        await put(producer, kafka, an_event(ticket, 1))
        await put(producer, kafka, an_event(ticket, 2), value=b'{"not": "ours"}')
        await put(producer, kafka, an_event(ticket, 3))
        await put(producer, kafka, a_decision(ticket, 1))
        await put(producer, kafka, an_event(other, 1))
        (letter,) = await letters(reading, 1)
        assert (letter["kind"], letter["subject"], letter["value"]) == ("unreadable", str(ticket), b'{"not": "ours"}')
        await eventually(lambda: parked(reading, 2), within_s=10)
        await eventually(lambda: has_effects(reading, {str(ticket): [1], str(other): [1]}), within_s=10)
        settled = await DeadLetters(reading, {"tickets": reader}).discard(letter["id"], by="operator:zhao")
        assert settled["applied"] == 2
        await put(producer, kafka, an_event(ticket, 4))
        await eventually(lambda: has_effects(reading, {str(ticket): [1, 3, 1, 4], str(other): [1]}), within_s=10)


async def has_effects(pool: asyncpg.Pool, expected: dict[str, list[int]]) -> bool:
    return await effects(pool) == expected


async def test_a_retry_applies_the_record_and_what_was_parked_in_order_once_the_program_can(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    (ticket,) = some_tickets(1)
    broken = True

    async def effect(connection: object, batch: object) -> None:
        if broken:
            raise ValueError("a bug that will be mended")
        await note(connection, batch)  # type: ignore[arg-type]

    reader = Reader(service="notify", pool=reading, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=effect)
    settle = DeadLetters(reading, {"tickets": reader})
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        for sequence in (1, 2, 3):
            await put(producer, kafka, an_event(ticket, sequence))
        (letter,) = await letters(reading, 1)
        await eventually(lambda: parked(reading, 2), within_s=10)
        broken = False
        await settle.retry(letter["id"], by="operator:zhao")
        assert await effects(reading) == {str(ticket): [1, 2, 3]}
        with pytest.raises(Refused, match="is applied"):
            await settle.retry(letter["id"], by="operator:zhao")


async def test_what_a_newer_program_wrote_waits_and_is_taken_at_the_next_start(
    kafka: Kafka, reading: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = some_tickets(1)
    newer = an_event(ticket, 2)
    reader = a_reader(reading, kafka)
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        await put(producer, kafka, an_event(ticket, 1))
        await put(producer, kafka, newer, ce_dataschema=b"gongdan:ticket.followed_up:2")
        await put(producer, kafka, an_event(ticket, 3))
        (letter,) = await letters(reading, 1)
        assert letter["kind"] == "newer"
        settle = DeadLetters(reading, {"tickets": reader})
        assert await settle.retry_newer() == 0
        monkeypatch.setattr(FACTS["ticket.followed_up"], "VERSION", 2)
        _, read = READ["ticket.followed_up"]
        monkeypatch.setattr("shared.events.registry.READ", {**READ, "ticket.followed_up": (2, read)})
        monkeypatch.setattr("shared.events.registry.UPCASTERS", {("ticket.followed_up", 1): lambda data: data})
        assert await settle.retry_newer() == 1
        await eventually(lambda: has_effects(reading, {str(ticket): [1, 2, 3]}), within_s=10)


async def test_gaps_conflicts_and_foreign_owners_stop_their_ticket_only_and_duplicates_are_skipped(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    gap, conflict, foreign, doubled = some_tickets(4)
    async with a_stranger(kafka) as producer, background(reader=a_reader(reading, kafka).run):
        await put(producer, kafka, an_event(gap, 1))
        await put(producer, kafka, an_event(gap, 3))
        await put(producer, kafka, an_event(conflict, 1))
        await put(producer, kafka, an_event(conflict, 1, cause=gap))
        await put(producer, kafka, an_event(foreign, 1), ce_source=b"/routing")
        for sequence in (1, 1, 2, 1, 2, 3):
            await put(producer, kafka, an_event(doubled, sequence))
        found = await letters(reading, 3)
        told = {str(gap): [1], str(conflict): [1], str(doubled): [1, 2, 3]}
        await eventually(lambda: has_effects(reading, told), within_s=10)
    assert {(row["kind"], row["subject"]) for row in found} == {
        ("gap", str(gap)),
        ("conflict", str(conflict)),
        ("foreign", str(foreign)),
    }
    gap_reason = next(row["reason"] for row in found if row["kind"] == "gap")
    assert f"{gap}: expected sequence 2 from /intake, got 3" in gap_reason


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("null key", {"key": None}),
        ("foreign key", {"key": b"somebody else"}),
        ("no id", {"ce_id": None}),
        ("not UTF-8", {"ce_actor": b"\xff\xfe"}),
        ("zero byte", {"ce_actor": b"a\x00b"}),
        ("no sequence", {"ce_sequence": b"-1"}),
        ("endless sequence", {"ce_sequence": b"9" * 40}),
        ("no instant", {"ce_recordedat": b"yesterday"}),
        ("endless subject", {"ce_subject": b"x" * 5000}),
    ],
)
async def test_a_record_whose_headers_cannot_be_read_is_kept_and_blocks_nobody(
    kafka: Kafka, reading: asyncpg.Pool, name: str, changes: dict[str, bytes | None]
) -> None:
    (ticket,) = some_tickets(1)
    async with a_stranger(kafka) as producer, background(reader=a_reader(reading, kafka).run):
        await put(producer, kafka, an_event(ticket, 1), **changes)
        await put(producer, kafka, an_event(ticket, 1))
        (letter,) = await letters(reading, 1)
        await eventually(lambda: has_effects(reading, {str(ticket): [1]}), within_s=10)
    assert (letter["kind"], letter["subject"]) == ("unreadable", None), name


async def test_a_dead_letter_comes_to_its_topic_with_its_bytes_unchanged_and_once(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    ticket: UUID = some_tickets(1)[0]
    relay = Relay(service="notify", pool=reading, url=reader_url, kafka=kafka)
    async with a_stranger(kafka) as producer, background(reader=a_reader(reading, kafka).run, relay=relay.run):
        await put(producer, kafka, an_event(ticket, 1), value=b"\xff\x00 not ours")
        await producer.send_and_wait(kafka.topic("tickets"), value=b"bare", key=b"k", headers=[("x", b"\xff")])
        await letters(reading, 2)
        await eventually(lambda: is_empty(reading), within_s=15)
    dead = await raw_log(kafka, "tickets.dead")
    assert sorted(record.value for record in dead) == [b"bare", b"\xff\x00 not ours"]
    assert {header(record, "gongdan_dead_source") for record in dead} == {"/notify"}
    assert dict(next(record for record in dead if record.value == b"bare").headers)["x"] == b"\xff"


async def test_what_only_a_stranger_would_send_blocks_neither_reader_nor_relay(
    kafka: Kafka, reading: asyncpg.Pool, reader_url: str
) -> None:
    """Each is kept whole; the dead-letter topic gets those that it can take."""
    (ticket,) = some_tickets(1)
    relay = Relay(service="notify", pool=reading, url=reader_url, kafka=kafka)
    large = b"x" * LARGE_BYTES
    async with (
        a_stranger(kafka, compression="gzip") as producer,
        background(reader=a_reader(reading, kafka).run, relay=relay.run),
    ):
        neither, no_name = [("neither key nor value", b"1")], [(NoText("?"), b"1")]
        await put_batch(producer, kafka.topic("tickets"), (None, neither, None), (b"k", no_name, b"no name"))
        await producer.send_and_wait(kafka.topic("tickets"), key=large, value=b"a large key", partition=0)
        await producer.send_and_wait(kafka.topic("tickets"), key=b"k", value=large, partition=0)
        await put(producer, kafka, an_event(ticket, 1))
        found = await letters(reading, 4)
        await eventually(lambda: is_empty(reading), within_s=15)
        await eventually(lambda: has_effects(reading, {str(ticket): [1]}), within_s=10)
    assert sorted((len(row["key"] or b""), len(row["value"] or b"")) for row in found) == [
        (0, 0),
        (1, 7),
        (1, LARGE_BYTES),
        (LARGE_BYTES, 11),
    ]
    carried = await raw_log(kafka, "tickets.dead")
    assert {(record.headers[0][0], record.value) for record in carried} == {
        ("neither key nor value", None),
        ("\\xff\\xfe", b"no name"),
    }
    assert relay.state.alarm is None


async def test_a_retry_that_our_code_still_fails_on_is_refused_and_changes_nothing(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    (ticket,) = some_tickets(1)

    async def effect(connection: object, batch: object) -> None:
        raise ValueError("a bug that nobody has mended")

    reader = Reader(service="notify", pool=reading, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=effect)
    settle = DeadLetters(reading, {"tickets": reader})
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        await put(producer, kafka, an_event(ticket, 1))
        await put(producer, kafka, an_event(ticket, 2))
        (letter,) = await letters(reading, 1)
        await eventually(lambda: parked(reading, 1), within_s=10)
        with pytest.raises(Refused, match="our code fails on it: ValueError") as refused:
            await settle.retry(letter["id"], by="operator:zhao")
        await reading.execute("UPDATE dead_letters SET kind = 'newer'")
        assert await settle.retry_newer() == 0
    assert refused.value.status == 409
    assert await parked(reading, 1)
    assert (await settle.get(letter["id"]))["status"] == "waiting"


async def test_a_letter_is_settled_whatever_the_reader_is_in_the_middle_of(kafka: Kafka, reading: asyncpg.Pool) -> None:
    """A retry is no part of the records in a row that cannot be read."""
    (ticket,) = some_tickets(1)
    reader = a_reader(reading, kafka)
    async with a_stranger(kafka) as producer, background(reader=reader.run):
        await put(producer, kafka, an_event(ticket, 1), value=b"not ours")
        await put(producer, kafka, an_event(ticket, 2), value=b"nor this")
        (letter,) = await letters(reading, 1)
        await eventually(lambda: parked(reading, 1), within_s=10)
        reader.state.poison_run = POISON_RUN_MAX
        settle = DeadLetters(reading, {"tickets": reader})
        assert (await settle.discard(letter["id"], by="operator:zhao"))["status"] == "discarded"
    assert [row["status"] for row in await letters(reading, 2)] == ["discarded", "waiting"]


async def test_a_list_shows_the_beginning_of_what_is_large_and_one_letter_all_of_it(
    kafka: Kafka, reading: asyncpg.Pool
) -> None:
    text = "很長的話" * LISTED_BYTES_MAX
    async with a_stranger(kafka) as producer, background(reader=a_reader(reading, kafka).run):
        await producer.send_and_wait(kafka.topic("tickets"), key=b"k", value=text.encode())
        (letter,) = await letters(reading, 1)
    settle = DeadLetters(reading, {})
    (listed,) = await settle.list()
    whole = await settle.get(letter["id"])
    assert (listed["is_cut"], listed["key"], listed["headers"]) == (True, "k", [])
    assert text.startswith(listed["value"])
    assert LISTED_BYTES_MAX - 3 <= len(listed["value"].encode()) <= LISTED_BYTES_MAX
    assert (whole["is_cut"], whole["value"]) == (False, text)


async def is_empty(pool: asyncpg.Pool) -> bool:
    return not await pool.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)")


async def test_too_many_unreadable_records_in_a_row_stop_the_reader_and_leave_the_position(
    kafka: Kafka, reading: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.log.reader.POISON_RUN_MAX", 10)
    reader = a_reader(reading, kafka)
    async with a_stranger(kafka) as producer:
        for _ in range(11):
            await producer.send(kafka.topic("tickets"), value=b"poison", partition=0)
        await producer.flush()
        async with background(reader=reader.run):
            await eventually(lambda: reader.state.alarm, within_s=20)
    assert "11 records in a row cannot be read" in str(reader.state.alarm)
    reached: int = await reading.fetchval("SELECT next_offset FROM log_positions WHERE partition = 0")
    assert reached + await reading.fetchval("SELECT count(*) FROM parked") <= 10
