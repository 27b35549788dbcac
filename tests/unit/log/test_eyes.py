"""Whatever a server says of itself, a look at it ends with an answer."""

import asyncio
from typing import Any

import pytest

from shared.log.kafka import Kafka
from shared.log.relay import Relay
from shared.log.standing import DatabaseSeen, KafkaSeen
from shared.log.watch import KafkaEye, Watch
from tests.support.eventually import eventually


class Closed:
    """Clients whose connection was just closed: uvloop's error, which aiokafka lets through."""

    async def end_offsets(self, places: object) -> Any:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async def stop(self) -> None:
        pass

    close = stop


async def test_a_connection_that_was_just_closed_is_kafka_away(monkeypatch: pytest.MonkeyPatch) -> None:
    eye = KafkaEye(Kafka("127.0.0.1:1"), [])
    monkeypatch.setattr(eye, "_clients", (Closed(), Closed()))
    assert await eye.look() is None


async def test_a_client_that_was_just_closed_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    clients = Closed(), Closed()
    monkeypatch.setattr(clients[1], "close", broken)
    eye = KafkaEye(Kafka("127.0.0.1:1"), [])
    monkeypatch.setattr(eye, "_clients", clients)
    assert await eye.look() is None


class Eye:
    """Answers when it is told to, with what it is told."""

    def __init__(self) -> None:
        self.looks: list[asyncio.Future[Any]] = []

    async def look(self) -> Any:
        self.looks.append(asyncio.get_running_loop().create_future())
        return await self.looks[-1]


class Answering:
    """A database with nothing in it."""

    async def look(self) -> DatabaseSeen:
        return DatabaseSeen(
            halted=None,
            outbox_head=None,
            outbox_records=0,
            outbox_age_s=0.0,
            stopped_count=0,
            stopped=[],
            dead_letters=0,
            positions={},
            clock_ahead_s=0.0,
        )


@pytest.mark.parametrize(("seen", "looks"), [(KafkaSeen({("tickets", 0): 7}, frozenset()), 2), (None, 1)])
async def test_who_asks_for_a_new_look_gets_one_unless_nobody_has_answered_the_last(
    monkeypatch: pytest.MonkeyPatch, seen: KafkaSeen | None, looks: int
) -> None:
    pool: Any = None
    kafka, eye, database = Kafka("127.0.0.1:1"), Eye(), Answering()
    relay = Relay(service="projection", pool=pool, url="", kafka=kafka)
    watch = Watch(service="projection", url="", kafka=kafka, relay=relay, readers=[])
    monkeypatch.setattr(watch, "_kafka", eye)
    monkeypatch.setattr(watch, "_database", database)
    first = asyncio.create_task(watch.standing(fresh_s=0))
    await eventually(lambda: len(eye.looks) == 1)
    later = [asyncio.create_task(watch.standing(fresh_s=0)) for _ in range(3)]
    await asyncio.sleep(0)
    eye.looks[0].set_result(seen)
    await first
    if looks > 1:
        await eventually(lambda: len(eye.looks) == looks)
        eye.looks[1].set_result(seen)
    standings = await asyncio.gather(*later)
    assert len(eye.looks) == looks
    assert [standing.ends for standing in standings] == [seen.ends if seen else {}] * 3
