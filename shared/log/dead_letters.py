"""Dead letters: what a reader set aside, for a person (or a newer program) to settle.

`retry` applies the record and everything parked behind it in one transaction; `discard` lets its ticket go on
without it, in rebuilds too. Both hold the positions of the partition, so the reader waits meanwhile and log order is
kept.
"""

import asyncio
import codecs
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.pool import Connection
from shared.errors import Refused, Unavailable
from shared.log.progress import stored_record
from shared.log.reader import Reader
from shared.log.record import Record
from shared.telemetry.failures import failure_name

LIST_MAX = 1_000
LISTED_BYTES_MAX = 8 * 1024
"""So much of key, headers and value stands in a list; `get` has all of it."""
RETRY_TIMEOUT_MS = 60_000
WAITS: tuple[type[BaseException], ...] = (Refused, Unavailable, *TRANSIENT)
"""Why a letter goes on waiting, other than that our code fails on it."""
SHOWN = """
    SELECT d.id, d.topic, d.partition, d."offset", d.kind, d.reason, d.subject, d.status, d.died_at, d.settled_at,
           d.settled_by, substring(d.key FROM 1 FOR $1) AS key, substring(d.value FROM 1 FOR $1) AS value,
           CASE WHEN octet_length(d.headers) <= $1 THEN d.headers END AS headers,
           greatest(octet_length(d.key), octet_length(d.headers), octet_length(d.value)) > $1 AS is_cut,
           (SELECT count(*) FROM parked AS p WHERE p.topic = d.topic AND p.subject = d.subject) AS parked
    FROM dead_letters AS d
"""

log = structlog.get_logger("dead letters")


