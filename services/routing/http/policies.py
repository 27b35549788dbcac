"""The rules of the house: read, checked, published."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.routing.handle import policies as handle
from services.routing.handle.policies import Proposed
from services.routing.parts import parts_of
from shared.http.answers import Json
from shared.http.body import json_body, read_json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.telemetry.trace import current_traceparent

router = APIRouter(tags=["policies"])

POLICIES_MAX: Final = 500
"""In one request."""
BODY: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])
BODY_SCHEMA: Final = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": BODY.json_schema()}}}
}
Kind = Annotated[str, Path(max_length=40)]
Name = Annotated[str, Path(max_length=63)]


class PolicyEntry(BaseModel):
    """One policy with its body."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[str, Field(max_length=40)]
    name: Annotated[str, Field(max_length=63)]
    body: dict[str, Any]

    def proposed(self) -> Proposed:
        """What it proposes."""
        return Proposed(self.kind, self.name, self.body)


class PolicySet(BaseModel):
    """Policies that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policies: Annotated[list[PolicyEntry], Field(min_length=1, max_length=POLICIES_MAX)]


@router.put("/policies", openapi_extra=json_body(PolicySet))
async def put_policies(request: Request, principal: Annotated[Principal, allow("boss")]) -> Json:
    """Publish several policies at once, all or none; those that say the same as before get no new version."""
    entries = (await read_json(request, PolicySet)).policies
    proposed = [entry.proposed() for entry in entries]
    items = await handle.apply(parts_of(request), proposed, by=principal, traceparent=current_traceparent())
    return Json({"items": items})


@router.put("/policies/{kind}/{name}", openapi_extra=BODY_SCHEMA)
async def put_policy(request: Request, kind: Kind, name: Name, principal: Annotated[Principal, allow("boss")]) -> Json:
    """Publish a policy; the body that it has already is no new version."""
    body = await read_json(request, BODY)
    proposed = [Proposed(kind, name, body)]
    items = await handle.apply(parts_of(request), proposed, by=principal, traceparent=current_traceparent())
    return Json(items[0])


@router.post("/policies:check", openapi_extra=json_body(PolicySet), dependencies=[allow("agent", "boss", "auditor")])
async def check_policies(request: Request) -> Json:
    """What would be said about publishing these, without doing it."""
    entries = (await read_json(request, PolicySet)).policies
    return Json(await handle.check(parts_of(request), [entry.proposed() for entry in entries]))


@router.get("/policies/{kind}", dependencies=[allow()])
async def get_policies(request: Request, kind: Kind) -> Json:
    """The newest version of each policy of a kind."""
    return Json({"items": await handle.newest(parts_of(request), kind)})


@router.get("/policies/{kind}/{name}", dependencies=[allow()])
async def get_policy(request: Request, kind: Kind, name: Name) -> Json:
    """The newest version of a policy."""
    (item,) = await handle.newest(parts_of(request), kind, name)
    return Json(item)


@router.get("/policies/{kind}/{name}/versions", dependencies=[allow()])
async def get_policy_versions(request: Request, kind: Kind, name: Name) -> Json:
    """The versions of a policy, newest first, with who published each and when."""
    return Json({"items": await handle.versions(parts_of(request), kind, name)})
