"""Names in an address that a route does not know: refused, so that a misspelt filter does not answer something else."""

from collections.abc import Iterator
from typing import Final

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from starlette.requests import Request

from shared.errors import FieldError
from shared.http.fields import describe
from shared.http.problems import invalid

UNKNOWN: Final = "no field of this name"


async def refuse_unknown_names(request: Request) -> None:
    """Raise `Refused` (422) naming each parameter of the query that the route does not have."""
    if not request.scope["query_string"]:
        return
    known = set(query_names(request.scope["route"].dependant))
    unknown = [(name, value) for name, value in request.query_params.multi_items() if name not in known]
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


KNOWN_NAMES_ONLY: Final = Depends(refuse_unknown_names)
"""For the `dependencies` of a router or a route."""
