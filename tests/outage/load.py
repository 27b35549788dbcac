"""Contacts at a steady pace, repeated under the same id until they have an answer; a part of them follows up."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from shared.clock import monotonic
from shared.ids import random_id

TICK_S = 0.02
AGAIN_S = 0.3
ANSWER_S_MAX = 40
FOLLOW_UPS = 0.2
"""The share of contacts that name a ticket which was answered before."""


@dataclass(slots=True)
class Load:
    """What was posted and answered. `order`: by ticket, the external ids in the order of their answers."""

    url: str
    shown: str
    chance: random.Random
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    order: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)

    async def offer(self, per_s: float, until: asyncio.Event) -> None:
        """Post at this pace until it is over, and then until everybody has an answer."""
        began, sent = monotonic(), 0
        timeout = aiohttp.ClientTimeout(total=ANSWER_S_MAX)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session,
            asyncio.TaskGroup() as callers,
        ):
            while not until.is_set():
                for _ in range(int((monotonic() - began) * per_s) - sent):
                    callers.create_task(self._tell(session))
                    sent += 1
                await asyncio.sleep(TICK_S)

    async def _tell(self, session: aiohttp.ClientSession) -> None:
        """One contact until it is recorded; one that follows up has its ticket for itself meanwhile."""
        body: dict[str, Any] = {
            "visit_id": str(random_id()),
            "store_id": "hz-wulin",
            "clerk": "小陈",
            "customer": {"name": "王芳"},
            "description": "杯子漏水",
        }
        named = self._choose()
        if named is not None:
            self.busy.add(named)
            body["ticket_number"] = self.numbers[named]
        began = monotonic()
        answer = await self._until_answered(session, body)
        self.waits_s.append(monotonic() - began)
        ticket = answer["ticket_id"]
        self.order.setdefault(ticket, []).append(body["visit_id"])
        self.numbers.setdefault(ticket, answer["ticket_number"])
        self.busy.discard(named or "")

    def _choose(self) -> str | None:
        if not self.numbers or self.chance.random() > FOLLOW_UPS:
            return None
        chosen = self.chance.choice(list(self.numbers)[-200:])
        return None if chosen in self.busy else chosen

    async def _until_answered(self, session: aiohttp.ClientSession, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.shown}"}
        while True:
            try:
                async with session.post(f"{self.url}/intake/store/contacts", json=body, headers=headers) as answer:
                    document: dict[str, Any] = await answer.json(content_type=None)
                    self.statuses[answer.status] += 1
                    if answer.status in {200, 201}:
                        return document
            except (aiohttp.ClientError, TimeoutError):
                self.broken += 1
            await asyncio.sleep(AGAIN_S)
