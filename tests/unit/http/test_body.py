import json
import math
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.errors import Refused
from shared.http import validate_json
from shared.http.edge import DISCARD_BYTES_MAX
from shared.http.limits import BODY_BYTES_MAX
from shared.http.text import SOUND
from shared.ids import uuid7
from tests.unit.http.front_door import BODY_BYTES_MAX_SMALL, bearer

VISITS = "/counter/visits"


async def post(client: httpx.AsyncClient, content: Any, path: str = VISITS, **headers: str) -> httpx.Response:
    return await client.post(path, content=content, headers=bearer() | headers)


async def errors_of(client: httpx.AsyncClient, document: Any, path: str = VISITS) -> dict[str, tuple[str, str]]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = await post(client, content, path, **{"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    return {error["field"]: (error["expected"], error["got"]) for error in answer.json()["errors"]}


async def test_a_sound_body_is_taken(client: httpx.AsyncClient) -> None:
    visit_id = str(uuid7())
    answer = await client.post(VISITS, json={"visit_id": visit_id, "customer": {"name": "张三 🙂"}}, headers=bearer())
    assert answer.status_code == 201
    assert answer.json()["visit"]["visit_id"] == visit_id
    assert answer.json()["visit"]["customer"]["name"] == "张三 🙂"


async def test_every_wrong_field_is_named_with_dots(client: httpx.AsyncClient) -> None:
    wrong = {"customer": {"phone": 13800138000, "fax": "1"}, "count": "2", "visit_id": "x", "tags": ["a", 7]}
    assert await errors_of(client, wrong) == {
        "customer.phone": ("a string", "13800138000"),
        "customer.fax": ("no field of this name", '"1"'),
        "count": ("a whole number", '"2"'),
        "visit_id": ("a UUID", '"x"'),
        "tags.1": ("a string", "7"),
    }


async def test_a_body_that_fastapi_parses_fails_with_the_same_names(client: httpx.AsyncClient) -> None:
    assert await errors_of(client, {"customer": {"phone": 1}}, "/counter/parsed") == {
        "customer.phone": ("a string", "1")
    }


async def test_what_came_is_cut_short(client: httpx.AsyncClient) -> None:
    expected, got = (await errors_of(client, {"description": "漏" * 2_000}))["description"]
    assert expected == "at most 200 characters"
    assert len(got) < 120
    assert "(2000 characters)" in got


async def test_a_secret_is_not_repeated(client: httpx.AsyncClient) -> None:
    assert (await errors_of(client, {"webhook_secret": "hunter2"}))["webhook_secret"][1] == "(not shown)"


@pytest.mark.parametrize("document", [[], "x", 3, None])
async def test_a_body_that_is_no_object_is_refused_as_a_whole(client: httpx.AsyncClient, document: Any) -> None:
    assert list(await errors_of(client, document)) == ["(body)"]


UNKEEPABLE = {
    rb'{"customer":{"name":"a\u0000b"}}': ("customer.name", "text without U+0000"),
    rb'{"customer":{"name":"\ud800"}}': ("customer.name", "text without half a surrogate pair"),
    rb'{"customer":{"name":"\udC00\ud800"}}': ("customer.name", "text without half a surrogate pair"),
    rb'{"tags":["fine","\u0000"]}': ("tags.1", "text without U+0000"),
    rb'{"customer":{"\u0000":1}}': ("customer", "text without U+0000"),
    rb'{"description":"\u001b[31mred"}': ("description", SOUND),
    rb'{"description":"\b"}': ("description", SOUND),
    rb'{"description":"line\rover"}': ("description", SOUND),
    b'{"description":"\x7f"}': ("description", SOUND),
    '{"description":"\u0085"}'.encode(): ("description", SOUND),
    b'{"weight":NaN}': ("weight", "a finite number"),
    b'{"weight":-Infinity}': ("weight", "a finite number"),
    b'{"weight":1e999}': ("weight", "a finite number"),
    b'{"unknown":{"deep":[NaN]}}': ("unknown.deep.0", "a finite number"),
}


@pytest.mark.parametrize("path", [VISITS, "/counter/parsed"])
@pytest.mark.parametrize(("content", "named"), UNKEEPABLE.items())
async def test_what_nobody_can_keep_or_show_is_named(
    client: httpx.AsyncClient, content: bytes, named: tuple[str, str], path: str
) -> None:
    errors = await errors_of(client, content, path)
    assert [(field, expected) for field, (expected, _) in errors.items()] == [named]


@pytest.mark.parametrize(
    "content",
    [
        rb'{"description":"one\r\ntwo\n\tthree \\b \u0074"}',
        rb'{"description":"NaN Infinity \\u0000 1e999 \ud83d\ude42"}',
        '{"description":"1e400 是什么"}'.encode(),
    ],
)
async def test_text_that_only_looks_like_it_is_taken(client: httpx.AsyncClient, content: bytes) -> None:
    assert (await post(client, content)).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  ",
        b"{",
        b"{'a':1}",
        b'{"description":"\x00"}',
        b'{"description":"\xff\xfe"}',
        b'{"description":"a\nb"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"NaN",
        b"NaN" + b"[" * 100_000,
        b'{"count":1}{"count":2}',
        b'{"n":' + b"1" * 5_000 + b',"weight":NaN}',
    ],
)
async def test_what_is_not_json_is_400(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await post(client, content)
    assert answer.status_code == 400, answer.text
    assert answer.json()["title"] == "Not JSON"


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_what_can_be_kept_passes_unchanged_and_nothing_else_passes(document: Any) -> None:
    content = json.dumps(document)
    try:
        kept = json.dumps(validate_json(content.encode(), TypeAdapter(Any)), allow_nan=False)
    except Refused as refusal:
        kept = refusal.title
    assert kept == (content if is_keepable(document) else "Invalid input")


def is_keepable(document: Any) -> bool:
    match document:
        case str():
            text = document.replace("\r\n", "\n").replace("\t", "").replace("\n", "")
            return not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
        case float():
            return math.isfinite(document)
        case list():
            return all(map(is_keepable, document))
        case dict():
            return all(map(is_keepable, [*document, *document.values()]))
        case _:
            return True


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonx", "application/json; charset=gbk", ""]
)
async def test_another_media_type_is_415(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await post(client, b"{}", **{"content-type": media_type})
    assert answer.status_code == 415
    assert answer.json()["expected"] == "application/json in UTF-8"


@pytest.mark.parametrize(
    "media_type", ["application/json", "APPLICATION/JSON", 'application/json;charset="UTF-8"', "application/ld+json"]
)
async def test_every_spelling_of_json_is_taken(client: httpx.AsyncClient, media_type: str) -> None:
    assert (await post(client, b"{}", **{"content-type": media_type})).status_code == 201


async def test_a_body_that_fastapi_parses_is_told_apart_likewise(client: httpx.AsyncClient) -> None:
    broken = await post(client, b"{", "/counter/parsed", **{"content-type": "application/json"})
    other = await post(client, b"{}", "/counter/parsed", **{"content-type": "text/plain"})
    assert (broken.status_code, other.status_code) == (400, 415)


async def test_a_packed_body_is_415(client: httpx.AsyncClient) -> None:
    assert (await post(client, b"{}", **{"content-encoding": "gzip"})).status_code == 415


async def test_a_body_over_the_limit_is_413(client: httpx.AsyncClient) -> None:
    answer = await post(client, b'{"description":"' + b"x" * BODY_BYTES_MAX + b'"}')
    assert answer.status_code == 413
    assert answer.json()["bytes_max"] == BODY_BYTES_MAX
    assert "connection" not in answer.headers


class Chunks:
    """A body of unsaid length; remembers how much was asked for."""

    def __init__(self, count: int, size: int = 65_536) -> None:
        self.count = count
        self.size = size
        self.given = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            self.given += self.size
            yield b" " * self.size


@pytest.mark.parametrize("path", [VISITS, "/counter/parsed"])
async def test_a_body_of_unsaid_length_is_refused_at_the_limit(client: httpx.AsyncClient, path: str) -> None:
    answer = await post(client, aiter(Chunks(100)), path)
    assert answer.status_code == 413
    assert "connection" not in answer.headers


async def test_the_rest_of_a_body_over_the_limit_is_not_read_for_ever(client: httpx.AsyncClient) -> None:
    chunks = Chunks(10_000)
    answer = await post(client, aiter(chunks))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert chunks.given <= DISCARD_BYTES_MAX + 2 * chunks.size


async def test_a_route_may_take_more(client: httpx.AsyncClient) -> None:
    answer = await post(client, aiter(Chunks(100)), "/counter/imports")
    assert answer.json() == {"bytes": 6_553_600}


async def test_a_route_may_take_less(client: httpx.AsyncClient) -> None:
    assert (await post(client, b"x" * BODY_BYTES_MAX_SMALL, "/counter/small")).status_code == 200
    assert (await post(client, b"x" * (BODY_BYTES_MAX_SMALL + 1), "/counter/small")).status_code == 413


async def test_the_token_comes_before_the_body(client: httpx.AsyncClient) -> None:
    chunks = Chunks(10)
    answer = await client.post("/counter/parsed", content=aiter(chunks))
    assert (answer.status_code, chunks.given) == (401, 0)


async def test_the_parameters_of_the_address_are_named(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/counter/visits/7", params={"limit": "9"}, headers=bearer() | {"idempotency-key": "123456"}
    )
    assert {error["field"] for error in answer.json()["errors"]} == {"visit_id", "limit", "idempotency-key"}


@pytest.mark.parametrize("path", ["/counter/visits/a%00b", f"/counter/visits/{uuid7()}?limit=%00"])
async def test_u_0000_in_an_address_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=bearer())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["expected"] == "text without U+0000"
