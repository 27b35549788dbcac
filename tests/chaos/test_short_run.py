"""A short run of the machine that breaks things, with a seed of its own: the laws hold, and live equals rebuilt.

`make chaos ROUNDS=100 SEED=7` is the long one. A failure here names its seed and its script; the folder that it prints
holds what every client was told, the whole log, and what each process said.
"""

import time
from itertools import islice
from pathlib import Path

import pytest

from tests.chaos.campaign import a_campaign
from tests.chaos.machine import a_machine
from tests.chaos.rebuilt import difference
from tests.chaos.rounds import plan
from tests.support.servers import temporary_home

SEED = 4
FAULTS = ("kill-at", "freeze", "kill-postgres", "stop-kafka", "foreign-records", "kill", "lossy-link")
ROUNDS_MAX = 7
ROUNDS_S_MAX = 45.0
"""No further round begins after this time: the script is the seed's, how much of it is played is the machine's."""
ROUNDS_MIN = 2


@pytest.mark.timeout(400)
async def test_the_laws_hold_while_the_machine_is_broken() -> None:
    with temporary_home() as home:
        folder: Path = home.parent
        async with a_machine(folder) as machine:
            await machine.start()
            async with a_campaign(machine, folder, SEED) as campaign:
                began = time.monotonic()
                for script in islice(plan(SEED, FAULTS), ROUNDS_MAX):
                    if script.number > ROUNDS_MIN and time.monotonic() - began > ROUNDS_S_MAX:
                        break
                    outcome = await campaign.play(script)
                    assert not outcome.broken, f"seed {SEED}, {script}: {[str(one) for one in outcome.broken[:10]]}"
                assert campaign.index.by_type["ticket.assigned"]
                assert campaign.sampler.looks
                assert await difference(machine) is None
