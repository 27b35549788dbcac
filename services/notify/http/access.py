"""Who may ask notify for what: everybody who reads tickets reads deliveries.

A store's and a technician's view is their store's.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any
from uuid import UUID

from starlette.requests import Request

from shared.errors import FieldError, Refused
from shared.identity.principal import Principal
from shared.identity.roles import allow

READERS = allow()
"""Everyone with a token; `narrowed_to` says whose."""
RESENDERS = allow("agent", "boss", "operator")
SUBSCRIBERS = allow("integration", "agent", "boss", "operator")
SUBSCRIPTION_READERS = allow("integration", "agent", "boss", "operator", "auditor")
OPERATORS = allow("operator")

LIMIT_MAX = 1_000
LIMIT = 100


def pool_of(request: Request) -> Any:
    """The database pool of this service."""
    return request.app.state.pool


def narrowed_to(principal: Principal) -> str | None:
    """The one store that this principal sees, or None for all."""
    return principal.store_id


def refuse_foreign(principal: Principal, store_id: str | None) -> None:
    """Raise Refused (403) for what belongs to another store."""
    if principal.store_id is not None and store_id != principal.store_id:
        raise Refused(403, "Forbidden", f"this belongs to another store than {principal.store_id}")


def read_id(text: str, field: str) -> UUID:
    """An id of a path or query. Errors: Refused (422) naming the field."""
    try:
        return UUID(text)
    except ValueError:
        wrong = FieldError(field, "a UUID", text[:60])
        raise Refused(422, "Invalid input", f"cannot take: {field}", errors=[wrong]) from None


def to_cursor(place: int) -> str:
    """Where a list goes on."""
    return urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> int | None:
    """The place in a cursor of ours. Errors: Refused (422)."""
    if cursor is None:
        return None
    try:
        return int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Error, ValueError):
        wrong = FieldError("cursor", "a cursor from an earlier answer", cursor[:60])
        raise Refused(422, "Invalid input", "cannot take: cursor", errors=[wrong]) from None


def page_of(documents: list[dict[str, Any]], places: list[int], *, limit: int) -> dict[str, Any]:
    """A page of a list: its items, and where it goes on when there may be more."""
    return {"items": documents, "next_cursor": to_cursor(places[-1]) if len(places) == limit else None}
