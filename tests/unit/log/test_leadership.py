"""Who loses the lock stops leading, and can lead again, whatever becomes of the cancellation on its way."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from shared.log import leadership
from shared.log.leadership import LeadershipLost, cancelled_when_lost


class Lost:
    """A session whose first ping fails."""

    async def fetchval(self, *_: object, **__: object) -> Any:
        raise OSError("cut off")


async def is_cancelled() -> None:
    await asyncio.Event().wait()


async def swallows_it() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def makes_something_else_of_it() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise ValueError("as a library may") from None


@pytest.mark.parametrize("body", [is_cancelled, swallows_it, makes_something_else_of_it])
async def test_a_lost_lock_ends_the_body_and_leaves_a_task_that_is_not_cancelled(
    monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    monkeypatch.setattr(leadership, "PING_EVERY_S", 0.001)
    task = asyncio.current_task()
    assert task is not None
    with pytest.raises(LeadershipLost):
        async with cancelled_when_lost(Lost()):  # type: ignore[arg-type]
            await body()
    assert task.cancelling() == 0


async def test_a_stop_from_outside_stays_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "PING_EVERY_S", 60)

    async def lead() -> None:
        async with cancelled_when_lost(Lost()):  # type: ignore[arg-type]
            await asyncio.Event().wait()

    leading = asyncio.create_task(lead())
    await asyncio.sleep(0)
    leading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leading
