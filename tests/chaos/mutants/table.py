"""All mutants by name."""

from tests.chaos.mutants import provoke, reading, writing
from tests.chaos.mutants.mutant import Mutant

NOTHING_WRONG = Mutant(
    name="none",
    law="all",
    does="nothing is wrong: the same load and the same kill must break no claim",
    caught_as=frozenset(),
    patch=lambda: None,
    provoke=provoke.kill_at,
    failpoints="relay.after_produce=kill:8",
    reads_rebuilt=True,
)
MUTANTS = {mutant.name: mutant for module in (writing, reading) for mutant in module.MUTANTS}
