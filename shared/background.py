"""Loops of a service's own (relay, readers, workers), kept running while the service lives.

A loop sorts its failures itself; what it lets through is our bug. It is logged with its context and the loop starts
again after a growing delay, because three loops that go on serve a shop better than none.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from shared.backoff import Backoff
from shared.clock import monotonic

Loop = Callable[[], Awaitable[None]]
Failed = Callable[[str, BaseException], None]

RESTART_DELAY_S_FIRST = 0.5
RESTART_DELAY_S_MAX = 10.0
CANCEL_AGAIN_AFTER_S = 5.0

log = structlog.get_logger("background")


@asynccontextmanager
async def background(**loops: Loop) -> AsyncIterator[None]:
    """Run `loops` (by name) beside the body; when it ends, cancel all of them at once and wait for them."""
    tasks = [asyncio.create_task(keep_running(name, loop), name=name) for name, loop in loops.items()]
    try:
        yield
    finally:
        await cancel_all(tasks)


async def cancel_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel `tasks` and wait for them; once more after a while, as a library may have swallowed the first."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=CANCEL_AGAIN_AFTER_S)


def tell(name: str, error: BaseException) -> None:
    """Log a failure that nobody has sorted: our bug, or a library that lets the end of its own task through."""
    log.error("loop failed and starts again", loop=name, exc_info=error)


async def keep_running(
    name: str, loop: Loop, *, failed: Failed = tell, delay_s_first: float = RESTART_DELAY_S_FIRST
) -> None:
    """Run `loop` until cancelled; start it again when it ends or fails. `failed` is told each failure."""
    backoff = Backoff(delay_s_first=delay_s_first, delay_s_max=RESTART_DELAY_S_MAX)
    while True:
        began_at_s = monotonic()
        try:
            await loop()
        except (Exception, asyncio.CancelledError) as error:
            if is_cancelled():
                raise  # our cancellation, or what a library made of it
            failed(name, error)
        if monotonic() - began_at_s > RESTART_DELAY_S_MAX:
            backoff.reset()  # it worked for a while: this is another failure, not the same one again
        await backoff.wait()


async def is_set_within(event: asyncio.Event, within_s: float) -> bool:
    """Whether `event` is set within so many seconds.

    `asyncio.wait_for` loses a cancellation that comes together with the event, and a loop then goes on for ever.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()


def is_cancelled() -> bool:
    """Whether somebody has asked the current task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
