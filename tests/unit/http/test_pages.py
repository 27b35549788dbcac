import re
from typing import Any

import httpx
import pytest

from shared.http.openapi import enrich
from shared.identity.roles import RouteRoles
from tests.unit.http.front_door import bearer


async def test_openapi_tells_roles_problems_and_the_bodies_that_routes_read_themselves(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/counter/openapi.json")).json()
    operation = document["paths"]["/counter/visits"]["post"]
    assert operation["x-roles"] == ["agent", "integration"]
    assert operation["security"] == [{"token": []}]
    assert "customer" in operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert document["paths"]["/counter/health/live"]["get"]["security"] == []
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_every_reference_of_openapi_leads_somewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/counter/openapi.json")
    schemas = answer.json()["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert references <= schemas.keys()
    assert "Customer" in references


def test_two_models_of_one_name_are_found() -> None:
    def body(kind: str) -> dict[str, Any]:
        schema = {"$defs": {"Customer": {"type": kind}}}
        return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}

    document = {"paths": {"/a": body("object"), "/b": body("string")}}
    with pytest.raises(ValueError, match="called Customer"):
        enrich(document, [RouteRoles("POST", path, None) for path in ("/a", "/b")])


async def test_openapi_stays_the_same_when_asked_again(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/counter/openapi.json")).content for _ in range(2)]
    assert first == second


async def test_the_page_is_readable_without_scripts_or_other_hosts(client: httpx.AsyncClient) -> None:
    answer = await client.get("/counter/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "/counter/visits/{visit_id}" in answer.text
    assert "for agent, integration" in answer.text
    assert "<script" not in answer.text
    assert "https://" not in answer.text


async def test_asyncapi_is_what_the_service_gives(client: httpx.AsyncClient) -> None:
    assert (await client.get("/counter/asyncapi")).json() == {"asyncapi": "3.0.0"}


async def test_an_answer_has_instants_ids_and_models_in_one_form(client: httpx.AsyncClient) -> None:
    answer = await client.get("/counter/visits/019AA1DE-0000-7000-8000-000000000000", headers=bearer())
    assert answer.json() == {
        "visit_id": "019aa1de-0000-7000-8000-000000000000",
        "limit": 3,
        "actor": "agent:li",
        "key": None,
    }
