"""A small service behind the whole edge, for tests: every kind of route that a real one has."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI, Header, Query
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from shared.errors import Impossible, Refused, Unavailable
from shared.http import UNLIMITED, Json, Limits, Readiness, ServiceApp, create_app, json_body, limits, read_json
from shared.identity.principal import Principal, Role
from shared.identity.roles import allow
from shared.identity.tokens import Tokens, issue_token
from shared.telemetry.metrics import Metrics
from shared.telemetry.trace import current_traceparent

KEY = OKPKey.generate_key("Ed25519")
SERVICE = "counter"
BODY_BYTES_MAX_SMALL = 1000


class Customer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    phone: str | None = None


class Visit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    visit_id: UUID | None = None
    customer: Customer = Customer()
    description: str = Field("", max_length=200)
    count: int = 1
    weight: float = 0.0
    webhook_secret: str | None = Field(None, max_length=5)
    tags: list[str] = []


class Gate:
    """Lets a test hold requests inside the service."""

    def __init__(self) -> None:
        self.entered = 0
        self.is_open = asyncio.Event()


def routes(gate: Gate) -> APIRouter:
    router = APIRouter()

    @router.post("/visits", openapi_extra=json_body(Visit))
    async def post_visit(request: Request, caller: Annotated[Principal, allow("integration", "agent")]) -> Json:
        visit = await read_json(request, Visit)
        return Json({"visit": visit, "actor": caller.actor, "traceparent": current_traceparent()}, 201)

    @router.post("/parsed")
    async def parsed(visit: Visit, caller: Annotated[Principal, allow("agent")]) -> dict[str, Any]:
        return {"description": visit.description, "actor": caller.actor}

    @router.get("/visits/{visit_id}")
    async def get_visit(
        visit_id: UUID,
        caller: Annotated[Principal, allow("agent")],
        limit: Annotated[int, Query(ge=1, le=5)] = 3,
        idempotency_key: Annotated[str | None, Header(max_length=5)] = None,
    ) -> Json:
        return Json({"visit_id": visit_id, "limit": limit, "actor": caller.actor, "key": idempotency_key})

    @router.put("/visits/{visit_id}")
    async def put_visit(visit_id: str, caller: Annotated[Principal, allow("boss")]) -> Json:
        return Json({"visit_id": visit_id, "actor": caller.actor})

    @router.post("/fails/{how}", dependencies=[allow()])
    async def fail(how: str) -> Json:
        raise FAILURES[how]

    @router.get("/held", dependencies=[allow()])
    async def held() -> Json:
        gate.entered += 1
        await gate.is_open.wait()
        return Json({"held": True})

    @router.post("/imports", dependencies=[allow()])
    @limits(body_bytes_max=UNLIMITED, timeout_s=UNLIMITED)
    async def imports(request: Request) -> Json:
        return Json({"bytes": sum([len(chunk) async for chunk in request.stream()])})

    @router.post("/small", dependencies=[allow()])
    @limits(body_bytes_max=BODY_BYTES_MAX_SMALL)
    async def small(request: Request) -> Json:
        return Json({"bytes": len(await request.body())})

    @router.get("/live", dependencies=[allow()])
    @limits(is_endless=True)
    async def live() -> StreamingResponse:
        async def ticks() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            gate.entered += 1
            await gate.is_open.wait()

        return StreamingResponse(ticks(), media_type="text/event-stream")

    @router.get("/flood", dependencies=[allow()])
    @limits(is_endless=True)
    async def flood() -> StreamingResponse:
        async def water() -> AsyncIterator[bytes]:
            while True:
                yield bytes(1 << 20)
                await asyncio.sleep(0)

        return StreamingResponse(water(), media_type="application/octet-stream")

    return router


FAILURES: dict[str, Exception] = {
    "bug": RuntimeError("postgresql://user:hunter2@10.0.0.7/db"),
    "impossible": Impossible("ticket 1: expected sequence 7 from /routing, got 9"),
    "away": ConnectionRefusedError("connect to 10.0.0.7 refused"),
    "unavailable": Unavailable("the broker is away", retry_after_s=7),
    "refused": Refused(
        409, "Conflict", "somebody was faster", extra={"version": 3}, headers={"X-Version": "3"}, slug="version"
    ),
}


def a_service(
    gate: Gate | None = None,
    *,
    name: str = SERVICE,
    bounds: Limits | None = None,
    is_ready: bool = True,
    lived: list[str] | None = None,
) -> ServiceApp:
    """A service named `name`; what its lifespan does is noted in `lived`."""
    notes = [] if lived is None else lived

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        notes.append(f"{name} opened")
        try:
            yield
        finally:
            notes.append(f"{name} closed")

    async def readiness() -> Readiness:
        return Readiness(is_ready, {"database": "ok" if is_ready else "away"})

    return create_app(
        name,
        f"The {name}",
        lifespan=lifespan,
        routers=[routes(gate or Gate())],
        readiness=readiness,
        tokens=Tokens(KEY),
        asyncapi=lambda: {"asyncapi": "3.0.0"},
        limits=bounds,
        metrics=Metrics(name),
    )


def bearer(role: Role | str = Role.AGENT, name: str = "li") -> dict[str, str]:
    """The header of a caller."""
    store_id = "hz" if role in {Role.STORE, Role.TECHNICIAN} else None
    technician_id = "t" if role == Role.TECHNICIAN else None
    token = issue_token(KEY, role=role, name=name, store_id=store_id, technician_id=technician_id)
    return {"authorization": f"Bearer {token}"}


def client_of(app: Any, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client that calls the app without a server, from `address`."""
    transport = httpx.ASGITransport(app, client=(address, 1234), raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://gongdan")
