"""Mutants of writing a fact: relay, fence, outbox, intake's answer. Each `…_wrong` patches the program."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from shared.log import relay
from shared.log.failpoints import failpoint
from shared.log.topics import partitions_of
from tests.chaos.checks import answers, log, rest
from tests.chaos.mutants import provoke
from tests.chaos.mutants.mutant import Mutant, instead

DROPPED_EACH = 20
TOLD_S = 0.3
"""Until then the answers of a batch are with its callers."""


def tail_unchecked() -> None:
    """A new leader does not look for what its predecessor has sent already."""

    async def find_nothing(*_arguments: Any) -> set[Any]:
        return set()

    instead(relay, "find_own_records", find_nothing)


def unfenced() -> None:
    """A leader takes no epoch and writes no fence: one that was frozen goes on where it stopped."""

    async def take_no_epoch(kafka: Any, _transactional_id: str) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=True)
        await producer.start()
        return producer

    async def write_no_fences(producer: Any, kafka: Any, topics: Any, *_record: Any) -> dict[tuple[str, int], int]:
        consumer = kafka.consumer()
        await consumer.start()
        try:
            places = [(topic, number) for topic in topics for number in partitions_of(topic)]
            ends = await consumer.end_offsets([TopicPartition(kafka.topic(t), n) for t, n in places])
            return {(kafka.name_of(place.topic), place.partition): end for place, end in ends.items()}
        finally:
            await consumer.stop()

    instead(relay, "take_epoch", take_no_epoch)
    instead(relay, "write_fences", write_no_fences)


def acknowledged_before_commit() -> None:
    """Intake tells its callers before their contacts are committed."""
    from services.intake.work import Recorder

    write = Recorder._write

    async def write_and_commit_later(self: Any, connection: Any, batch: Any) -> bool:
        transaction = connection.transaction()
        await transaction.start()
        is_sound = await write(self, connection, batch)
        await asyncio.sleep(TOLD_S)
        failpoint("mutant.acknowledged")
        await transaction.commit()
        return is_sound

    instead(Recorder, "_write", write_and_commit_later)


def one_dropped() -> None:
    """The relay forgets a record now and then, and deletes it as sent."""
    send, sent = relay.Relay._send, [0]

    async def send_most(self: Any, producer: Any, rows: Any, term: int) -> None:
        kept = []
        for row in rows:
            sent[0] += 1
            if sent[0] % DROPPED_EACH:
                kept.append(row)
            else:
                await self._delete("position", [row["position"]], term)
        if kept:
            await send(self, producer, kept, term)

    instead(relay.Relay, "_send", send_most)


def two_swapped() -> None:
    """The relay sends what it reads in the wrong order."""
    send = relay.Relay._send

    async def send_backwards(self: Any, producer: Any, rows: Any, term: int) -> None:
        await send(self, producer, list(reversed(rows)), term)

    instead(relay.Relay, "_send", send_backwards)


def never_sent() -> None:
    """The relay leads, and sends nothing."""

    async def wait(*_arguments: Any) -> None:
        await asyncio.Event().wait()

    instead(relay.Relay, "_send", wait)


DOUBLED = frozenset({log.ONCE, log.NO_GAPS})

MUTANTS = (
    Mutant(
        "tail-unchecked",
        "1",
        "a new leader does not look for what is there already",
        DOUBLED,
        tail_unchecked,
        provoke.kill_at,
        "relay.after_produce=kill:8",
    ),
    Mutant(
        "unfenced",
        "1",
        "no epoch, no fence",
        DOUBLED,
        unfenced,
        provoke.freeze_at,
        "relay.before_acknowledgement=stop:8",
        count=2,
    ),
    Mutant(
        "acknowledged-early",
        "1",
        "intake answers before it commits",
        frozenset({answers.ACKNOWLEDGED}),
        acknowledged_before_commit,
        provoke.kill_at,
        "mutant.acknowledged=kill:4",
    ),
    Mutant(
        "one-dropped",
        "1",
        "the relay forgets one in twenty",
        frozenset({log.NO_GAPS, answers.ACKNOWLEDGED}),
        one_dropped,
        provoke.load,
    ),
    Mutant(
        "two-swapped",
        "1",
        "the relay sends backwards",
        frozenset({log.NO_GAPS}),
        two_swapped,
        provoke.longer_load,
    ),
    Mutant("never-sent", "1", "the relay sends nothing", frozenset({rest.RESTS}), never_sent, provoke.load),
)
