"""The small service and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.http import ServiceApp
from tests.unit.http.front_door import Gate, a_service, client_of


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
