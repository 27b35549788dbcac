"""Names in an address that a route does not know: refused, so that a misspelt filter does not answer something else."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.errors import FieldError
from shared.http.fields import describe
from shared.http.problems import invalid

UNKNOWN: Final = "no field of this name"


def with_known_names_only(app: ASGIApp, route: APIRoute) -> ASGIApp:
    """`app`, which answers `route`, behind a 422 for each name in the query that the route does not have."""
    known = frozenset(query_names(route.dependant))

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            refuse_unknown(scope["query_string"], known)
        await app(scope, receive, send)

    return checked


def refuse_unknown(query: bytes, known: frozenset[str]) -> None:
    """Raise `Refused` (422) naming each parameter of `query` that is not among those `known`."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    unknown = [(name, value) for name, value in pairs if name not in known]
    if unknown:
        raise invalid([FieldError(name, UNKNOWN, describe(value, field=name)) for name, value in unknown])


def query_names(dependant: Dependant) -> Iterator[str]:
    """The names that a route's query may have, those of what it depends on among them."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from (field.alias or name for name, field in annotation.model_fields.items())
        else:
            yield parameter.alias
    for child in dependant.dependencies:
        yield from query_names(child)
