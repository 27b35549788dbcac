"""No contact waits longer than its limit, wherever the database falls silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.intake.work import Recorder
from shared.background import background
from shared.errors import Unavailable
from shared.telemetry.metrics import metrics_for


class Silent:
    """A pool that gives a connection which never answers."""

    @asynccontextmanager
    async def acquire(self, **_: object) -> AsyncIterator[Any]:
        yield self

    def is_closed(self) -> bool:
        return False

    def transaction(self) -> Any:
        return self

    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_a_connection_that_is_silent_from_its_first_statement_on_holds_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.intake.work.RECORD_S_MAX", 0.01)
    pool: Any = Silent()
    recorder = Recorder(
        pool=pool, time_zone="Asia/Shanghai", waiting_max=10, batch_max=10, metrics=metrics_for("intake")
    )
    arrival: Any = object()
    async with background(recorder=recorder.run), asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await recorder._wait_for(arrival)
