"""`gongdan rebuild intake`: contacts, tickets and numbers from the log, beside the live ones; compared, exchanged.

The log has what was recorded: every opened ticket and every follow-up. It does not have duplicates and refusals: their
lines in the ledger stay as they are. The directory is no history either: import it again.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from services.intake.rebuild.beside import Beside
from services.intake.settings import Settings
from services.intake.tables import (
    COMPARE,
    END_BESIDE,
    EXCHANGE,
    INDEX_BESIDE,
    KEEP_CONTACTS,
    KEEP_SEQUENCES,
    KEEP_TICKETS,
    LOCK,
    NEEDED,
    NOT_IN_LOG,
)
from shared import clock
from shared.database.pool import connect
from shared.errors import Impossible, Unavailable
from shared.log.kafka import Kafka
from shared.log.outbox import TICKETS
from shared.log.replay import read_settled

OUTBOX_WAIT_S_MAX: Final = 30.0
LOCK_TIMEOUT: Final = "10s"
"""Whoever writes contacts waits behind a lock that is waited for."""
IDLE_MS_MAX: Final = 120_000
"""So long Kafka may be waited for inside the transaction that holds the lock: a frozen rebuild loses it then."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild found and did."""

    contacts: int
    tickets: int
    not_in_database: int
    """Contacts of the log that the live tables did not have."""
    different: int
    """Rows that were not as the log says."""
    behind_stopped: int
    """Contacts whose ticket stopped before them, for a person to settle: they were taken from the log all the same."""
    set_aside: int
    """Contacts whose fact does not count or cannot be read (see `fold.py`): their rows were left as they are."""
    exchanged: bool
    note: str = "duplicates and refusals are not in the log; their ledger lines were left as they are"


async def rebuild(settings: Settings) -> Report:
    """Rebuild and exchange where anything differs. Intake may run meanwhile; its writers wait during the last step.

    Raises Unavailable when the outbox does not empty (the relay must run), when Kafka stops answering, or when a person
    settles a record meanwhile; and Impossible when the database has contacts that the log does not, or the log has
    facts that this program cannot take in. Nothing is exchanged then.
    """
    kafka = Kafka(settings.kafka, settings.topic_prefix)
    connection = await connect(
        settings.database_url("intake"),
        application="intake-rebuild",
        settings={"statement_timeout": "0", "idle_in_transaction_session_timeout": str(IDLE_MS_MAX)},
    )
    try:
        consumer = kafka.consumer()
        await consumer.start()
        try:
            return await rebuild_with(connection, Beside(connection, consumer, kafka, await read_settled(connection)))
        finally:
            await consumer.stop()
    finally:
        await connection.close()


async def rebuild_with(connection: Any, beside: Beside) -> Report:
    """The rebuild itself: all partitions beside, then what came meanwhile under the lock."""
    await beside.begin()
    await beside.advance()
    for statement in INDEX_BESIDE:
        await connection.execute(statement)
    until_s = clock.monotonic() + OUTBOX_WAIT_S_MAX
    while True:
        await beside.advance()  # without the lock, so that little is left to read with it
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(LOCK)
            if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM outbox WHERE topic = $1)", TICKETS):
                return await finish(connection, beside)
        if clock.monotonic() > until_s:
            raise Unavailable("intake's outbox does not empty: start intake, so that its relay runs, and try again")
        await asyncio.sleep(0.2)


async def finish(connection: Any, beside: Beside) -> Report:
    """Fold the rest, compare, and exchange where something differs; inside the transaction that holds the lock."""
    await beside.advance()
    if await read_settled(connection) != beside.settled:
        raise Unavailable("a dead letter was settled while the log was read: try again")
    set_aside = await keep_aside(connection)
    found = await connection.fetchrow(COMPARE)
    if found["not_in_log"]:
        examples = [f"{row['channel']}/{row['external_id']}" for row in await connection.fetch(NOT_IN_LOG)]
        raise Impossible(f"{found['not_in_log']} contacts are not in the log, such as {', '.join(examples)}")
    is_other = bool(found["not_in_database"] or found["different"])
    for statement in EXCHANGE if is_other else ():
        await connection.execute(statement)
    await connection.execute(END_BESIDE)
    await connection.execute("UPDATE log_database SET halted = NULL")  # it holds all that the log does now
    return Report(
        contacts=found["contacts"],
        tickets=found["tickets"],
        not_in_database=found["not_in_database"],
        different=found["different"],
        behind_stopped=beside.behind_stopped,
        set_aside=set_aside,
        exchanged=is_other,
    )


async def keep_aside(connection: Any) -> int:
    """Take over the live rows whose facts are no contacts; answers how many.

    Raises Impossible for a fact that counts, that this program cannot take in, and that the live tables do not have.
    """
    for statement in (KEEP_TICKETS, KEEP_SEQUENCES):
        await connection.execute(statement)
    kept: int = await connection.fetchval(KEEP_CONTACTS)
    needed = await connection.fetch(NEEDED)
    if needed:
        reasons = "; ".join(row["reason"] for row in needed)
        raise Impossible(f"{needed[0]['n']} facts of intake's own cannot be taken in: {reasons}")
    return kept
