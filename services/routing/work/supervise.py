"""Loops that must not die: what our own code fails on is logged with an alarm, and the loop begins again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from shared.background import Loop, cancel_all, keep_running
from shared.backoff import DELAY_S_FIRST
from shared.database.errors import TRANSIENT
from shared.telemetry.failures import failure_name

log = structlog.get_logger("routing")


@dataclass(slots=True)
class Loops:
    """The loops of one process, and what the last failure of each was; readiness and people look at it."""

    alarms: dict[str, str] = field(default_factory=dict)

    async def keep(self, name: str, loop: Loop) -> None:
        """Run `loop()` until cancelled, again whenever it fails."""
        await keep_running(name, loop, failed=self._note, delay_s_first=DELAY_S_FIRST)

    def _note(self, name: str, error: BaseException) -> None:
        """The boundary that sorts: away for a moment, or our bug."""
        if isinstance(error, TRANSIENT):
            log.warning("loop retries", loop=name, error=failure_name(error))
        else:
            self.alarms[name] = failure_name(error)
            log.error("loop failed", loop=name, exc_info=error)

    @asynccontextmanager
    async def running(self, **loops: Loop) -> AsyncGenerator[None, None]:
        """Keep all of them going meanwhile; cancelled in reverse at the end, each waited for."""
        tasks = [asyncio.create_task(self.keep(name, loop), name=f"routing {name}") for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in reversed(tasks):
                await cancel_all([task])  # again after a while: a library may have swallowed the first
