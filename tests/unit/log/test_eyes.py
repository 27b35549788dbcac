"""Whatever a server says of itself, a look at it ends with an answer."""

import asyncio
from typing import Any

import pytest

from shared.kept import Kept
from shared.log import watch
from shared.log.kafka import Kafka
from shared.log.relay import Relay
from shared.log.standing import DatabaseSeen, KafkaSeen
from shared.log.watch import DatabaseEye, KafkaEye, Watch, close_both
from tests.support.eventually import eventually


class Closed:
    """Clients whose connection was just closed: uvloop's error, which aiokafka lets through."""

    async def end_offsets(self, places: object) -> Any:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async def stop(self) -> None:
        pass

    close = stop


def kept(clients: Any) -> Kept[Any]:
    """Clients that are opened at once."""

    async def opened() -> Any:
        return clients

    return Kept(opened, close_both, open_s_max=1)


async def test_an_opening_that_takes_longer_than_a_look_is_not_begun_anew_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a busy machine it may, and then nobody would ever see that the database is there."""
    openings, goes_on = [], asyncio.Event()

    async def connect(*_: object, **__: object) -> Any:
        openings.append(1)
        await goes_on.wait()
        return "connected"

    async def see(connection: object) -> object:
        return connection

    monkeypatch.setattr(watch, "LOOK_S_MAX", 0.01)
    monkeypatch.setattr(watch, "connect", connect)
    monkeypatch.setattr(watch, "see_database", see)
    eye = DatabaseEye("intake", "")
    assert [await eye.look() for _ in range(3)] == [None, None, None]
    goes_on.set()
    await asyncio.sleep(0)
    assert str(await eye.look()) == "connected"
    assert len(openings) == 1


async def test_an_opening_that_never_ends_fails_and_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    openings = []

    async def connect(*_: object, **__: object) -> Any:
        openings.append(1)
        await asyncio.Event().wait()

    monkeypatch.setattr(watch, "OPEN_S_MAX", 0.01)
    monkeypatch.setattr(watch, "connect", connect)
    eye = DatabaseEye("intake", "")
    assert [await eye.look() for _ in range(3)] == [None, None, None]
    assert len(openings) == 3


async def test_a_connection_that_was_just_closed_is_kafka_away(monkeypatch: pytest.MonkeyPatch) -> None:
    eye = KafkaEye(Kafka("127.0.0.1:1"), [])
    monkeypatch.setattr(eye, "_clients", kept((Closed(), Closed())))
    assert await eye.look() is None


async def test_a_client_that_was_just_closed_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    clients = Closed(), Closed()
    monkeypatch.setattr(clients[1], "close", broken)
    eye = KafkaEye(Kafka("127.0.0.1:1"), [])
    monkeypatch.setattr(eye, "_clients", kept(clients))
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
