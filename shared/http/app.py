"""One service's front door: its routes under `/<service>`, what every service has besides, and the edge around both."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.contracts.documents import asyncapi_document
from shared.http.answers import Json, json_bytes
from shared.http.body import guard_json
from shared.http.direct import Shortcuts, direct_app
from shared.http.docs import CONTENT_SECURITY_POLICY, page
from shared.http.edge import Edge
from shared.http.health import LIVE, METRICS, READY, Readiness, common_routes, is_local
from shared.http.known import with_known_names_only
from shared.http.limits import Limits
from shared.http.openapi import enrich
from shared.identity.roles import route_roles
from shared.identity.tokens import Tokens
from shared.telemetry.metrics import Metrics, metrics_for

OPENAPI: Final = "/openapi.json"
DOCS: Final = "/docs"
ASYNCAPI: Final = "/asyncapi"

PUBLIC_PATHS: Final = frozenset({LIVE, READY, OPENAPI, DOCS, ASYNCAPI})
"""Below a service's prefix: what needs no token. (`/metrics` needs none on loopback.)"""

VERSION: Final = "1"
DRAINING: Final = Readiness(ready=False, checks={"draining": "this process is about to stop"})

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
AsyncApi = Mapping[str, Any] | str


class ServiceApp(FastAPI):
    """FastAPI with our edge in place of its own middleware: a request passes one layer instead of six."""

    def __init__(self, service: str, *, edge: Callable[[ASGIApp], Edge], **settings: Any) -> None:
        super().__init__(**settings)
        self.service = service
        self.shortcuts = Shortcuts(self.router)
        self.edge = edge(self.shortcuts)
        self._document: dict[str, Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The edge around the routes; every error is sorted there, so FastAPI's way in has nothing to do."""
        scope["app"] = self
        await self.edge(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self._document is None:
            self._document = enrich(super().openapi(), route_roles(self))
        return self._document

    def lifetime(self) -> AbstractAsyncContextManager[None]:
        """Open on entering what the routes need, close it on leaving."""
        return self.router.lifespan_context(self)  # type: ignore[return-value]  # ours yield nothing: see `create_app`

    def drain(self) -> None:
        """End the endless answers, as the process is about to stop."""
        self.edge.drain()


def create_app(
    service: str,
    title: str,
    *,
    lifespan: Lifespan,
    routers: Iterable[APIRouter],
    readiness: Callable[[], Awaitable[Readiness]],
    tokens: Tokens,
    asyncapi: Callable[[], AsyncApi] = asyncapi_document,
    limits: Limits | None = None,
    public: Iterable[str] = (),
    metrics: Metrics | None = None,
) -> ServiceApp:
    """The app of one service.

    Paths of `routers` are below `/<service>`: `/contacts` becomes `/intake/contacts`. `lifespan` opens and closes what
    the routes use and yields nothing; keep it on `app.state`. `public`: further paths (below the prefix) without token.
    Raises `ValueError` when a route neither names its roles nor is public.
    """
    measured = metrics or metrics_for(service)
    open_paths = PUBLIC_PATHS | set(public)
    app = ServiceApp(
        service,
        edge=lambda routes: Edge(
            routes,
            tokens=tokens,
            metrics=measured,
            limits=limits or Limits(),
            is_public=_public(f"/{service}", open_paths),
        ),
        title=title,
        version=VERSION,
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # Its telemetry costs time on each request; ours is in the edge.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )

    async def standing() -> Readiness:
        return DRAINING if app.edge.is_draining else await readiness()

    for router in routers:
        app.router.routes.extend(_below(f"/{service}", route, is_strict=True) for route in router.routes)
    # Health, metrics and pages are asked by other people's tools, which add names of their own.
    for router in (common_routes(service, readiness=standing, metrics=measured), _pages(asyncapi)):
        app.router.routes.extend(_below(f"/{service}", route, is_strict=False) for route in router.routes)
    app.shortcuts.find(app.router.routes)
    _check_roles(app, open_paths | {METRICS})
    return app


def _public(prefix: str, paths: frozenset[str]) -> Callable[[Scope], bool]:
    public = frozenset(prefix + path for path in paths)
    metrics = prefix + METRICS

    def is_public(scope: Scope) -> bool:
        path = scope["path"]
        return path in public or (path == metrics and is_local(scope) and not _has_token(scope))

    return is_public


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


def _below(prefix: str, route: BaseRoute, *, is_strict: bool) -> BaseRoute:
    """The same route under the prefix; `include_router` would match every path a second time, layer by layer.

    `is_strict`: names in the address that it does not have are refused.
    """
    if not isinstance(route, APIRoute):
        raise TypeError(f"{route}: expected a route of an APIRouter, got {type(route).__name__}")
    moved = copy.copy(route)
    moved.path = prefix + route.path
    moved.path_regex, moved.path_format, moved.param_convertors = compile_path(moved.path)
    parsed = guard_json(route.app) if route.body_field else route.app
    answering = direct_app(route) or AsyncExitStackMiddleware(parsed)
    moved.app = with_known_names_only(answering, route) if is_strict else answering
    return moved


def _check_roles(app: FastAPI, public: frozenset[str]) -> None:
    open_lines = [line for line in route_roles(app) if line.roles is None]
    names = [f"{line.method} {line.path}" for line in open_lines if "/" + line.path.split("/", 2)[2] not in public]
    if names:
        raise ValueError(f"every route names its roles with allow(…): {', '.join(names)} do not")


def _pages(asyncapi: Callable[[], AsyncApi]) -> APIRouter:
    """The pages about the interface; made when first asked for, aside, as that takes part of a second."""
    router = APIRouter(include_in_schema=False)
    made: dict[str, AsyncApi] = {}

    @router.get(OPENAPI)
    async def openapi(request: Request) -> Json:
        return Json(json_bytes(await asyncio.to_thread(request.app.openapi)))

    @router.get(DOCS)
    async def docs(request: Request) -> Response:
        text = page(await asyncio.to_thread(request.app.openapi), service=request.app.service)
        headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
        return Response(text, media_type="text/html; charset=utf-8", headers=headers)

    @router.get(ASYNCAPI)
    async def asyncapi_document() -> Response:
        if ASYNCAPI not in made:
            made[ASYNCAPI] = await asyncio.to_thread(asyncapi)
        document = made[ASYNCAPI]
        if isinstance(document, str):
            kind = "application/json" if document.lstrip().startswith("{") else "application/yaml"
            return Response(document, media_type=kind)
        return Json(document)

    return router
