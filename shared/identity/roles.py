"""What routes demand: `principal: Annotated[Principal, allow("agent", "boss")]`.

The edge (`shared/http/edge.py`) has verified the token before any route runs; a route only says who may call it. The
mark stays on the route, so that `route_roles` can list the whole table route × role.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request

from shared.errors import Refused
from shared.identity.principal import Principal, Role
from shared.identity.tokens import not_given

PRINCIPAL_KEY: Final = "gongdan.principal"
"""Where the edge leaves the verified principal in the request's scope."""

EVERYONE: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The roles that a route allows, as FastAPI's dependency and as a check of its own."""

    roles: frozenset[Role]

    async def __call__(self, request: Request) -> Principal:
        """The caller. Raises `Refused` (401, 403)."""
        return self.check(request.scope)

    def check(self, scope: MutableMapping[str, Any]) -> Principal:
        """The caller. Raises `Refused` (401, 403)."""
        principal: Principal | None = scope.get(PRINCIPAL_KEY)
        if principal is None:
            raise not_given()
        if principal.role not in self.roles:
            raise _not_allowed(principal, self.roles)
        return principal


def allow(*roles: Role | str) -> Any:
    """The declaration that these roles may call the route; it answers the caller's `Principal`.

    `Annotated[Principal, allow("agent", "boss")]`; without roles: everyone who has a token. Shape: a FastAPI `Depends`.
    """
    return Depends(Allowed(frozenset(map(Role, roles)) or EVERYONE))


@dataclass(frozen=True, slots=True)
class RouteRoles:
    """One line of the table route × role; `roles` is None where nobody was named, so the route is open to all."""

    method: str
    path: str
    roles: frozenset[Role] | None


def route_roles(app: FastAPI) -> list[RouteRoles]:
    """Every route of `app` with the roles that may call it, sorted by path and method."""
    return sorted(_walk(app), key=lambda line: (line.path, line.method))


def role_table(lines: Iterable[RouteRoles]) -> str:
    """The table route × role in Markdown: a mark where a role may call, words where no token is needed."""
    head = ["| route |", *(f" {role.value} |" for role in Role)]
    rows = ["".join(head), "|---|" + ":-:|" * len(Role)]
    for line in lines:
        open_to_all = ", no token" if line.roles is None else ""
        marks = (" ✓ |" if line.roles is None or role in line.roles else "  |" for role in Role)
        rows.append(f"| `{line.method} {line.path}`{open_to_all} |{''.join(marks)}")
    return "\n".join(rows) + "\n"


def _walk(app: FastAPI) -> Iterator[RouteRoles]:
    for route in iter_route_contexts(app.routes):
        roles = _roles(route.dependant) if isinstance(route.original_route, APIRoute) else None
        for method in sorted(route.methods or ()):
            yield RouteRoles(method, route.path or "", roles)


def _roles(dependant: Dependant) -> frozenset[Role] | None:
    """The roles that pass every `allow` in the tree of dependencies."""
    found = [_roles(child) for child in dependant.dependencies]
    if isinstance(dependant.call, Allowed):
        found.append(dependant.call.roles)
    demands = [roles for roles in found if roles is not None]
    return frozenset.intersection(*demands) if demands else None


def _not_allowed(principal: Principal, roles: frozenset[Role]) -> Refused:
    allowed = sorted(role.value for role in roles)
    return Refused(
        403,
        "Forbidden",
        f"a token of role {principal.role.value} may not do this; allowed: {', '.join(allowed)}",
        extra={"role": principal.role.value, "allowed_roles": allowed},
    )
