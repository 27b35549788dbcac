"""The small service and a client of it."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import httpx
import pytest
import structlog

from shared.http import ServiceApp
from tests.unit.http.front_door import Gate, a_service, client_of

Lines = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[Lines]:
    """What was logged during the test."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def app(gate: Gate) -> ServiceApp:
    return a_service(gate)


@pytest.fixture
async def client(app: ServiceApp) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened
