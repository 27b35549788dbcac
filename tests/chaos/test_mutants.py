"""The checkers can fail: the real program with one thing wrong in it is caught, by the claim that it breaks.

The mutants here are those of the path that nothing may get lost on, as far as no instant decides whether they do harm;
`python -m tests.chaos --mutants` shows all.
"""

from pathlib import Path

import pytest

from tests.chaos.mutants.show import is_caught, show
from tests.chaos.mutants.table import MUTANTS, NOTHING_WRONG
from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers

SHOWN_HERE = (
    *("tail-unchecked", "acknowledged-early", "position-first"),
    *("one-dropped", "two-swapped"),
)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", SHOWN_HERE)
async def test_a_mutant_is_caught(
    name: str, tmp_path: Path, servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str
) -> None:
    urls = {service: fresh_databases.new(service) for service in fresh_databases}
    broken = await show(MUTANTS[name], tmp_path, servers.kafka, urls, topic_prefix)
    assert is_caught(MUTANTS[name], broken), [str(one) for one in broken[:20]]


@pytest.mark.timeout(180)
async def test_the_program_itself_breaks_no_claim(
    tmp_path: Path, servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str
) -> None:
    urls = {service: fresh_databases.new(service) for service in fresh_databases}
    assert await show(NOTHING_WRONG, tmp_path, servers.kafka, urls, topic_prefix) == []
