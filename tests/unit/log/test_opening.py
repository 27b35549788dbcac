"""What is opened when nobody wants it any more is opened to its end, so that it can be closed."""

import asyncio

import pytest

from shared.log import kafka
from shared.log.kafka import unbroken


async def test_a_cancellation_waits_for_what_is_being_opened() -> None:
    is_open, let_it = asyncio.Event(), asyncio.Event()

    async def opening() -> None:
        await let_it.wait()
        is_open.set()

    task = asyncio.create_task(unbroken(opening()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    let_it.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_open.is_set()


async def test_what_never_opens_is_given_up_after_a_named_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "OPEN_S_MAX", 0.01)
    task = asyncio.create_task(unbroken(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_its_answer_and_its_failure_come_through() -> None:
    async def fails() -> None:
        raise OSError("away")

    assert await unbroken(asyncio.sleep(0, "opened")) == "opened"
    with pytest.raises(OSError, match="away"):
        await unbroken(fails())
