"""Fixtures for notify on real servers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.log.kafka import Kafka
from tests.integration.notify.house import House, new_house
from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers


@pytest.fixture
async def house(
    servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[House]:
    async with new_house(Kafka(servers.kafka, topic_prefix), fresh_databases.new("notify"), tmp_path) as made:
        yield made
