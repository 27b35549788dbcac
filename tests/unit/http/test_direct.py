from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request

from shared.http.answers import Json
from shared.http.direct import Shortcuts, direct_app, is_direct
from shared.identity.principal import Principal
from shared.identity.roles import allow

router = APIRouter()


@router.get("/things/{name}")
async def get_thing(name: str, principal: Annotated[Principal, allow()]) -> Json:
    return Json({"thing": name})


@router.get("/things/all")
async def get_all(request: Request) -> Json:
    return Json("all")


@router.get("/others")
async def get_others(request: Request) -> Json:
    return Json("others")


@router.get("/pages")
async def get_pages(request: Request, page: int) -> Json:
    return Json(page)


routes = [route for route in router.routes if isinstance(route, APIRoute)]
for route in routes:
    route.app = direct_app(route) or route.app


async def ask(path: str, method: str = "GET") -> str:
    """What answers: the name of the function, or `router` when no shortcut leads there."""
    asked: dict[str, Any] = {"type": "http", "method": method, "path": path}

    async def by_router(scope: Any, receive: Any, send: Any) -> None:
        scope["endpoint"] = by_router

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request", "body": b""}

    shortcuts = Shortcuts(by_router)
    shortcuts.find(routes)
    await shortcuts(asked, nothing, nothing)
    return str(asked["endpoint"].__name__).replace("by_", "")


def test_a_route_qualifies_by_its_signature() -> None:
    assert [is_direct(route) for route in routes] == [True, True, True, False]


async def test_a_fixed_path_is_found_at_once() -> None:
    assert await ask("/others") == "get_others"


async def test_a_fixed_path_that_an_earlier_route_takes_is_left_to_the_router() -> None:
    assert await ask("/things/all") == "router"


async def test_what_has_no_shortcut_is_left_to_the_router() -> None:
    assert {await ask("/things/cup"), await ask("/others", "POST"), await ask("/pages")} == {"router"}
