"""Looking after intake: the ledger."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.intake.ledger import read_ledger
from services.intake.parts import parts_of
from shared.errors import FieldError
from shared.events.fact import Channel
from shared.http.answers import Json
from shared.http.fields import describe
from shared.http.instants import AskedInstant
from shared.http.problems import invalid
from shared.identity.roles import allow

router = APIRouter(tags=["looking after"])


@router.get("/ledger", dependencies=[allow("integration", "agent", "boss", "auditor", "operator")])
async def get_ledger(
    request: Request,
    channel: Channel | None = None,
    from_at: Annotated[AskedInstant | None, Query(alias="from")] = None,
    to_at: Annotated[AskedInstant | None, Query(alias="to")] = None,
) -> Json:
    """What arrived and what became of it, over `[from, to)` of recording, and whether the two add up."""
    if from_at is not None and to_at is not None and from_at > to_at:
        raise invalid([FieldError("to", "an instant that is not before from", describe(to_at.isoformat()))])
    async with parts_of(request).pool.acquire() as connection:
        return Json(await read_ledger(connection, channel=channel, from_at=from_at, to_at=to_at))
