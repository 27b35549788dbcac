"""Routes that need only the request, the caller and texts of the path are called without FastAPI's machinery.

It costs more than half of a small request. FastAPI still holds such a route and documents it; what it would do in
between (solving dependencies, two exit stacks, handlers of exceptions) has nothing to do there. A route qualifies by
its signature alone: `request`, principals by `allow`, `str` parameters of the path, and a `Response` it answers. One
whose path has no parameters is also found by one look-up instead of one match after the other.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_typed_return_annotation
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.identity.roles import Allowed


def is_direct(route: APIRoute) -> bool:
    """Whether the route needs nothing of FastAPI's machinery."""
    return _answers_itself(route.endpoint) and _is_plain(route.dependant)


def direct_app(route: APIRoute) -> ASGIApp | None:
    """The route's endpoint as an ASGI app of its own; None when it needs FastAPI."""
    if not is_direct(route):
        return None
    endpoint = route.endpoint
    request_name = route.dependant.request_param_name
    texts = tuple((field.name, field.alias) for field in route.dependant.path_params)
    guards = tuple(
        (child.name, child.call) for child in route.dependant.dependencies if isinstance(child.call, Allowed)
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        given: dict[str, Any] = {}
        for name, allowed in guards:
            principal = allowed.check(scope)
            if name is not None:
                given[name] = principal
        for name, alias in texts:
            given[name] = scope["path_params"][alias]
        if request_name is not None:
            given[request_name] = Request(scope, receive, send)
        response: Response = await endpoint(**given)
        await response(scope, receive, send)

    return app


class Shortcuts:
    """The routes of `router`, those without parameters found by method and path; `find` says when all are there."""

    def __init__(self, router: ASGIApp) -> None:
        self._router = router
        self._found: dict[tuple[str, str], APIRoute] = {}

    def find(self, routes: Iterable[BaseRoute]) -> None:
        """Take each direct route of a fixed path that no route before it takes."""
        every = list(routes)
        for route in every:
            if isinstance(route, APIRoute) and not route.param_convertors and is_direct(route):
                for method in route.methods or ():
                    if _first_match(every, method, route.path) is route:
                        self._found[method, route.path] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with the route it asks for."""
        route = self._found.get((scope["method"], scope["path"]))
        if route is None:
            await self._router(scope, receive, send)
            return
        scope["route"], scope["endpoint"], scope["path_params"] = route, route.endpoint, {}
        await route.app(scope, receive, send)


def _first_match(routes: Iterable[BaseRoute], method: str, path: str) -> BaseRoute | None:
    scope = {"type": "http", "method": method, "path": path}
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)


def _answers_itself(endpoint: Callable[..., Any]) -> bool:
    answer = get_typed_return_annotation(endpoint)
    return inspect.iscoroutinefunction(endpoint) and inspect.isclass(answer) and issubclass(answer, Response)


def _is_plain(dependant: Dependant) -> bool:
    fields = (dependant.query_params, dependant.header_params, dependant.cookie_params, dependant.body_params)
    others = (
        dependant.websocket_param_name,
        dependant.http_connection_param_name,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    return (
        not any(fields)
        and not any(others)
        and all(isinstance(child.call, Allowed) for child in dependant.dependencies)
        and all(_is_text(field) for field in dependant.path_params)
    )


def _is_text(field: Any) -> bool:
    return field.field_info.annotation is str and not field.field_info.metadata
