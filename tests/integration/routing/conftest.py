"""An empty desk for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.routing.desk import Desk, a_desk
from tests.support.databases import FreshDatabases


@pytest.fixture
async def desk(fresh_databases: FreshDatabases) -> AsyncIterator[Desk]:
    opened = await a_desk(fresh_databases["routing"])
    yield opened
    await opened.pool.close()
