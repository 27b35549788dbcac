"""Being woken by `NOTIFY`, with a slow poll as the safety net."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from shared.background import cancel_all, is_set_within, keep_running
from shared.backoff import Backoff
from shared.database.errors import LOST
from shared.database.pool import connect

PING_EVERY_S: Final = 5.0
"""A connection that only listens does not notice by itself that nobody is at the other end."""
PING_S_MAX: Final = 5.0
"""How long the server may take to answer, to LISTEN too; then the connection is opened again."""


class Wakeup:
    """`await wakeup.wait(within_s)` returns at the next NOTIFY, or when the time is over.

    It listens beside whoever waits: a server that is away or frozen only means that waiting lasts the whole time. A
    connection that was lost is opened again at once, one whose server fell silent after `PING_EVERY_S` and
    `PING_S_MAX`. Notifications that arrive while nobody waits are kept as one.
    """

    def __init__(self, url: str, *channels: str, application: str) -> None:
        self._url = url
        self._channels = channels
        self._application = application
        self._event = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        name = f"{self._application} listens"
        self._tasks.append(asyncio.create_task(keep_running(name, self._keep_listening), name=name))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await cancel_all(self._tasks)

    def set(self) -> None:
        """Wake the waiter from inside this process."""
        self._event.set()

    async def wait(self, within_s: float) -> None:
        """Return at the next notification, or after `within_s` seconds."""
        await is_set_within(self._event, within_s)
        self._event.clear()

    async def _keep_listening(self) -> None:
        """Listen, and again after what may pass; everything else is our bug, which `keep_running` tells."""
        backoff = Backoff()
        while True:
            with suppress(*LOST):
                await self._listen(backoff)
            await backoff.wait()

    async def _listen(self, backoff: Backoff) -> None:
        """Listen on a connection of its own until it is lost."""
        connection = await connect(self._url, application=self._application, settings={"statement_timeout": "5000"})
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            async with asyncio.timeout(PING_S_MAX):
                for channel in self._channels:
                    await connection.add_listener(channel, lambda *_: self._event.set())
            self._event.set()  # something may have come while nobody listened
            while not await is_set_within(lost, PING_EVERY_S):
                await connection.fetchval("SELECT 1", timeout=PING_S_MAX)
                backoff.reset()
        finally:
            connection.terminate()  # without a word to a server that may not answer
