"""Whatever a server says of itself, a look at it ends with an answer."""

from typing import Any

import pytest

from shared.log.kafka import Kafka
from shared.log.watch import KafkaEye


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
