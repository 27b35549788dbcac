"""Posts events to subscribers.

Each subscriber has a task of its own while something is due, so that a stuck one holds nobody up.

What was posted and not recorded before a crash is posted again when its lease ends: the subscriber knows it by its
`webhook-id`.
"""

import asyncio
import random
from typing import Any
from uuid import UUID

from services.notify.handle.record import record_webhooks, result_of
from services.notify.policy.retries import Retries, retry_delay_s
from services.notify.senders import Later, Outcome
from services.notify.senders.webhook import Call, WebhookSender
from services.notify.store.claims import WebhookDue, claim_webhooks
from services.notify.store.outcomes import Result
from services.notify.store.subscriptions import Target, find_due_targets
from services.notify.work.in_hand import InHand
from services.notify.work.loop import keep_going, log, until_done
from shared.clock import monotonic
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.log.failpoints import failpoint
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import metrics_for

POLL_S = 0.5
SUBSCRIBERS_MAX = 200
"""Subscribers that are posted to at the same time; those that fail pause, so that everybody gets their turn."""
AT_ONCE = 8
"""Posts to one subscriber at the same time."""
PAUSE_S_MAX = 60.0
"""How long a subscriber that fails again and again is left alone, whatever its deliveries' own due times are."""


class WebhookWorker:
    """One process's loop over subscribers; several processes may run it at once."""

    def __init__(
        self, *, pool: Any, in_hand: InHand, sender: WebhookSender, retries: Retries, worker_id: UUID, lease_s: float
    ) -> None:
        self._pool = pool
        self._in_hand = in_hand
        self._sender = sender
        self._retries = retries
        self._worker_id = worker_id
        self._lease_s = lease_s
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._metrics = metrics_for("notify")

    async def run(self, wakeup: Wakeup) -> None:
        """Work until cancelled; `wakeup` hears of new deliveries."""

        async def one_round() -> None:
            await self.start_due()
            await wakeup.wait(POLL_S)

        try:
            await keep_going("webhooks", one_round)
        finally:
            await self.stop()

    async def start_due(self) -> None:
        """Give each subscriber with something due a task, unless it has one."""
        for target in await find_due_targets(self._pool):
            if target.id not in self._tasks and len(self._tasks) < SUBSCRIBERS_MAX:
                self._tasks[target.id] = asyncio.create_task(self._serve(target), name=f"webhooks to {target.id}")

    async def stop(self) -> None:
        """End all tasks; what they were posting is posted again later."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, target: Target) -> None:
        """Post to one subscriber until nothing is due, or it fails."""
        try:
            failures = target.failures
            while not failures or failures == target.failures:
                done, failures = await self.work_once(target, failures)
                if not done:
                    return
        except TRANSIENT as error:
            log.warning("notify waits", loop="webhooks", subscription=str(target.id), error=failure_name(error))
        except Exception:  # noqa: BLE001 - the boundary that sorts: a bug with one subscriber's deliveries holds up nobody else
            log.exception("notify's loop failed", loop="webhooks", subscription=str(target.id))
        finally:
            del self._tasks[target.id]

    async def work_once(self, target: Target, failures: int) -> tuple[int, int]:
        """Claim what is due to one subscriber, post it, record it; answers how many, and its failures in a row."""
        due = await claim_webhooks(
            self._pool, target.id, limit=AT_ONCE, worker_id=self._worker_id, lease_s=self._lease_s
        )
        if not due:
            return 0, failures
        failpoint("notify.after_webhook_claim")
        began = monotonic()
        with self._in_hand.holding(one.id for one in due):
            outcomes = await asyncio.gather(*(self._sender.send(call_of(one, target)) for one in due))
            failpoint("notify.after_webhook_send")
            failed = all(isinstance(outcome, Later) for outcome in outcomes)
            failures = failures + 1 if failed else 0
            await until_done("webhooks", lambda: self._record(target, due, outcomes, failures=failures))
        for outcome in outcomes:
            self._measure(outcome, monotonic() - began)
        return len(due), failures

    async def _record(self, target: Target, due: list[WebhookDue], outcomes: list[Outcome], *, failures: int) -> None:
        chance = random.random()  # noqa: S311 - jitter, not a secret
        results: list[Result] = [
            result_of(one, outcome, worker_id=self._worker_id, retries=self._retries, chance=chance)
            for one, outcome in zip(due, outcomes, strict=True)
        ]
        pause_s = min(PAUSE_S_MAX, retry_delay_s(self._retries, attempts=max(failures, 1), chance=chance))
        await record_webhooks(self._pool, target.id, results, failed=failures > 0, pause_s=pause_s)

    def _measure(self, outcome: Outcome, seconds: float) -> None:
        name = type(outcome).__name__.lower()
        self._metrics.count("gongdan_notify_deliveries_total", channel="webhook", outcome=name)
        self._metrics.observe("gongdan_notify_delivery_duration_seconds", seconds, channel="webhook")


def call_of(due: WebhookDue, target: Target) -> Call:
    """One event on its way to one subscriber."""
    return Call(
        url=target.url,
        secret=target.secret,
        event_id=due.event_id,
        delivery_id=due.id,
        sequence=due.event_sequence,
        body=due.body,
        at=due.claimed_at,
    )
