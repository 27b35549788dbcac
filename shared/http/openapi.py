"""The OpenAPI document of a service: FastAPI's, with roles, problems and the bodies that routes read themselves."""

from collections.abc import Mapping
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
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM_SCHEMA}"}}},
    }
    for content in operation.get("requestBody", {}).get("content", {}).values():
        _hoist(content.get("schema", {}).pop("$defs", {}), schemas)


def _hoist(definitions: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Put a body's definitions among the schemas. Raises `ValueError` when two models share a name and differ."""
    for name, definition in definitions.items():
        if schemas.setdefault(name, definition) != definition:
            raise ValueError(f"two models of one service are called {name} and differ: rename one")
