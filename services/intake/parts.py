"""What intake's routes use while the service runs."""

from dataclasses import dataclass

import asyncpg
from starlette.requests import Request

from services.intake.directory.entries import Place
from services.intake.work import Recorder


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened adapters of one running service, kept on `app.state.parts`."""

    pool: asyncpg.Pool
    recorder: Recorder
    place: Place


def parts_of(request: Request) -> Parts:
    """The parts of the service that serves `request`."""
    parts: Parts = request.app.state.parts
    return parts
