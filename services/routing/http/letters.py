"""Dead letters of routing's reader, for an operator to settle."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.routing.parts import parts_of
from shared.http.answers import Json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.dead_letters import LIST_MAX

router = APIRouter(tags=["dead letters"])


@router.get("/dead-letters", dependencies=[allow("operator", "auditor", "boss")])
async def get_dead_letters(
    request: Request,
    status: Literal["waiting", "applied", "discarded", "all"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
) -> Json:
    """What could not be read or applied, and why."""
    return Json(
        {"items": await parts_of(request).dead_letters.list(status=None if status == "all" else status, limit=limit)}
    )


@router.post("/dead-letters/{letter_id}/retry")
async def post_retry(request: Request, letter_id: UUID, principal: Annotated[Principal, allow("operator")]) -> Json:
    """Apply the record again, and what was parked behind it."""
    return Json(await parts_of(request).dead_letters.retry(letter_id, by=principal.actor))


@router.post("/dead-letters/{letter_id}/discard")
async def post_discard(request: Request, letter_id: UUID, principal: Annotated[Principal, allow("operator")]) -> Json:
    """Let its ticket go on without the record, for good."""
    return Json(await parts_of(request).dead_letters.discard(letter_id, by=principal.actor))
