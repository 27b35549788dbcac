"""Bodies of requests: read once and within a limit, refused where nobody could keep or show them, and validated.

    @router.post("/store/contacts", openapi_extra=json_body(StoreVisit))
    async def post_visit(request: Request, principal: Annotated[Principal, allow("integration")]) -> Response:
        visit = await read_json(request, StoreVisit)

This is quicker than a parameter that FastAPI parses, and says more: 400, 413, 415 and 422 each in their case.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import FieldError, Refused
from shared.http.fields import describe, field_errors
from shared.http.problems import invalid, not_json, unsupported
from shared.http.text import escaped, why_unsound

T = TypeVar("T")

DEPTH_MAX: Final = 64

_ESCAPED: Final = re.compile(rb"\\(?:[bfr]|u(?:00[01789]|[dD][89a-fA-F]))")
_HUGE: Final = re.compile(rb"[0-9][eE]\+?[0-9]{3}")

_JSON_TYPE: Final = re.compile(
    rb"application/(?:[\w.+-]+\+)?json(?:\s*;\s*charset\s*=\s*\"?utf-?8\"?)?\s*", re.IGNORECASE
)


async def read_json(request: Request, model: type[T] | TypeAdapter[T], *, strict: bool = True) -> T:
    """The request's body as a `model`. Raises `Refused` (400, 413, 415, 422 with every field that is wrong).

    `strict` takes no string for a number, nor the reverse; UUIDs, instants and enums still come as strings.
    """
    content = await read_json_bytes(request)
    return validate_json(content, model, strict=strict)


async def read_json_bytes(request: Request) -> bytes:
    """The body's bytes when its headers say JSON, which they may leave unsaid. Raises `Refused` (413, 415)."""
    for name, value in request.scope["headers"]:
        if name == b"content-type" and value != b"application/json" and _JSON_TYPE.fullmatch(value) is None:
            raise unsupported("application/json in UTF-8", value.decode("latin-1"))
        if name == b"content-encoding" and value.lower() != b"identity":
            raise compressed(value)
    return await _whole_body(request.receive)


async def _whole_body(receive: Receive) -> bytes:
    """All of the body, nearly always in one message. Raises `ClientDisconnect` when its sender went away."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def refuse_encodings(request: Request) -> None:
    """Raise `Refused` (415) for a compressed body: a small one may hide a large one."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise compressed(encoding.encode("latin-1"))


def compressed(encoding: bytes) -> Refused:
    """The 415 for a body that has to be unpacked."""
    return unsupported("a body without Content-Encoding", encoding.decode("latin-1"))


def validate_json(content: bytes, model: type[T] | TypeAdapter[T], *, strict: bool = True) -> T:
    """JSON bytes as a `model`. Raises `Refused` (400, 422)."""
    if _is_suspect(content):
        refuse_unkeepable(_parse_leniently(content))
    try:
        if isinstance(model, TypeAdapter):
            return model.validate_json(content, strict=strict)
        if issubclass(model, BaseModel):
            return model.model_validate_json(content, strict=strict)
        return TypeAdapter(model).validate_json(content, strict=strict)
    except ValidationError as error:
        raise _refusal(error, content) from None


def _is_suspect(content: bytes) -> bool:
    """Cheap sign that a body may hold what we refuse: a control character, half of a pair, a number beyond all bounds.

    Other raw forms need no look: JSON forbids raw characters below U+0020, and UTF-8 has no surrogates.
    """
    return (
        (b"\\" in content and _ESCAPED.search(content) is not None)
        or b"\x7f" in content
        or b"\xc2" in content  # begins U+0080 to U+009F, and a few signs that are fine
        or b"NaN" in content
        or b"Infinity" in content
        or _HUGE.search(content) is not None
    )


def refuse_unkeepable(document: object) -> None:
    """Raise `Refused` (422) for text that `text.py` refuses, NaN and infinity, wherever they stand."""
    found = list(_unkeepable(document, ()))
    if found:
        raise invalid(found)


def guard_json(app: ASGIApp) -> ASGIApp:
    """`app`, a route whose body FastAPI parses, with the same refusal of what PostgreSQL cannot keep."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        chunks: list[bytes] = []

        async def checked() -> Message:
            message = await receive()
            chunks.append(message.get("body", b""))
            if not message.get("more_body") and _is_suspect(content := b"".join(chunks)):
                refuse_unkeepable(_parse_leniently(content))
            return message

        await app(scope, checked, send)

    return guarded


def json_body(model: type[BaseModel], *, description: str = "") -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its own body with `read_json`; the schema comes into the document."""
    content = {"application/json": {"schema": model.model_json_schema(ref_template="#/components/schemas/{model}")}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def _refusal(error: ValidationError, content: bytes) -> Refused:
    errors = error.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        return not_json(_why_not_json(content, str(errors[0].get("ctx", {}).get("error", ""))))
    return invalid(field_errors(errors, _parse_leniently(content)))


def _why_not_json(content: bytes, told: str) -> str:
    if not content.strip():
        return "it is empty"
    return told or "it cannot be parsed"


def _parse_leniently(content: bytes) -> object:
    """The document with what we refuse still in it, so that the field can be named."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise not_json("nested too deep" if isinstance(error, RecursionError) else str(error)[:200]) from None


def _unkeepable(value: object, path: tuple[str, ...]) -> Iterator[FieldError]:
    if len(path) > DEPTH_MAX:
        raise not_json(f"nested deeper than {DEPTH_MAX}")
    match value:
        case dict():
            for key, inner in value.items():
                yield from _unkeepable_text(key, path)
                yield from _unkeepable(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _unkeepable(inner, (*path, str(index)))
        case str():
            yield from _unkeepable_text(value, path)
        case float() if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN is not itself
            yield FieldError(_dotted(path), "a finite number", str(value))


def _unkeepable_text(text: str, path: tuple[str, ...]) -> Iterator[FieldError]:
    expected = why_unsound(text)
    if expected is not None:
        yield FieldError(_dotted(path), expected, describe(escaped(text)))


def _dotted(path: tuple[str, ...]) -> str:
    return escaped(".".join(path)) or "(body)"
