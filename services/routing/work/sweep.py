"""Forgetting answers whose Idempotency-Key was kept long enough, and measuring what waits."""

import asyncio

import asyncpg

from services.routing.store.answers import SWEEP_ROWS, sweep_answers
from services.routing.store.crews import count_waiting
from shared.telemetry.metrics import metrics_for

SWEEP_EVERY_S = 600.0
MEASURE_EVERY_S = 5.0


async def sweep_forever(pool: asyncpg.Pool) -> None:
    """Delete old answers now and then, some at a time; runs until cancelled."""
    while True:
        while await sweep_answers(pool) == SWEEP_ROWS:
            pass
        await asyncio.sleep(SWEEP_EVERY_S)


async def measure_forever(pool: asyncpg.Pool) -> None:
    """Show how many tickets wait; runs until cancelled."""
    while True:
        metrics_for("routing").set("gongdan_routing_waiting_tickets", await count_waiting(pool))
        await asyncio.sleep(MEASURE_EVERY_S)
