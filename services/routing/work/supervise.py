"""Loops that must not die: what our own code fails on is logged with an alarm, and the loop begins again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from shared.background import cancel_all, is_cancelled
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.telemetry.failures import failure_name

DELAY_S_MAX = 10.0

log = structlog.get_logger("routing")


@dataclass(slots=True)
class Loops:
    """The loops of one process, and what the last failure of each was; readiness and people look at it."""

    alarms: dict[str, str] = field(default_factory=dict)

    async def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run `loop()` until cancelled, again whenever it fails. The boundary that sorts: away, or our bug."""
        backoff = Backoff(delay_s_max=DELAY_S_MAX)
        while True:
            try:
                await loop()
            except TRANSIENT as error:
                if is_cancelled():
                    raise  # what a library made of our cancellation
                log.warning("loop retries", loop=name, error=failure_name(error))
            except Exception as error:
                if is_cancelled():
                    raise
                self.alarms[name] = failure_name(error)
                log.exception("loop failed", loop=name)
            await backoff.wait()

    @asynccontextmanager
    async def running(self, **loops: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
        """Keep all of them going meanwhile; cancelled in reverse at the end, each waited for."""
        tasks = [asyncio.create_task(self.keep(name, loop), name=f"routing {name}") for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in reversed(tasks):
                await cancel_all([task])  # again after a while: a library may have swallowed the first
