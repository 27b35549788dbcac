"""The OpenAPI document of a service: FastAPI's, with roles, problems and the bodies that routes read themselves."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.http.problems import MEDIA_TYPE, PROBLEM_SCHEMA
from shared.identity.roles import RouteRoles

SECURITY_SCHEME: Final = "token"

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. More members may stand beside these.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}
FIELD_ERROR: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["field", "expected", "got"],
    "properties": {name: {"type": "string"} for name in ("field", "expected", "got")},
}


def problem(why: str, **members: Mapping[str, Any]) -> dict[str, Any]:
    """A problem among a route's `responses`; `members` are the schemas of what stands beside RFC 9457's own."""
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{PROBLEM_SCHEMA}"}
    if members:
        schema = {"allOf": [schema, {"type": "object", "properties": members}]}
    return {"description": why, "content": {MEDIA_TYPE: {"schema": schema}}}


def enrich(document: dict[str, Any], roles: list[RouteRoles]) -> dict[str, Any]:
    """Add to FastAPI's `document` what it cannot know; changes and answers it."""
    components = document.setdefault("components", {})
    components["securitySchemes"] = {SECURITY_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    schemas = components.setdefault("schemas", {})
    schemas[PROBLEM_SCHEMA], schemas["FieldError"] = dict(PROBLEM), dict(FIELD_ERROR)
    for line in roles:
        operation = document["paths"].get(line.path, {}).get(line.method.lower())
        if operation is not None:
            _enrich_operation(operation, line, schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _enrich_operation(operation: dict[str, Any], line: RouteRoles, schemas: dict[str, Any]) -> None:
    operation["security"] = [] if line.roles is None else [{SECURITY_SCHEME: []}]
    operation["x-roles"] = None if line.roles is None else sorted(role.value for role in line.roles)
    responses = operation.setdefault("responses", {})
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]  # FastAPI's own shape, which we never answer
    for status, why in _told(operation, line):
        responses.setdefault(status, problem(why))
    responses["default"] = problem("A problem")
    for content in operation.get("requestBody", {}).get("content", {}).values():
        _hoist(content.get("schema", {}).pop("$defs", {}), schemas)


def _told(operation: Mapping[str, Any], line: RouteRoles) -> Iterator[tuple[str, str]]:
    """The problems that follow from what an operation takes and from whom."""
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    if line.roles is not None:
        yield "401", "No token, or one that does not hold"
        yield "403", "A role that may not, or what belongs to another"
    if "{" in line.path:
        yield "404", "There is no such thing"
    if "requestBody" in operation:
        yield "400", "The body is not what its media type says"
        yield "413", "The body is over the limit"
        yield "415", "The body is of another media type"
    if asked or "requestBody" in operation:
        yield "422", "Fields that cannot be taken, each named"
    if "at_least" in asked:
        yield "504", "The position of `at_least` was not reached in time"


def _hoist(definitions: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Put a body's definitions among the schemas. Raises `ValueError` when two models share a name and differ."""
    for name, definition in definitions.items():
        if schemas.setdefault(name, definition) != definition:
            raise ValueError(f"two models of one service are called {name} and differ: rename one")
