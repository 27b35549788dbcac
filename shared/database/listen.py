"""Being woken by `NOTIFY`, with a slow poll as the safety net."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import asyncpg

from shared.background import is_set_within
from shared.database.pool import connect


class Wakeup:
    """`await wakeup.wait(within_s)` returns at the next NOTIFY, or when the time is over.

    A lost connection only means that waiting lasts the whole time; it is opened again at the next wait.
    Notifications that arrive while nobody waits are kept as one.
    """

    def __init__(self, url: str, *channels: str, application: str) -> None:
        self._url = url
        self._channels = channels
        self._application = application
        self._event = asyncio.Event()
        self._connection: asyncpg.Connection | None = None

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await self._connection.close(timeout=1)

    def set(self) -> None:
        """Wake the waiter from inside this process."""
        self._event.set()

    async def wait(self, within_s: float) -> None:
        """Return at the next notification, or after `within_s` seconds."""
        await self._listen()
        await is_set_within(self._event, within_s)
        self._event.clear()

    async def _listen(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        try:
            self._connection = await connect(
                self._url, application=self._application, settings={"statement_timeout": "5000"}
            )
            for channel in self._channels:
                await self._connection.add_listener(channel, lambda *_: self._event.set())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            self._connection = None
        else:
            self._event.set()  # something may have come while nobody listened
