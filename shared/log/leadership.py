"""One leader per database: an advisory lock in a session of its own.

The session is for the lock alone: with lock, LISTEN and reads in one session a frozen leader held the lock for more
than 9.8 s. The server ends a session that says nothing for 1.5 s; the leader pings every 0.4 s, and steps down when
a ping fails.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from shared.database.pool import connect
from shared.telemetry.failures import failure_name

PING_EVERY_S = 0.4
PING_TIMEOUT_S = 1.0
SESSION_TIMEOUT_MS = 1_500
LOCK_KEYS = {"intake": 1, "routing": 2, "notify": 3, "projection": 4}
LOCK_SPACE = 0x676F
"""First half of the advisory lock's key; the second names the service (a database per service: it only guards
against a wrong URL)."""


class LeadershipLost(Exception):  # noqa: N818 - an event, not an error
    """The lock's session ended; somebody else may lead already."""


@asynccontextmanager
async def hold_leadership(url: str, service: str) -> AsyncIterator[None]:
    """Wait until this process leads, then run the body; cancels it with LeadershipLost when the lock's session fails.

    Raises what the database raises when it is away.
    """
    connection = await connect(
        url,
        application=f"{service}-relay-leader",
        settings={"idle_session_timeout": str(SESSION_TIMEOUT_MS), "statement_timeout": "1000"},
    )
    try:
        lock = "SELECT pg_try_advisory_lock($1, $2)"
        while not await connection.fetchval(lock, LOCK_SPACE, LOCK_KEYS[service]):  # noqa: ASYNC110 - held by a process
            await asyncio.sleep(PING_EVERY_S)
        async with cancelled_when_lost(connection):
            yield
    finally:
        connection.terminate()  # at once: a ping may have been cut off in the middle, and the session is a lock only


@asynccontextmanager
async def cancelled_when_lost(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Ping beside the body; the body is cancelled at the first ping that fails."""
    body = asyncio.current_task()
    lost: list[BaseException] = []

    async def ping() -> None:
        try:
            while True:
                await asyncio.sleep(PING_EVERY_S)
                await connection.fetchval("SELECT 1", timeout=PING_TIMEOUT_S)
        except Exception as error:  # noqa: BLE001 - whatever the session says when it is not what it was
            lost.append(error)
            if body is not None:
                body.cancel()

    pinging = asyncio.create_task(ping(), name="relay-leader-ping")
    try:
        yield
    finally:
        pinging.cancel()
        await asyncio.wait([pinging])  # which lets a cancellation of our own through
        # Also when something in the body swallowed it and it ended otherwise: who seems cancelled is not started again.
        if lost and body is not None and body.uncancel() == 0:
            raise LeadershipLost(failure_name(lost[0]))
