"""How a loop lives: it goes on until it is cancelled, waits when something is away, and never dies of one bad round."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from shared.backoff import Backoff
from shared.clock import monotonic
from shared.database.errors import TRANSIENT
from shared.telemetry.failures import failure_name

T = TypeVar("T")

STOP_S = 5.0
"""How long a round that is under way may take to end once its loop is cancelled."""

log = structlog.get_logger("notify")


async def keep_going(name: str, round_of_work: Callable[[], Awaitable[None]]) -> None:
    """Do rounds for ever, with back-off after one that failed."""
    backoff = Backoff()
    while True:
        try:
            await round_of_work()
        except TRANSIENT as error:
            log.warning("notify waits", loop=name, error=failure_name(error))
            await backoff.wait()
        except Exception:  # the boundary that sorts: a bug in one round is an alarm, the loop goes on slowly
            log.exception("notify's loop failed", loop=name)
            await backoff.wait()
        else:
            backoff.reset()


async def until_done(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """What `work` answers, done again with back-off while the database is away: for what must not be forgotten."""
    backoff = Backoff()
    while True:
        try:
            return await work()
        except TRANSIENT as error:
            log.warning("notify waits", loop=name, error=failure_name(error))
            await backoff.wait()


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What `work` answers; a cancellation lets it end first, within `STOP_S`.

    So a process that is stopped leaves no letter on the wire whose outcome nobody notes.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        until = monotonic() + STOP_S
        while not task.done() and (left := until - monotonic()) > 0:
            with suppress(asyncio.CancelledError):  # told again; the end is near all the same
                await asyncio.wait({task}, timeout=left)
        task.cancel()
        raise
