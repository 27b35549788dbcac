"""Who is on duty."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict

from services.routing.handle.duty import change_duty
from services.routing.parts import parts_of
from shared.http.answers import Json
from shared.http.body import json_body, read_json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.ids import TechnicianId

router = APIRouter(tags=["technicians"])


class Duty(BaseModel):
    """Whether a technician is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool


@router.post("/technicians/{technician_id}/duty", openapi_extra=json_body(Duty))
async def post_duty(
    request: Request,
    technician_id: Annotated[str, Path(max_length=64)],
    principal: Annotated[Principal, allow("agent", "store", "technician", "boss")],
) -> Json:
    """A technician comes or leaves. Whoever leaves gets nothing offered any more, and their open offers expire."""
    duty = await read_json(request, Duty)
    return Json(await change_duty(parts_of(request), TechnicianId(technician_id), on=duty.on, by=principal))
