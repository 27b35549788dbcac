import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from shared.http import PUBLIC_PATHS, Json, Readiness, ServiceApp, create_app
from shared.identity.principal import Role
from shared.identity.roles import EVERYONE, RouteRoles, role_table, route_roles
from shared.identity.tokens import Tokens
from tests.unit.http.front_door import KEY, a_service, bearer, client_of

TABLE = [(line.method, line.path, line.roles) for line in route_roles(a_service()) if line.roles is not None]


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", "019aa1de-0000-7000-8000-000000000000", path)


def test_the_table_names_the_roles_of_every_route(app: ServiceApp) -> None:
    table = {(line.method, line.path): line.roles for line in route_roles(app)}
    assert table["POST", "/counter/visits"] == frozenset({Role.INTEGRATION, Role.AGENT})
    assert table["PUT", "/counter/visits/{visit_id}"] == frozenset({Role.BOSS})
    assert table["GET", "/counter/me"] == EVERYONE
    public = {path.removeprefix("/counter") for (_, path), roles in table.items() if roles is None}
    assert public == PUBLIC_PATHS | {"/metrics"}


@pytest.mark.parametrize(("method", "path", "roles"), TABLE)
async def test_every_route_refuses_without_a_token_and_to_every_other_role(
    client: httpx.AsyncClient, method: str, path: str, roles: frozenset[Role]
) -> None:
    assert (await client.request(method, address(path))).status_code == 401
    for role in EVERYONE - roles:
        answer = await client.request(method, address(path), headers=bearer(role))
        assert answer.status_code == 403
        assert answer.json()["allowed_roles"] == sorted(roles)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic bGk6eA==", "bearer x.y.z", "Bearer é"])
async def test_what_is_no_good_token_is_401_with_a_challenge(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/counter/me", headers=[(b"authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="gongdan"')


async def test_the_word_bearer_may_be_written_in_any_case(client: httpx.AsyncClient) -> None:
    token = bearer()["authorization"].split()[1]
    assert (await client.get("/counter/me", headers={"authorization": f"BEARER  {token}"})).status_code == 200


async def test_one_can_ask_who_one_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/counter/me", headers=bearer(Role.TECHNICIAN, "王师傅"))
    assert answer.json() == {
        "role": "technician",
        "name": "王师傅",
        "actor": "technician:王师傅",
        "store_id": "hz",
        "technician_id": "t",
    }


async def test_public_pages_need_no_token(client: httpx.AsyncClient) -> None:
    for path in PUBLIC_PATHS:
        assert (await client.get("/counter" + path)).status_code == 200, path


async def test_metrics_are_open_on_loopback_only(app: ServiceApp) -> None:
    async with client_of(app) as near, client_of(app, address="10.1.2.3") as far:
        assert (await near.get("/counter/metrics")).status_code == 200
        assert (await near.get("/counter/metrics", headers={"x-forwarded-for": "8.8.8.8"})).status_code == 401
        assert (await far.get("/counter/metrics")).status_code == 401
        assert (await far.get("/counter/metrics", headers=bearer(Role.AGENT))).status_code == 403
        answer = await far.get("/counter/metrics", headers=bearer(Role.OPERATOR))
        assert answer.headers["content-type"].startswith("text/plain")
        assert 'gongdan_http_requests_total{method="GET",route="/counter/metrics"' in answer.text


def test_a_route_that_names_no_roles_is_refused_when_the_app_is_built() -> None:
    router = APIRouter()

    @router.get("/open")
    async def forgotten() -> Json:
        return Json({})

    with pytest.raises(ValueError, match="GET /odd/open"):
        built(router)
    assert RouteRoles("GET", "/odd/open", None) in route_roles(built(router, "/open"))


def built(router: APIRouter, *public: str) -> ServiceApp:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def readiness() -> Readiness:
        return Readiness(ready=True)

    return create_app(
        "odd", "Odd", lifespan=lifespan, routers=[router], readiness=readiness, tokens=Tokens(KEY), public=public
    )


def test_the_table_can_be_put_into_a_document() -> None:
    lines = [RouteRoles("GET", "/a", frozenset({Role.AGENT})), RouteRoles("GET", "/b", None)]
    assert role_table(lines).splitlines() == [
        "| route | integration | agent | store | technician | boss | auditor | operator |",
        "|---|:-:|:-:|:-:|:-:|:-:|:-:|:-:|",
        "| `GET /a` |  | ✓ |  |  |  |  |  |",
        "| `GET /b`, no token | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ |",
    ]
