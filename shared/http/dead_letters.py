"""The routes over a service's dead letters; every service that reads the log has them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from shared.http.answers import Json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.dead_letters import LIST_MAX, DeadLetters


def dead_letter_routes(letters: DeadLetters) -> APIRouter:
    """`GET /dead-letters` and `/dead-letters/{id}`, `POST /dead-letters/{id}/retry` and `/discard`."""
    router = APIRouter(tags=["dead letters"])

    @router.get(
        "/dead-letters",
        summary="What the reader set aside, newest first",
        dependencies=[allow("operator", "auditor", "boss")],
    )
    async def list_letters(
        status: Annotated[str, Query(pattern="^(waiting|applied|discarded|all)$")] = "waiting",
        limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
    ) -> Json:
        items = await letters.list(status=None if status == "all" else status, limit=limit)
        return Json({"items": items})

    @router.get(
        "/dead-letters/{letter_id}",
        summary="One of them, whole",
        dependencies=[allow("operator", "auditor", "boss")],
    )
    async def get_letter(letter_id: UUID) -> Json:
        return Json(await letters.get(letter_id))

    @router.post("/dead-letters/{letter_id}/retry", summary="Apply the record, and what was parked behind it")
    async def retry(letter_id: UUID, operator: Annotated[Principal, allow("operator")]) -> Json:
        return Json(await letters.retry(letter_id, by=operator.actor))

    @router.post("/dead-letters/{letter_id}/discard", summary="Let the ticket go on without the record, for good")
    async def discard(letter_id: UUID, operator: Annotated[Principal, allow("operator")]) -> Json:
        return Json(await letters.discard(letter_id, by=operator.actor))

    return router
