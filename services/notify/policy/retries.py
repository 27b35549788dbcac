"""When to try again, and when to give up. Pure: chance comes in as data."""

from dataclasses import dataclass

FACTOR = 2.0
SPREAD = 0.25
"""A quarter earlier or later, so that many that failed together do not come back together."""


@dataclass(frozen=True, slots=True)
class Retries:
    """The pace of trying again.

    First pause, longest pause, and how long after it was planned a delivery is given up.
    """

    delay_s_first: float
    delay_s_max: float
    give_up_s: float


def retry_delay_s(retries: Retries, *, attempts: int, chance: float, asked_s: float | None = None) -> float:
    """Seconds until the next attempt after `attempts` failed ones; `chance` in [0, 1).

    What the other side asks for (`asked_s`) is granted up to the cap.
    """
    grown = retries.delay_s_first * FACTOR ** min(attempts - 1, 30)
    delay = min(grown, retries.delay_s_max) * (1 + SPREAD * (2 * chance - 1))
    return max(delay, min(asked_s or 0.0, retries.delay_s_max))
