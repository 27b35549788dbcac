"""What routing's routes use while the service runs."""

from dataclasses import dataclass
from typing import cast

import asyncpg
from starlette.requests import Request

from services.routing.work.policies import PolicyBook
from shared.log.position import PositionWaiters


@dataclass(frozen=True, slots=True)
class Parts:
    """Opened by `main.py`, closed by it."""

    pool: asyncpg.Pool
    book: PolicyBook
    waiters: PositionWaiters


def parts_of(request: Request) -> Parts:
    """The parts of the service that answers this request."""
    return cast("Parts", request.app.state.parts)
