"""JSON answers, made by orjson: instants in UTC with `Z`, UUIDs and enums as strings, models as objects."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from starlette.responses import Response

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class Json(Response):
    """A JSON answer. Return it from a route as it is: FastAPI then neither copies nor validates it."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code=status_code, headers=headers)

    def render(self, content: Any) -> bytes:
        """The body's bytes; bytes are taken as JSON already."""
        return content if isinstance(content, bytes) else json_bytes(content)


def json_bytes(content: Any) -> bytes:
    """JSON as the answers have it."""
    return orjson.dumps(content, default=_plain, option=_OPTIONS)


def _plain(value: object) -> object:
    """What orjson does not know by itself. Raises `TypeError` for what has no JSON form."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case set() | frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
        case Decimal() | UUID():  # asyncpg's UUID is a subclass, which orjson leaves to us
            return str(value)
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")
