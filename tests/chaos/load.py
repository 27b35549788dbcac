"""Contacts from many connections at once, with the answer of each that got one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.door import Answer, Door

CONNECTIONS = 32


@dataclass(slots=True)
class Load:
    """Contacts to post, and the answers so far by external id."""

    bodies: Sequence[dict[str, Any]]
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """What has no answer that says it was recorded."""
        return [body for body in self.bodies if body["visit_id"] not in self.answers]

    async def post(self, door: Door, *, after_each: Callable[[], None] = lambda: None) -> None:
        """Post what has no answer yet; a connection that breaks ends its share of the work."""
        work = iter(self.unanswered)
        await asyncio.gather(*(self._share(door, work, after_each) for _ in range(CONNECTIONS)))

    async def _share(self, door: Door, work: Any, after_each: Callable[[], None]) -> None:
        for body in work:
            try:
                answer = await door.call("POST", "/intake/store/contacts", "integration", json=body)
            except (aiohttp.ClientError, OSError):
                return
            if answer.status_code in {200, 201}:
                self.answers[body["visit_id"]] = answer
            after_each()
