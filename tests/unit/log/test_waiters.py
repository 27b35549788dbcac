"""Whoever waits for a position is looked for together with the others, and no look is missed."""

import asyncio
from typing import Any

import pytest

from shared.errors import Refused
from shared.ids import random_id
from shared.log.position import PositionWaiters, fact_position, log_position
from tests.support.eventually import eventually


class Database:
    """What a reader has reached, and how often somebody asked."""

    def __init__(self) -> None:
        self.offset = 0
        self.sequence = 0
        self.asked = 0

    async def fetch(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        self.asked += 1
        offset, sequence = self.offset, self.sequence
        await asyncio.sleep(0.001)
        if "log_positions" in statement:
            return [{"partition": 0, "next_offset": offset}]
        counts = {"/intake": sequence, "/routing": 0, "/notify": 0}
        return [{"subject": subject} | counts for subject in arguments[0]]


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def waiters(database: Database) -> PositionWaiters:
    pool: Any = database
    return PositionWaiters(pool)


async def test_those_who_wait_are_looked_for_with_one_question_of_each_kind_at_each_wake(
    database: Database, waiters: PositionWaiters
) -> None:
    texts = [log_position({0: 3})] * 100 + [fact_position(random_id(), {"/intake": 3}) for _ in range(100)]
    waiting = [asyncio.create_task(waiters.wait(text, within_s=20)) for text in texts]
    await eventually(lambda: len(waiters._waiting) == len(texts))
    database.asked = 0
    for reached in (1, 2, 3):
        database.offset = database.sequence = reached
        waiters.wake()
        await asyncio.sleep(0.05)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert database.asked <= 3 * 2 + 4  # and a look of those who have waited for half a second
    assert not waiters._waiting


async def test_what_is_committed_while_one_looks_is_seen_at_once(database: Database, waiters: PositionWaiters) -> None:
    waiting = asyncio.create_task(waiters.wait(log_position({0: 1}), within_s=20))
    await asyncio.sleep(0)  # it looks, and has seen nothing
    assert database.asked == 1
    database.offset = 1
    waiters.wake()
    await asyncio.wait_for(waiting, 0.3)


async def test_a_position_that_is_not_reached_is_told_with_the_one_that_is(
    database: Database, waiters: PositionWaiters
) -> None:
    with pytest.raises(Refused) as refused:
        await waiters.wait(log_position({0: 1}), within_s=0.01)
    assert (refused.value.status, refused.value.extra) == (504, {"position": log_position({0: 0})})


async def test_a_look_that_fails_is_told_to_all_who_wait(
    database: Database, waiters: PositionWaiters, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [asyncio.create_task(waiters.wait(log_position({0: 1}), within_s=20)) for _ in range(3)]
    await eventually(lambda: len(waiters._waiting) == len(waiting))

    async def away(*_: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(database, "fetch", away)
    waiters.wake()
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
