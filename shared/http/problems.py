"""Every error as an RFC 9457 problem: the one boundary that sorts exceptions into answers.

Shape: `{type, title, status, detail, errors?: [{field, expected, got}], …extra}`. What is ours alone (traces, messages
of libraries, addresses) never leaves: it is logged beside the request's id, which the answer carries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.database.errors import TRANSIENT
from shared.errors import FieldError, Refused, Unavailable
from shared.http.fields import field_errors

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:gongdan:problem:"
PROBLEM_SCHEMA: Final = "Problem"
LOST: Final = ("clos", "released back to the pool", "another operation is cancelling")
"""In asyncpg's words about a connection that was lost while it was ours: a pool takes such a one back by itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem body with its status and headers. `is_ours`: a fault of the program, to be logged with its trace."""

    status: int
    title: str
    detail: str
    slug: str = ""
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False

    def document(self) -> dict[str, Any]:
        """The body, as JSON values."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.slug if self.slug else "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [error.document() for error in self.errors]
        return {**self.extra, **body}

    def response(self) -> Response:
        """The answer to send."""
        return Response(
            orjson.dumps(self.document(), default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers={"cache-control": "no-store", **self.headers},
        )


def problem_of(error: Exception) -> Problem:
    """The problem that tells a caller about `error`. Total: what nobody foresaw is a 500 that says nothing."""
    match error:
        case Refused():
            return _refused(error)
        case Unavailable():
            return unavailable(str(error), retry_after_s=error.retry_after_s)
        case RequestValidationError():
            return _refused(_invalid_request(error))
        case HTTPException(__cause__=Refused() as cause):
            return _refused(cause)  # raised while FastAPI read the body, which makes a bare 400 of everything
        case HTTPException():
            return _of_status(error.status_code, error.detail, error.headers or {})
        case _ if is_away(error):
            # The library's message names hosts and users; the log has it.
            return unavailable("a server that this service needs is away")
        case _:
            detail = "the program failed; the log has this request under the id in the answer's header X-Request-Id"
            return Problem(500, "Internal Server Error", detail, is_ours=True)


def is_away(error: Exception) -> bool:
    """Whether a library's error says that something outside is away, so that the same call may succeed later.

    Services need not wrap each of these in `Unavailable`.
    """
    if isinstance(error, asyncpg.InterfaceError):  # of a lost connection or pool, but also of wrong arguments
        return any(sign in str(error) for sign in LOST) and not isinstance(error, ValueError)
    return isinstance(error, TRANSIENT)


def invalid(errors: list[FieldError]) -> Refused:
    """The 422 that names every field which cannot be taken."""
    named = ", ".join(dict.fromkeys(error.field for error in errors))
    return Refused(422, "Invalid input", f"cannot take: {named[:300]}", slug="invalid-input", errors=errors)


def not_json(why: str) -> Refused:
    """The 400 for a body that is not JSON."""
    return Refused(400, "Not JSON", f"the body is not JSON: {why}", slug="not-json")


def too_large(bytes_max: int) -> Refused:
    """The 413 for a body over its limit."""
    detail = f"the body is over the limit of {bytes_max} bytes"
    return Refused(413, "Content Too Large", detail, extra={"bytes_max": bytes_max})


def unsupported(expected: str, got: str) -> Refused:
    """The 415 for a body of another media type or encoding."""
    return Refused(415, "Unsupported Media Type", f"expected {expected}, got {got[:80]}", extra={"expected": expected})


def unavailable(what: str, *, retry_after_s: int = 1) -> Problem:
    """The 503 that says when to try again."""
    headers = {"retry-after": str(retry_after_s)}
    extra = {"retry_after_s": retry_after_s}
    return Problem(503, "Service Unavailable", what, slug="unavailable", extra=extra, headers=headers)


def _invalid_request(error: RequestValidationError) -> Refused:
    errors = error.errors()
    if isinstance(error.body, bytes):  # FastAPI leaves a body alone whose headers do not say JSON
        return unsupported("application/json in UTF-8", "another media type")
    if errors[0]["type"] == "json_invalid":
        return not_json(str(errors[0].get("ctx", {}).get("error", "it cannot be parsed")))
    return invalid(field_errors(errors, error.body))


def _refused(error: Refused) -> Problem:
    return Problem(
        error.status, error.title, error.detail, error.slug, error.errors, extra=error.extra, headers=error.headers
    )


def _of_status(status: int, detail: str, headers: Mapping[str, str]) -> Problem:
    """A problem of HTTP itself (404, 405 …), for which RFC 9457 keeps `about:blank` and the status's own phrase."""
    phrase = HTTPStatus(status).phrase
    words = {404: "there is nothing at this address", 405: "this address does not take this method"}
    told = words.get(status, phrase) if detail == phrase else detail
    return Problem(status, phrase, told, headers=headers)
