"""After the last fault: what an operator does, and waiting until nothing moves any more."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import asyncpg
import orjson
from aiokafka.errors import KafkaError

from tests.chaos.chain import CAPACITY_OF
from tests.chaos.checks.broken import Broken
from tests.chaos.checks.dead import ONLY_FOREIGN
from tests.chaos.checks.rest import RESTS, what_moves, who_waits_in_vain
from tests.chaos.log_reader import INJECTED, NEWER, RawLog
from tests.chaos.machine import Machine
from tests.chaos.tables import READERS, tables_of

WITHIN_S = 90.0
"""So long after the last fault was mended everything has come to rest."""
POLL_S = 0.15
AWAY = (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, aiohttp.ClientError)
LETTERS = "SELECT id::text, headers, reason FROM dead_letters WHERE status = 'waiting'"


@dataclass(slots=True)
class Settling:
    """Brings one machine to rest. `logs` by topic."""

    machine: Machine
    logs: Mapping[str, RawLog]
    broken: list[Broken] = field(default_factory=list)

    async def run(self, within_s: float = WITHIN_S) -> float:
        """Return after how many seconds nothing moved any more; what still does by then is broken."""
        began = time.monotonic()
        moves = ["nobody could be asked"]
        while time.monotonic() - began < within_s:
            try:
                moves = await self._look()
            except AWAY as error:
                moves = [f"nobody could be asked: {error!r}"]
            if not moves:
                return time.monotonic() - began
            if self.broken:
                break
            await asyncio.sleep(POLL_S)
        self.broken.append(Broken(RESTS, f"{time.monotonic() - began:.0f} s after the last fault: {'; '.join(moves)}"))
        return time.monotonic() - began

    async def _look(self) -> list[str]:
        ends = {topic: await log.ends() for topic, log in self.logs.items()}
        async with tables_of(self.machine.where.databases) as tables:
            for service in READERS:
                for letter_id, headers, reason in await tables.rows(service, LETTERS):
                    await self._discard(service, letter_id, orjson.loads(headers), reason)
            return await what_moves(tables, ends) or await who_waits_in_vain(tables, CAPACITY_OF)

    async def _discard(self, service: str, letter_id: str, headers: list[tuple[str, object]], reason: str) -> None:
        """What an operator does with a record that the harness wrote; nothing else may be set aside."""
        if not {INJECTED, NEWER} & {name for name, _ in headers}:
            self.broken.append(Broken(ONLY_FOREIGN, f"{service} set aside {letter_id}: {reason}"))
            return
        (url, *_) = self.machine.urls(f"/{service}/dead-letters/{letter_id}/discard")
        given = {"Authorization": f"Bearer {self.machine.tokens['operator']}"}
        async with self.machine.session.post(url, headers=given) as answer:
            if answer.status not in {200, 409, 503, 504}:
                self.broken.append(Broken(RESTS, f"discard {letter_id} at {service}: {await answer.text()}"))
