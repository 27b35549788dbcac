"""A run's script follows from its seed, and asks for nothing that cannot be."""

from itertools import islice

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.rounds import plan

ROUNDS = 300


def test_the_same_seed_gives_the_same_script() -> None:
    assert list(islice(plan(7), ROUNDS)) == list(islice(plan(7), ROUNDS))
    assert list(islice(plan(7), ROUNDS)) != list(islice(plan(8), ROUNDS))


def test_every_fault_comes_before_any_comes_again() -> None:
    firsts = [script.steps[0].fault for script in islice(plan(3), len(FAULTS))]
    assert sorted(firsts) == sorted(FAULTS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_two_of_a_pair_can_be_beside_each_other(seed: int) -> None:
    pairs = [script.steps for script in islice(plan(seed), ROUNDS) if len(script.steps) == 2]
    assert len(pairs) > ROUNDS / 4
    for one, other in pairs:
        assert not FAULTS[one.fault].touches & FAULTS[other.fault].touches


def test_only_the_faults_that_were_asked_for_come() -> None:
    scripts = list(islice(plan(5, ["kill", "freeze"]), 50))
    assert {step.fault for script in scripts for step in script.steps} == {"kill", "freeze"}
