"""The routes over a service's dead letters; every service that reads the log has them.

The letters are on `app.state.dead_letters` from the moment at which the service's database is opened.
"""

from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request

from shared.http.answers import Json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.dead_letters import LIST_MAX, DeadLetters

router = APIRouter(tags=["dead letters"])


@router.get("/dead-letters", dependencies=[allow("operator", "auditor", "boss")])
async def list_letters(
    request: Request,
    status: Literal["waiting", "applied", "discarded", "all"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
) -> Json:
    """What the reader set aside, newest first."""
    items = await letters_of(request).list(status=None if status == "all" else status, limit=limit)
    return Json({"items": items})


@router.get("/dead-letters/{letter_id}", dependencies=[allow("operator", "auditor", "boss")])
async def get_letter(request: Request, letter_id: UUID) -> Json:
    """One of them, whole."""
    return Json(await letters_of(request).get(letter_id))


@router.post("/dead-letters/{letter_id}/retry")
async def retry(request: Request, letter_id: UUID, operator: Annotated[Principal, allow("operator")]) -> Json:
    """Apply the record, and what was parked behind it."""
    return Json(await letters_of(request).retry(letter_id, by=operator.actor))


@router.post("/dead-letters/{letter_id}/discard")
async def discard(request: Request, letter_id: UUID, operator: Annotated[Principal, allow("operator")]) -> Json:
    """Let the ticket go on without the record, for good."""
    return Json(await letters_of(request).discard(letter_id, by=operator.actor))


def letters_of(request: Request) -> DeadLetters:
    """The letters of the service that answers this request."""
    return cast("DeadLetters", request.app.state.dead_letters)
