"""What stands before several processes of intake, and callers that post contacts through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from shared.clock import monotonic
from tests.e2e.stores import a_visit
from tests.support.eventually import eventually

CALLERS = 8
LOOK_EVERY_S = 0.3
BETWEEN = 60
"""Contacts recorded between two steps of a deploy."""


@dataclass(slots=True)
class Balancer:
    """What stands before the processes: sends each request to the next one that says it is ready."""

    session: aiohttp.ClientSession
    shown: str
    urls: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    """Until each answer, in the order of the answers."""
    lost: list[str] = field(default_factory=list)
    is_over: bool = False
    tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    async def look(self) -> None:
        """Ask everybody, again and again."""
        while not self.is_over:
            self.ready = [url for url in list(self.urls) if await self._is_ready(url)]
            await asyncio.sleep(LOOK_EVERY_S)

    async def _is_ready(self, url: str) -> bool:
        try:
            async with self.session.get(f"{url}/intake/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def call(self) -> None:
        """Post contacts, one after the other."""
        turn = 0
        while not self.is_over:
            await eventually(lambda: self.ready, within_s=20)
            turn += 1
            url = self.ready[turn % len(self.ready)]
            headers = {"authorization": f"Bearer {self.shown}"}
            began = monotonic()
            try:
                async with self.session.post(
                    f"{url}/intake/store/contacts", json=a_visit("hz-wulin"), headers=headers
                ) as answer:
                    await answer.read()
                    self.statuses.append(answer.status)
                    self.waits_s.append(monotonic() - began)
            except aiohttp.ClientError as error:
                self.lost.append(repr(error))

    async def stop(self) -> None:
        """Let every caller have the answer it waits for, and then be still."""
        self.is_over = True
        await asyncio.gather(*self.tasks)

    async def some_more(self) -> None:
        """Wait until some more contacts were answered."""
        wanted = len(self.statuses) + BETWEEN
        await eventually(lambda: len(self.statuses) >= wanted, within_s=60)


@asynccontextmanager
async def balancing(shown: str) -> AsyncIterator[Balancer]:
    """A balancer with its callers, until the block ends; its `urls` are the caller's to fill."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        balancer = Balancer(session, shown)
        balancer.tasks = [asyncio.create_task(work()) for work in (balancer.look, *[balancer.call] * CALLERS)]
        try:
            yield balancer
        finally:
            await balancer.stop()
