"""Forgetting answers whose Idempotency-Key was kept long enough."""

import asyncio

import asyncpg
import structlog

from services.routing.store.answers import SWEEP_ROWS, sweep_answers
from shared.database.errors import TRANSIENT

EVERY_S = 600.0

log = structlog.get_logger("sweep")


async def sweep_forever(pool: asyncpg.Pool) -> None:
    """Delete old answers now and then, some at a time; runs until cancelled."""
    while True:
        try:
            while await sweep_answers(pool) == SWEEP_ROWS:
                pass
        except TRANSIENT as error:
            log.warning("sweep put off", error=repr(error)[:200])
        await asyncio.sleep(EVERY_S)
