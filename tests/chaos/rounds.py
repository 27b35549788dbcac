"""Which faults a run's rounds have: drawn from its seed, so the same seed gives the same script again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.faults import FAULTS
from tests.chaos.faults.fault import Fault

PAIRED = 0.5
"""So many of the rounds have two faults."""
BEFORE_S = (0.5, 1.5)
"""How long the load runs before the first one."""
BETWEEN_S = (0.0, 1.5)


@dataclass(frozen=True, slots=True)
class Step:
    """One fault of a round: after how long, on what, for how long, with which chance of its own."""

    fault: str
    target: str
    after_s: float
    hold_s: float
    seed: int

    def __str__(self) -> str:
        return f"after {self.after_s:.2f} s {self.fault} ({self.target}) for {self.hold_s:.2f} s"


@dataclass(frozen=True, slots=True)
class Round:
    """One round's script."""

    number: int
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"round {self.number}: " + "; ".join(map(str, self.steps))


def plan(seed: int, names: Sequence[str] = ()) -> Iterator[Round]:
    """The rounds of a run, without end. `names`: only these faults (all, when there are none)."""
    chance = random.Random(seed)
    chosen = [FAULTS[name] for name in names or FAULTS]
    bag: list[Fault] = []
    number = 0
    while True:
        number += 1
        if not bag:  # each fault once before any comes again
            bag = chance.sample(chosen, len(chosen))
        first = bag.pop()
        beside = [fault for fault in chosen if fault is not first and first.can_be_beside(fault)]
        faults = [first]
        if beside and chance.random() < PAIRED:
            faults.append(chance.choice(beside))
        yield Round(number, tuple(step(fault, chance, is_first=fault is first) for fault in faults))


def step(fault: Fault, chance: random.Random, *, is_first: bool) -> Step:
    """The details of one fault."""
    after_s = chance.uniform(*(BEFORE_S if is_first else BETWEEN_S))
    return Step(
        fault.name, chance.choice(fault.targets), after_s, chance.uniform(*fault.hold_s), chance.getrandbits(32)
    )
