"""Shows one mutant to the checkers: the program with it on fresh databases and topics, load, a fault, checks."""

from collections.abc import Callable, Mapping
from pathlib import Path

from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from tests.chaos.campaign import a_campaign
from tests.chaos.checks.broken import Broken
from tests.chaos.machine import Where, a_small_machine
from tests.chaos.mutants.mutant import Mutant
from tests.chaos.mutants.reading import REBUILT
from tests.chaos.rebuilt import difference
from tests.chaos.settle import Settling

WITHIN_S = 15.0
"""What still moves after this time, on a machine without load, is stuck."""
SEED = 11


async def show(mutant: Mutant, folder: Path, kafka: str, databases: Mapping[str, str], prefix: str) -> list[Broken]:
    """What the checkers find. `databases` are empty and migrated; topics are made under `prefix`."""
    await apply_topics(Kafka(kafka, prefix))
    where = Where(kafka, dict(databases), prefix)
    starter = ("-m", "tests.chaos.mutants", mutant.name)
    async with (
        a_small_machine(folder, where, count=mutant.count, starter=starter) as machine,
        a_campaign(machine, folder, SEED) as campaign,
    ):
        await mutant.provoke(campaign, mutant.failpoints)
        await campaign.load.pause()
        settling = Settling(machine, {"tickets": campaign.log, "policies": campaign.policies})
        await settling.run(WITHIN_S)
        broken = [*settling.broken, *campaign.sampler.broken]
        broken += await campaign.check(campaign.history.operations, whole=True)
        if mutant.reads_rebuilt and (words := await difference(machine)):
            broken.append(Broken(REBUILT, words))
        return broken


def is_caught(mutant: Mutant, broken: list[Broken], say: Callable[[str], object] = print) -> bool:
    """Whether one of the claims was found broken that this mutant breaks; says by what."""
    found = [one for one in broken if one.claim in mutant.caught_as]
    say(f"{mutant.name:20} {'caught: ' + str(found[0])[:160] if found else 'NOT CAUGHT: ' + str(broken[:3])}")
    return bool(found)
