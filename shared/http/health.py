"""What every service answers beside its own routes: health, metrics, who one is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.errors import Refused
from shared.http.answers import Json
from shared.identity.principal import Principal, Role
from shared.identity.roles import PRINCIPAL_KEY, allow
from shared.telemetry.metrics import CONTENT_TYPE, Metrics

LIVE: Final = "/health/live"
READY: Final = "/health/ready"
METRICS: Final = "/metrics"

LOOPBACK: Final = ("127.", "::1", "::ffff:127.")
FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can do its work now. `checks` says what it stands on, such as `{"database": "ok"}`."""

    ready: bool
    checks: Mapping[str, object] = field(default_factory=dict)


def is_local(scope: Scope) -> bool:
    """Whether a request comes from this machine and no proxy passed it on for somebody else."""
    client = scope.get("client")
    if client is None or not client[0].startswith(LOOPBACK):
        return False
    return not any(name in FORWARDED for name, _ in scope["headers"])


def common_routes(service: str, *, readiness: Callable[[], Awaitable[Readiness]], metrics: Metrics) -> APIRouter:
    """The routes that every service has."""
    router = APIRouter(tags=["every service"])

    @router.head(LIVE, include_in_schema=False)
    @router.get(LIVE)
    async def health_live() -> Json:
        """The process answers."""
        return Json({"service": service, "live": True})

    @router.head(READY, include_in_schema=False)
    @router.get(READY)
    async def health_ready() -> Json:
        """The service can do its work: 200, else 503 with what is missing."""
        state = await readiness()
        if not state.ready:
            raise _not_ready(service, state)
        return Json({"service": service, "ready": True, "checks": dict(state.checks)})

    @router.get(METRICS)
    async def metrics_page(request: Request) -> Response:
        """Metrics for Prometheus. Without a token on loopback only, else for an operator."""
        principal = request.scope.get(PRINCIPAL_KEY)
        if principal is not None and principal.role is not Role.OPERATOR:
            raise Refused(403, "Forbidden", "metrics are for an operator, or for this machine itself")
        return Response(metrics.render(), headers={"content-type": CONTENT_TYPE})

    @router.get("/me")
    async def me(principal: Annotated[Principal, allow()]) -> Json:
        """Who one is."""
        return Json(_who(principal))

    return router


def _not_ready(service: str, state: Readiness) -> Refused:
    extra = {"service": service, "ready": False, "checks": dict(state.checks)}
    detail = f"{service} is not ready"
    return Refused(503, "Not ready", detail, extra=extra, headers={"retry-after": "1"})


def _who(principal: Principal) -> dict[str, Any]:
    return {
        "role": principal.role.value,
        "name": principal.name,
        "actor": principal.actor,
        "store_id": principal.store_id,
        "technician_id": principal.technician_id,
    }
