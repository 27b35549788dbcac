"""Takes letters out: claim, commit, send, record. Nothing is locked while anything is on the network.

A crash between sending and recording leaves a claimed row; when its lease ends, `upkeep.py` says what that means.
"""

import asyncio
import random
from typing import Any
from uuid import UUID

from services.notify.handle.record import Attempt, record_letters, result_of
from services.notify.letters import Composed, MailDue, compose
from services.notify.mime import Mailbox
from services.notify.policy.retries import Retries
from services.notify.senders import LetterSender, Outcome
from services.notify.store.claims import claim_mail
from services.notify.store.policies import PolicyShelf
from services.notify.work.in_hand import InHand
from services.notify.work.loop import keep_going, to_its_end, until_done
from shared.clock import monotonic
from shared.database.listen import Wakeup
from shared.log.failpoints import failpoint
from shared.policies import Policies
from shared.telemetry.metrics import metrics_for

CHANNEL = "deliveries"
POLL_S = 0.5
"""The safety net under NOTIFY, and the grain of retries."""

LINGER_S = 0.1
"""How long a first letter waits for others: nobody notices, and one claim and one record serve many."""


class MailWorker:
    """One process's loop over letters; several processes may run it at once."""

    def __init__(
        self,
        *,
        pool: Any,
        in_hand: InHand,
        sender: LetterSender,
        origin: Mailbox,
        retries: Retries,
        worker_id: UUID,
        lease_s: float,
    ) -> None:
        self._pool = pool
        self._in_hand = in_hand
        self._sender = sender
        self._origin = origin
        self._retries = retries
        self._worker_id = worker_id
        self._lease_s = lease_s
        self._shelf = PolicyShelf()
        self._metrics = metrics_for("notify")

    async def run(self, wakeup: Wakeup) -> None:
        """Work until cancelled; `wakeup` hears of new deliveries."""

        async def one_round() -> None:
            if not await to_its_end(self.work_once()):
                await wakeup.wait(POLL_S)
                await asyncio.sleep(LINGER_S)

        await keep_going("mail", one_round)

    async def work_once(self) -> int:
        """Claim what is due, send it, record it; answers how many letters that were."""
        due, revision = await claim_mail(
            self._pool, limit=self._sender.at_once, worker_id=self._worker_id, lease_s=self._lease_s
        )
        if not due:
            return 0
        failpoint("notify.after_claim")
        began = monotonic()
        with self._in_hand.holding(one.id for one in due):
            attempts = await self._send(due, await self._shelf.at(self._pool, revision))
            failpoint("notify.after_send")
            await until_done("mail", lambda: self._record(attempts))
        failpoint("notify.after_record")
        for attempt in attempts:
            self._measure(attempt, monotonic() - began)
        return len(due)

    async def _send(self, due: list[MailDue], policies: Policies) -> list[Attempt]:
        """Write the letters and take out those that could be written."""
        composed = [compose(one, policies, sender=self._origin) for one in due]
        letters = [one.letter for one in composed if isinstance(one, Composed)]
        outcomes = iter(await self._sender.send(letters) if letters else [])
        attempts = []
        for one, written in zip(due, composed, strict=True):
            outcome: Outcome = next(outcomes) if isinstance(written, Composed) else written
            attempts.append(Attempt(one, written if isinstance(written, Composed) else None, outcome))
        return attempts

    async def _record(self, attempts: list[Attempt]) -> None:
        results = [
            result_of(
                attempt.due,
                attempt.outcome,
                written=attempt.composed,
                worker_id=self._worker_id,
                retries=self._retries,
                chance=random.random(),  # noqa: S311 - jitter, not a secret
            )
            for attempt in attempts
        ]
        await record_letters(self._pool, attempts, results)

    def _measure(self, attempt: Attempt, seconds: float) -> None:
        outcome = type(attempt.outcome).__name__.lower()
        self._metrics.count("gongdan_notify_deliveries_total", channel="email", outcome=outcome)
        self._metrics.observe("gongdan_notify_delivery_duration_seconds", seconds, channel="email")
