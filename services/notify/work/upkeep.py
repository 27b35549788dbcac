"""Keeps the rows honest.

Renews this worker's leases, ends what a dead worker left, lets the past go once it has been read.
"""

import asyncio
from typing import Any
from uuid import UUID

from services.notify.handle.record import give_up_lost, release_held
from services.notify.store.claims import find_lost, free_lost, renew_leases
from services.notify.store.replays import mark_done
from services.notify.store.subscriptions import end_unsubscribed
from services.notify.work.in_hand import InHand
from services.notify.work.loop import keep_going, log
from shared.telemetry.metrics import metrics_for

ROUNDS_PER_LEASE = 3
LOST_ROWS = 200
BACKLOG = "SELECT count(*) FROM deliveries WHERE status = 'waiting' AND due_at <= (SELECT clock_timestamp())"


class Upkeep:
    """One process's loop; several processes may run it at once."""

    def __init__(
        self, *, pool: Any, in_hand: InHand, worker_id: UUID, lease_s: float, age_max_s: float, repeatable: bool
    ) -> None:
        self._pool = pool
        self._in_hand = in_hand
        self._worker_id = worker_id
        self._lease_s = lease_s
        self._age_max_s = age_max_s
        self._repeatable = repeatable

    async def run(self) -> None:
        """Work until cancelled."""

        async def one_round() -> None:
            await self.work_once()
            await asyncio.sleep(self._lease_s / ROUNDS_PER_LEASE)

        await keep_going("upkeep", one_round)

    async def work_once(self) -> None:
        """One round of everything."""
        await renew_leases(self._pool, self._in_hand.ids(), worker_id=self._worker_id, lease_s=self._lease_s)
        await self._end_lost()
        await end_unsubscribed(self._pool)
        metrics_for("notify").set("gongdan_notify_backlog_deliveries", await self._pool.fetchval(BACKLOG))

    async def _end_lost(self) -> None:
        """What nobody has in hand any more ends as unknown; what arrives once even if sent twice may be sent again."""
        lost = await find_lost(self._pool, limit=LOST_ROWS)
        if not lost:
            return
        unknown = [one for one in lost if one.channel == "email" and not self._repeatable]
        again = [one for one in lost if one not in unknown]
        log.warning("deliveries lost their worker", unknown=len(unknown), again=len(again))
        await free_lost(self._pool, again)
        if unknown:
            await give_up_lost(self._pool, unknown)

    async def run_release(self) -> None:
        """Let the past go, partition by partition, as soon as each has been read.

        Goes on slowly after that for late retries.
        """

        async def one_round() -> None:
            done = await mark_done(self._pool)
            while await release_held(self._pool, age_max_s=self._age_max_s):
                pass
            await asyncio.sleep(RELEASE_PAUSE_S if done else RELEASE_POLL_S)

        await keep_going("release", one_round)


RELEASE_POLL_S = 0.2
RELEASE_PAUSE_S = 10.0
