"""Natural batching: what waits while the last commit runs is written together by the next one.

No timer and no fixed size: an idle service writes each contact at once, a busy one what has come meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog

from services.intake.contact import Arrival
from services.intake.handle import Answer, Outcome, Taken, record_batch
from services.intake.store import Refusal
from shared.errors import Impossible, Refused, Unavailable
from shared.http.problems import is_away
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import Metrics

TRIES_MAX: Final = 3
"""Tries of a batch that the database rolled back for the sake of another transaction."""
ACQUIRE_S_MAX: Final = 5.0
RECORD_S_MAX: Final = 10.0
"""How long a batch may take, all tries together; then its callers are told that nobody knows."""
PLAN_ONCE: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Settings of the recorder's own connections, and of nobody else's. Batches of different sizes were planned anew each
time. A plan that lasts must not come from a time when the tables were small, so it may only use indexes."""
CONNECTIONS_MAX: Final = 2
"""One to write on, and one for when the server does not let go of the first."""

log = structlog.get_logger("recorder")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that arrived, and who waits for what becomes of it."""

    taken: Taken
    outcome: "asyncio.Future[Outcome]"


class Recorder:
    """Takes arrivals from requests and records them in batches; `run()` does the writing until it is cancelled.

    `pool` is its own: its connections have the settings `PLAN_ONCE`.
    """

    def __init__(
        self, *, pool: asyncpg.Pool, time_zone: str, waiting_max: int, batch_max: int, metrics: Metrics
    ) -> None:
        self._pool = pool
        self._time_zone = time_zone
        self._waiting_max = waiting_max
        self._batch_max = batch_max
        self._metrics = metrics
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()

    async def record(self, arrival: Arrival) -> Answer:
        """Record one contact. Raises `OtherBody` (409) and `Unavailable` (nothing is known to be recorded)."""
        outcome = await self._wait_for(arrival)
        if isinstance(outcome, Refused):
            self._metrics.count("gongdan_intake_refused_total", channel=arrival.channel)
            raise outcome
        assert outcome is not None  # noqa: S101 - only a refusal has no outcome
        self._metrics.count(
            "gongdan_intake_dispositions_total", channel=arrival.channel, disposition=outcome.disposition
        )
        return outcome

    async def refuse(self, refusal: Refusal) -> None:
        """Count a refused arrival in the ledger. Raises `Unavailable`: then the caller had better try again."""
        await self._wait_for(refusal)
        self._metrics.count("gongdan_intake_refused_total", channel=refusal.channel)

    async def run(self) -> None:
        """Write batches until cancelled; what still waits then is told to come again."""
        try:
            while True:
                await self._arrived.wait()
                await self._take_connection()
        finally:
            self._fail(self._waiting, Unavailable("intake is stopping; post it again"))

    async def _wait_for(self, taken: Taken) -> Outcome:
        if len(self._waiting) >= self._waiting_max:
            self._metrics.count("gongdan_http_rejected_total", reason="contacts_waiting")
            raise Unavailable(f"{self._waiting_max} contacts wait for the database already")
        waiting = Waiting(taken, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.outcome

    async def _take_connection(self) -> None:
        """Write on one connection until it fails; one batch at a time, so that the next one grows meanwhile.

        Twice as many contacts in a batch cost a sixth less each; two batches side by side would be half as large.
        """
        try:
            async with self._pool.acquire(timeout=ACQUIRE_S_MAX) as connection:
                await self._write_on(connection)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, callers must not wait for ever
            told = sorted_error(error)
            while self._waiting:  # all of them: who comes after this is for the next connection
                self._fail(self._take(), told)

    async def _write_on(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Write batch after batch, until one fails."""
        is_sound = True
        while is_sound:
            await self._arrived.wait()
            if is_lost(connection):
                return  # nobody was told anything yet: what waits is for the next connection
            batch = self._take()
            if batch:
                self._metrics.observe("gongdan_intake_batch_size_contacts", len(batch))
                is_sound = await self._write(connection, batch)

    def _take(self) -> list[Waiting]:
        """Everything that waits, up to the limit of a batch."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_max))]
        if not self._waiting:
            self._arrived.clear()
        return batch

    async def _write(self, connection: asyncpg.pool.PoolConnectionProxy, batch: Sequence[Waiting]) -> bool:
        """Write one batch and tell its callers; answers whether the connection can go on.

        A batch that the database or our code fails on is written one by one, so that only the bad one fails.
        """
        try:
            async with asyncio.timeout(RECORD_S_MAX):
                outcomes = await self._record(connection, [waiting.taken for waiting in batch])
        except asyncio.CancelledError:
            self._fail(batch, Unavailable("intake is stopping; post it again"))
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: sorted into "away" and "our bug"
            if isinstance(error, Unavailable) or is_away(error) or len(batch) == 1:
                self._fail(batch, sorted_error(error))
                return not is_away(error)
            log.warning("batch failed, one by one now", contacts=len(batch), error=failure_name(error))
            return all([await self._write(connection, [waiting]) for waiting in batch])
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not waiting.outcome.done():  # its caller may have gone away
                waiting.outcome.set_result(outcome)
        return True

    async def _record(self, connection: asyncpg.pool.PoolConnectionProxy, batch: Sequence[Taken]) -> list[Outcome]:
        for _ in range(TRIES_MAX - 1):
            with suppress(asyncpg.TransactionRollbackError):
                return await record_batch(connection, batch, time_zone=self._time_zone)
        return await record_batch(connection, batch, time_zone=self._time_zone)

    def _fail(self, batch: Sequence[Waiting], error: Exception) -> None:
        """Tell the callers of `batch` that it was not recorded, or that nobody knows."""
        for waiting in batch:
            if not waiting.outcome.done():
                waiting.outcome.set_exception(error)


def is_lost(connection: asyncpg.pool.PoolConnectionProxy) -> bool:
    """Whether the connection broke while nobody used it; the pool has taken it back then."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


def sorted_error(error: Exception) -> Exception:
    """What callers are told: away for a moment (503), or a bug of ours (500, with the error as its cause)."""
    if isinstance(error, Unavailable):
        return error  # this database must not be written (shared/log/outbox.py)
    if is_away(error):
        log.warning("the database is away", error=failure_name(error))
        return Unavailable("intake's database is away; post it again")
    told = Impossible(f"a contact could not be recorded: {type(error).__name__}")
    told.__cause__ = error
    return told
