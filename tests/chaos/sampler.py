"""Looks at the databases while everything runs: what may never be so, not even for a moment."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.chaos.chain import CAPACITY_OF
from tests.chaos.checks.broken import Broken
from tests.chaos.checks.counted import nobody_is_overloaded
from tests.chaos.checks.rest import never_back
from tests.chaos.machine import Machine
from tests.chaos.settle import AWAY
from tests.chaos.tables import StepBack, tables_of

EVERY_S = 0.4


@dataclass(slots=True)
class Sampler:
    """Asks again and again; `broken` gathers what it saw."""

    machine: Machine
    broken: list[Broken] = field(default_factory=list)
    looks: int = 0
    _noted: set[StepBack] = field(default_factory=set)

    async def run(self) -> None:
        """Look until cancelled; a database that is away is looked at again later."""
        while True:
            try:
                async with asyncio.timeout(5), tables_of(self.machine.where.databases) as tables:
                    while True:
                        held, steps_back = await tables.held(), await tables.steps_back()
                        when = f"at {time.monotonic():.1f} s"
                        self.broken += nobody_is_overloaded(held, CAPACITY_OF, when)
                        self.broken += never_back([one for one in steps_back if one not in self._noted], when)
                        self._noted.update(steps_back)
                        self.looks += 1
                        await asyncio.sleep(EVERY_S)
            except AWAY:
                await asyncio.sleep(EVERY_S)
