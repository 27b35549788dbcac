"""What was newer than the program before is tried again at the start, however often the database is away then."""

import asyncio
from typing import Any

from shared.log.dead_letters import DeadLetters


class AwayOnce:
    """A pool whose first answer is an error."""

    def __init__(self) -> None:
        self.asked = 0
        self.answered = asyncio.Event()

    async def fetch(self, *_: object) -> list[Any]:
        self.asked += 1
        if self.asked == 1:
            raise OSError("away")
        self.answered.set()
        return []


async def test_a_database_that_is_away_for_a_moment_is_asked_again() -> None:
    pool: Any = AwayOnce()
    async with asyncio.timeout(5), DeadLetters(pool, {}).retrying_newer():
        await pool.answered.wait()
    assert pool.asked == 2
