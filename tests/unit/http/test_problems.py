import asyncpg
import httpx
import pytest

from shared.http.problems import MEDIA_TYPE, is_away, problem_of
from tests.unit.http.front_door import bearer

MEMBERS = {"type", "title", "status", "detail"}


def is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert body.keys() >= MEMBERS
    assert body["status"] == status
    return True


async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/counter/nothing", headers=bearer())
    assert is_problem(answer, 404)
    assert answer.json()["type"] == "about:blank"


async def test_another_method_is_a_problem_that_says_which_ones_are_taken(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/counter/visits/1", headers=bearer())
    assert is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, PUT"


@pytest.mark.parametrize(("method", "path"), [("GET", "/counter/visits/7"), ("POST", "/counter/visits")])
async def test_a_name_in_the_address_that_the_route_does_not_have_is_refused_by_name(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, params={"limt": "3", "limit": "3"}, headers=bearer())
    assert is_problem(answer, 422)
    assert ("limt", "no field of this name") in {(e["field"], e["expected"]) for e in answer.json()["errors"]}


async def test_a_trailing_slash_is_another_address(client: httpx.AsyncClient) -> None:
    assert is_problem(await client.post("/counter/visits/", headers=bearer(), json={}), 404)


async def test_a_refusal_carries_all_that_it_says(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counter/fails/refused", headers=bearer())
    assert is_problem(answer, 409)
    assert answer.headers["x-version"] == "3"
    assert answer.json() == {
        "type": "urn:gongdan:problem:version",
        "title": "Conflict",
        "status": 409,
        "detail": "somebody was faster",
        "version": 3,
    }


@pytest.mark.parametrize("how", ["bug", "impossible"])
async def test_a_fault_of_the_program_tells_only_where_to_look(client: httpx.AsyncClient, how: str) -> None:
    answer = await client.post(f"/counter/fails/{how}", headers=bearer())
    assert is_problem(answer, 500)
    assert answer.json().keys() == MEMBERS
    assert all(word not in answer.text for word in ("hunter2", "10.0.0.7", "Traceback", "sequence"))


async def test_what_is_away_says_when_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counter/fails/unavailable", headers=bearer())
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["detail"] == "the broker is away"


async def test_a_librarys_word_about_what_is_away_stays_inside(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counter/fails/away", headers=bearer())
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
    assert "10.0.0.7" not in answer.text


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (asyncpg.CannotConnectNowError("starting"), True),
        (asyncpg.ConnectionDoesNotExistError("gone"), True),
        (asyncpg.AdminShutdownError("stop"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (asyncpg.DeadlockDetectedError("both"), True),
        (asyncpg.IdleInTransactionSessionTimeoutError("slept"), True),
        (asyncpg.ObjectNotInPrerequisiteStateError('database "x" is not currently accepting connections'), True),
        (asyncpg.InvalidCatalogNameError('database "x" does not exist'), True),
        (asyncpg.InvalidPasswordError("changed"), True),
        (asyncpg.PostgresIOError("could not write"), True),
        (asyncpg.InterfaceError("pool is closing"), True),
        (asyncpg.InterfaceError("cannot call f(): connection has been released back to the pool"), True),
        (TimeoutError(), True),
        (asyncpg.InterfaceError("the server expects 2 arguments for this query, 3 were passed"), False),
        (asyncpg.DataError("invalid input for query argument $1: closed"), False),
        (asyncpg.UniqueViolationError("twice"), False),
        (KeyError("x"), False),
    ],
)
def test_a_server_that_is_away_is_told_from_a_fault(error: Exception, *, away: bool) -> None:
    assert is_away(error) == away
    assert problem_of(error).status == (503 if away else 500)


async def test_a_service_that_is_not_ready_says_what_is_missing() -> None:
    from tests.unit.http.front_door import a_service, client_of

    async with client_of(a_service(is_ready=False)) as client:
        answer = await client.get("/counter/health/ready")
        live = await client.get("/counter/health/live")
    assert is_problem(answer, 503)
    assert answer.json()["checks"] == {"database": "away"}
    assert live.status_code == 200
