"""What projection's readers could not read: listed, retried, discarded by an operator."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from shared.http.answers import Json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.dead_letters import LIST_MAX, DeadLetters

router = APIRouter(tags=["dead letters"])
Operator = Annotated[Principal, allow("operator")]


@router.get("/dead-letters", dependencies=[allow("operator", "auditor")])
async def list_dead_letters(
    request: Request,
    status: Literal["waiting", "applied", "discarded", "all"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
) -> Json:
    """The newest first."""
    found = await letters(request).list(status=None if status == "all" else status, limit=limit)
    return Json({"items": found})


@router.post("/dead-letters/{letter_id}/retry")
async def retry_dead_letter(request: Request, principal: Operator, letter_id: UUID) -> Json:
    """Apply it again, and what was parked behind it."""
    return Json(await letters(request).retry(letter_id, by=principal.actor))


@router.post("/dead-letters/{letter_id}/discard")
async def discard_dead_letter(request: Request, principal: Operator, letter_id: UUID) -> Json:
    """Let its ticket go on without it, in rebuilds too."""
    return Json(await letters(request).discard(letter_id, by=principal.actor))


def letters(request: Request) -> DeadLetters:
    """The dead letters of this app."""
    found: DeadLetters = request.app.state.dead_letters
    return found
