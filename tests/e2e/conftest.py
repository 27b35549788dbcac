"""One program for all stories, started once; each story has a store of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.receiver import Receiver, receiving
from tests.support.door import Door, open_door
from tests.support.program import Program, command, run_program
from tests.support.servers import temporary_home

STORY_S_MAX = 240
"""The first story waits for the start of everything."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.nodeid and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(STORY_S_MAX))


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """`gongdan run` with the sample chain and no story."""
    with temporary_home() as home, run_program(home, "--no-story") as running:
        yield running
        assert running.stop() == 0, (home / "printed.txt").read_text("utf-8")


@pytest.fixture(scope="session")
async def door(program: Program) -> AsyncIterator[Door]:
    async with open_door(program) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A subscriber's HTTP server."""
    async with receiving() as made:
        yield made


@pytest.fixture(scope="module")
def story(program: Program) -> Iterator[None]:
    """The last check of every story: what is shown equals what is rebuilt from offset zero."""
    yield
    command("rebuild", "--check", "--home", str(program.home))
