from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, FastAPI

from shared.http import Readiness, ServiceApp, combine, create_app
from shared.identity.tokens import Tokens
from tests.unit.http.front_door import KEY, a_service, bearer, client_of


async def test_the_first_part_of_the_path_says_whose_a_request_is() -> None:
    both = combine({name: a_service(name=name) for name in ("intake", "routing")})
    async with client_of(both) as client:
        for name in ("intake", "routing"):
            assert (await client.get(f"/{name}/health/live")).json() == {"service": name, "live": True}
            assert (await client.get(f"/{name}/me", headers=bearer())).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/nothing/me", "//intake/me", "/intakes/me"])
async def test_any_other_address_is_a_problem_that_names_the_services(path: str) -> None:
    async with client_of(combine({"intake": a_service(name="intake")})) as client:
        answer = await client.get(f"http://gongdan{path}", headers=bearer())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["services"] == ["/intake"]


async def test_lifetimes_are_entered_in_order_and_left_in_reverse() -> None:
    lived: list[str] = []
    both = combine({name: a_service(name=name, lived=lived) for name in ("intake", "routing")})
    async with both.lifetime():
        assert lived == ["intake opened", "routing opened"]
    assert lived[2:] == ["routing closed", "intake closed"]


async def test_a_service_that_cannot_start_closes_those_before_it() -> None:
    lived: list[str] = []
    both = combine({"intake": a_service(name="intake", lived=lived), "broken": a_broken_service()})
    with pytest.raises(ConnectionRefusedError, match="no database"):
        async with both.lifetime():
            pytest.fail("it must not start")
    assert lived == ["intake opened", "intake closed"]


def a_broken_service() -> ServiceApp:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not KEY.is_private:
            yield
        raise ConnectionRefusedError("no database")

    async def readiness() -> Readiness:
        return Readiness(ready=False)

    return create_app(
        "broken", "Broken", lifespan=lifespan, routers=[APIRouter()], readiness=readiness, tokens=Tokens(KEY)
    )
