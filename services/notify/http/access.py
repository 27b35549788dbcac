"""Who may ask notify for what, and how: everybody who reads tickets reads deliveries and letters.

A store's and a technician's view is their store's; an integration's is what belongs to contacts that it sent.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from services.notify.store.scope import Scope
from shared.errors import FieldError, Refused
from shared.http import invalid
from shared.http.fields import describe
from shared.identity.principal import Principal, Role
from shared.identity.roles import allow
from shared.log.position import PositionWaiters

READERS = allow()
"""Everyone with a token; `narrowed_to` says whose."""
RESENDERS = allow("agent", "boss", "operator")
MAIL_READERS = allow("integration", "agent", "store", "technician", "boss", "auditor")
"""Not operators: letters say what customers and technicians wrote."""
SUBSCRIBERS = allow("integration", "agent", "boss")
"""Who is told everything, or, as an integration, of its own contacts; `owned_by` says whose subscriptions one sees."""
UNSUBSCRIBERS = allow("integration", "agent", "boss", "operator")
SUBSCRIPTION_READERS = allow("integration", "agent", "boss", "operator", "auditor")
SEE_ALL_SUBSCRIPTIONS = frozenset({Role.BOSS, Role.OPERATOR, Role.AUDITOR})

LIMIT_MAX = 1_000
LIMIT = 100
PLACE_MAX = 2**63 - 1
"""What a row's serial can be."""
ADDRESS_CHARACTERS_MAX = 320

Status = Literal["held", "waiting", "sending", "sent", "failed", "suppressed"]
Channel = Literal["email", "webhook"]


class Asked(BaseModel):
    """What every read may be asked; a name that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: Annotated[
        str | None, Field(description="A position from an earlier answer: wait until notify has read so far.")
    ] = None


class Listed(Asked):
    """A page of a list: from where on, how many."""

    ticket_id: UUID | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT


class ListedPosts(Listed):
    """Deliveries to a subscriber."""

    status: Status | None = None


class ListedDeliveries(ListedPosts):
    """Deliveries to anybody."""

    channel: Channel | None = None


class ListedMails(Listed):
    """Mails, for a program or a person."""

    to: Annotated[str | None, Field(max_length=ADDRESS_CHARACTERS_MAX, pattern=r"^[^\x00]*$")] = None
    form: Annotated[Literal["json", "html"] | None, Field(alias="format")] = None


def pool_of(request: Request) -> Any:
    """The database pool of this service."""
    return request.app.state.pool


async def reached(request: Request, asked: Asked) -> None:
    """Wait until notify has read as far as was asked for. Errors: Refused (422, 504)."""
    waiters: PositionWaiters = request.app.state.waiters
    await waiters.wait(asked.at_least)


def narrowed_to(principal: Principal) -> Scope:
    """The tickets whose deliveries and mails this principal sees."""
    sender = principal.actor if principal.role is Role.INTEGRATION else None
    return Scope(store_id=principal.store_id, sender=sender)


def foreign(principal: Principal) -> Refused:
    """The answer (403) for what belongs to another store, or to contacts of somebody else."""
    whose = f"store {principal.store_id}" if principal.store_id is not None else f"contacts of {principal.actor}"
    return Refused(403, "Forbidden", f"this does not belong to {whose}")


def owned_by(principal: Principal) -> str | None:
    """The creator of the subscriptions that this principal sees, or None for all."""
    return None if principal.role in SEE_ALL_SUBSCRIPTIONS else principal.actor


def to_cursor(place: int) -> str:
    """Where a list goes on."""
    return urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> int | None:
    """The place in a cursor of ours. Errors: Refused (422)."""
    if cursor is None:
        return None
    try:
        place = int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Error, ValueError):
        place = -1
    if not 0 <= place <= PLACE_MAX:
        raise invalid([FieldError("cursor", "a cursor from an earlier answer", describe(cursor))])
    return place


def page_of(documents: list[dict[str, Any]], places: list[int], *, limit: int) -> dict[str, Any]:
    """A page of a list: its items, and where it goes on when there may be more."""
    return {"items": documents, "next_cursor": to_cursor(places[-1]) if len(places) == limit else None}