class DeadLetters:
    """The dead letters of one service's database. `readers` by topic: they apply what is retried."""

    def __init__(self, pool: asyncpg.Pool, readers: Mapping[str, Reader]) -> None:
        self._pool = pool
        self._readers = readers

    async def list(self, *, status: str | None = "waiting", limit: int = 100) -> list[dict[str, Any]]:
        """The newest letters first, as shown to a person; large ones cut (`is_cut`)."""
        rows = await self._pool.fetch(
            f"{SHOWN} WHERE $2::text IS NULL OR status = $2 ORDER BY died_at DESC, id LIMIT $3",
            LISTED_BYTES_MAX,
            status,
            min(limit, LIST_MAX),
        )
        return [shown(row) for row in rows]

    async def get(self, letter_id: UUID) -> dict[str, Any]:
        """One letter, whole. Raises Refused (404) for an unknown one."""
        row = await self._pool.fetchrow(f"{SHOWN} WHERE d.id = $2", 1 << 30, letter_id)
        if row is None:
            raise no_such(letter_id)
        return shown(row)

    async def retry(self, letter_id: UUID, *, by: str) -> dict[str, Any]:
        """Apply the record again, and what was parked behind it; answers what became of them.

        Raises Refused: 404 for an unknown letter, 409 for one that is settled, or that still cannot be read.
        """
        async with self._settling(letter_id) as connection:
            letter = await self._lock(connection, letter_id)
            await connection.execute("UPDATE dead_letters SET status = 'applied' WHERE id = $1", letter_id)
            applied = await self._release(connection, letter, [stored_record(letter)])
            if letter["subject"] is None and not applied:
                raise Refused(409, "Still unreadable", f"{letter['reason']}")
            return await self._settle(connection, letter_id, "applied", by, applied)

    async def discard(self, letter_id: UUID, *, by: str) -> dict[str, Any]:
        """Let the ticket go on without the record, for good; the letter stays listed as discarded."""
        async with self._settling(letter_id) as connection:
            letter = await self._lock(connection, letter_id)
            await connection.execute("UPDATE dead_letters SET status = 'discarded' WHERE id = $1", letter_id)
            records = [stored_record(letter)] if letter["subject"] is not None else []
            applied = await self._release(connection, letter, records)
            return await self._settle(connection, letter_id, "discarded", by, applied)

    @asynccontextmanager
    async def _settling(self, letter_id: UUID) -> AsyncIterator[Connection]:
        """A transaction for one letter; what failed in it is logged behind it, when it holds nothing up any more."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                yield connection
        except Refused as refused:
            if refused.__cause__ is not None:
                log.exception("letter fails again", letter=str(letter_id), exc_info=refused.__cause__)
            raise

    @asynccontextmanager
    async def retrying_newer(self) -> AsyncIterator[None]:
        """Try again beside the body, once, what was newer than the program before: nothing waits for it."""
        trying = asyncio.create_task(self._until_retried(), name="retry newer")
        try:
            yield
        finally:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)

    async def _until_retried(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self.retry_newer()
            except WAITS as error:
                log.info("letters go on waiting", error=failure_name(error))
                await backoff.wait()
            else:
                return

    async def retry_newer(self) -> int:
        """Try again what was newer than the program before; answers how many letters were settled."""
        letters = await self._pool.fetch(
            """SELECT id FROM dead_letters WHERE status = 'waiting' AND kind = 'newer' ORDER BY topic, partition,
            "offset" """
        )
        settled = 0
        for letter in letters:
            try:
                await self.retry(letter["id"], by="system:start")
                settled += 1
            except WAITS as error:  # still newer than this program, or no time for it now
                log.info("letter goes on waiting", letter=str(letter["id"]), error=failure_name(error))
        return settled

    async def _lock(self, connection: Connection, letter_id: UUID) -> Any:
        """The letter, its partition's position locked against the reader."""
        letter = await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1", letter_id)
        if letter is None:
            raise no_such(letter_id)
        await connection.execute(f"SET LOCAL statement_timeout = {RETRY_TIMEOUT_MS}")
        await connection.execute(
            "SELECT 1 FROM log_positions WHERE topic = $1 AND partition = $2 FOR UPDATE",
            letter["topic"],
            letter["partition"],
        )
        status = await connection.fetchval("SELECT status FROM dead_letters WHERE id = $1 FOR UPDATE", letter_id)
        if status != "waiting":
            raise Refused(409, "Already settled", f"dead letter {letter_id} is {status}")
        return letter

    async def _release(self, connection: Connection, letter: Any, records: Sequence[Record]) -> int:
        """Apply `records` and what is parked of their subject, in log order; answers how many took effect.

        Raises Refused (409) when the same record would stop the subject again, or our code still fails on one of them.
        """
        reader = self._readers[letter["topic"]]
        parked = await connection.fetch(
            """DELETE FROM parked WHERE topic = $1 AND subject = $2 RETURNING *""", letter["topic"], letter["subject"]
        )
        behind = sorted((stored_record(row) for row in parked), key=lambda record: (record.partition, record.offset))
        try:
            out = await reader.release(connection, [*records, *behind], letter["subject"])
        except WAITS:
            raise
        except Exception as error:
            raise Refused(409, "Still unreadable", f"our code fails on it: {failure_name(error)}") from error
        again = {(dead.record.topic, dead.record.partition, dead.record.offset): dead.reason for dead in out.dead}
        reason = again.get((letter["topic"], letter["partition"], letter["offset"]))
        if reason is not None:
            raise Refused(409, "Still unreadable", reason)
        return len(out.admitted)

    async def _settle(
        self, connection: Connection, letter_id: UUID, status: str, by: str, applied: int
    ) -> dict[str, Any]:
        """Note who settled it."""
        row = await connection.fetchrow(
            """
            UPDATE dead_letters SET settled_at = gongdan_now(), settled_by = $2 WHERE id = $1
            RETURNING *, 0 AS parked, false AS is_cut
            """,
            letter_id,
            by,
        )
        return shown(row) | {"status": status, "applied": applied}


def shown(row: Any) -> dict[str, Any]:
    """A letter as JSON; key, headers and value as text where they are text, else as hex."""
    return {
        "id": str(row["id"]),
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "kind": row["kind"],
        "reason": row["reason"],
        "subject": row["subject"],
        "status": row["status"],
        "parked": row["parked"],
        "died_at": row["died_at"],
        "settled_at": row["settled_at"],
        "settled_by": row["settled_by"],
        "key": text_of(row["key"], is_cut=row["is_cut"]),
        "headers": None if row["headers"] is None else orjson.loads(row["headers"]),
        "value": text_of(row["value"], is_cut=row["is_cut"]),
        "is_cut": row["is_cut"],
    }


def text_of(stored: bytes | None, *, is_cut: bool) -> str | None:
    """Bytes for a person: as text where they are UTF-8, else as hex; the stored bytes are what counts."""
    if stored is None:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(stored, final=not is_cut)
    except UnicodeDecodeError:
        return stored.hex()


def no_such(letter_id: UUID) -> Refused:
    """What is said of a letter that is not there."""
    return Refused(404, "No such dead letter", f"there is no dead letter {letter_id}")
