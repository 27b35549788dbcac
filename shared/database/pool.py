"""Connection pools with the same explicit settings everywhere."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import asyncpg
import orjson

from shared import clock
from shared.backoff import Backoff

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"
"""A connection of our own, or one that a pool lends."""

STATEMENT_TIMEOUT_MS = 30_000
"""No statement of a service runs longer; loads and rebuilds set their own."""
IDLE_IN_TRANSACTION_TIMEOUT_MS = 2_000
"""A process that is frozen inside a transaction loses its rows to the living after this time."""
CONNECT_TIMEOUT_S = 5.0
START_S_MAX = 60.0
"""How long a service that starts waits for its database: after a power cut everything comes up at once."""
COMMAND_TIMEOUT_S = 35.0
"""How long a client waits for one statement, a broken network included; a session with a limit of its own in the
server waits as much longer than that, and one without a limit for ever."""
CANCEL_S_MAX = 1.0
"""How long a server may take to confirm that a statement which nobody waits for any more has ended."""

NOT_YET = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""What a server says that is away, or still starting."""

JSONB_FORMAT = b"\x01"
"""The version byte that PostgreSQL puts before a binary jsonb."""


class Session(asyncpg.Connection):
    """A connection that is cut when the server does not even answer a cancellation.

    asyncpg cancels a statement whose caller gave up, and whoever lets the connection go waits until the server confirms
    it: with a frozen server that took as long again as the statement itself, so that a request over its time hung on.
    """

    def _cancel_current_command(self, *waiters: Any) -> None:
        super()._cancel_current_command(*waiters)  # type: ignore[misc]  # private: a test on a frozen server guards it
        asyncio.get_running_loop().call_later(CANCEL_S_MAX, self._cut_if_cancelling)

    def _cut_if_cancelling(self) -> None:
        if not self.is_closed() and self._protocol._is_cancelling():  # type: ignore[attr-defined]  # noqa: SLF001 - as above
            self.terminate()


async def open_pool(
    url: str,
    *,
    application: str,
    size_min: int = 2,
    size_max: int = 10,
    setup: Callable[[asyncpg.Connection], Any] | None = None,
    settings: dict[str, str] | None = None,
    within_s: float = 0.0,
) -> asyncpg.Pool:
    """A pool on `url` whose connections speak JSON, follow the clock offset and give rows up when frozen.

    `setup` is awaited for each new connection; `settings` adds or replaces server settings (milliseconds for timeouts).
    `within_s`: tries again for so long while the server is away or starting. Raises OSError or asyncpg.PostgresError
    after that.
    """

    async def prepare(connection: asyncpg.Connection) -> None:
        await speak_json(connection)
        if setup is not None:
            await setup(connection)

    backoff, until = Backoff(), clock.monotonic() + within_s
    while True:
        try:
            return await asyncpg.create_pool(
                url,
                min_size=size_min,
                max_size=size_max,
                connection_class=Session,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=command_timeout_s(settings or {}),
                init=prepare,
                reset=keep_session,
                server_settings=server_settings(application) | (settings or {}),
            )
        except NOT_YET:
            if clock.monotonic() > until:
                raise
        await backoff.wait()


async def keep_session(connection: asyncpg.Connection) -> None:
    """What a pool does with a connection that comes back, after an open transaction was rolled back: nothing.

    asyncpg's own statement (let locks go, reset settings) costs a round trip for each use. Nobody changes a session of
    the pool: what is set for longer than a transaction is set for the whole pool (`settings` of `open_pool`), the rest
    is `SET LOCAL`; locks end with their transaction, and LISTEN has connections of its own.
    """


async def connect(url: str, *, application: str, settings: dict[str, str] | None = None) -> asyncpg.Connection:
    """One connection of its own (locks, LISTEN, loads), with the settings and the limits of the pools."""
    connection: asyncpg.Connection = await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=command_timeout_s(settings or {}),
        connection_class=Session,
        server_settings=server_settings(application) | (settings or {}),
    )
    await speak_json(connection)
    return connection


def command_timeout_s(settings: Mapping[str, str]) -> float | None:
    """How long a client with these settings waits for one statement; None: for ever, as the server does."""
    limit_ms = int(settings.get("statement_timeout", STATEMENT_TIMEOUT_MS))
    return COMMAND_TIMEOUT_S + (limit_ms - STATEMENT_TIMEOUT_MS) / 1000 if limit_ms else None


def server_settings(application: str) -> dict[str, str]:
    """What every session sets, each for its reason."""
    return {
        "application_name": f"gongdan-{application}",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        "jit": "off",  # short statements: compiling costs more than it saves
        "timezone": "UTC",
        "gongdan.clock_offset_s": str(clock.CLOCK_OFFSET_S),
    }


async def speak_json(connection: asyncpg.Connection) -> None:
    """Let jsonb columns be Python values on this connection; the server is not asked."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: JSONB_FORMAT + orjson.dumps(value),
        decoder=lambda stored: orjson.loads(stored[1:]),
    )
