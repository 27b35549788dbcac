"""The parameters of questions: which tickets, in which order, at which instant."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.projection.listing import Sort
from services.projection.views.filters import Filters
from services.projection.views.search import QUESTION_CHARACTERS_MAX
from shared.events.fact import Channel, Priority
from shared.http.instants import AskedInstant

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
VALUES_MAX = 50
ID_CHARACTERS_MAX = 200

Status = Literal[
    "open",
    "queued",
    "offered",
    "accepted",
    "in_progress",
    "waiting",
    "resolved",
    "closed",
    "cancelled",
    "merged",
]


def split(values: Any) -> Any:
    """`a,b` and repeated parameters mean the same: one of these."""
    if isinstance(values, str):
        values = [values]
    return [part.strip() for value in values for part in value.split(",")] if isinstance(values, list) else values


Word = Annotated[str, Field(max_length=ID_CHARACTERS_MAX)]
Words = Annotated[tuple[Word, ...], BeforeValidator(split), Field(max_length=VALUES_MAX)]


class Narrowed(BaseModel):
    """Which tickets: the filters of lists and live views. Each may name several values, one of which must be met."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[tuple[Status, ...], BeforeValidator(split)] = ()
    store: Words = ()
    technician: Words = ()
    channel: Annotated[tuple[Channel, ...], BeforeValidator(split)] = ()
    category: Words = ()
    priority: Annotated[tuple[Priority, ...], BeforeValidator(split)] = ()
    customer: Words = ()
    overdue: bool | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)] = None
    opened_from: AskedInstant | None = None
    opened_to: AskedInstant | None = None
    at_least: str | None = None

    def filters(self, *, bound_store: str | None) -> Filters:
        """As the read model takes them; `bound_store` is the caller's own."""
        return Filters(
            status=self.status,
            store=self.store,
            technician=self.technician,
            channel=self.channel,
            category=self.category,
            priority=self.priority,
            customer=self.customer,
            overdue=self.overdue,
            q=self.q,
            opened_from=self.opened_from,
            opened_to=self.opened_to,
            bound_store=bound_store,
        )


class Listed(Narrowed):
    """A list of tickets: which, in which order, from where on."""

    sort: Sort = "-opened_at"
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


class Followed(Narrowed):
    """A live view: which tickets, and after which cursor (`Last-Event-ID` says the same; else from now on)."""

    after: str | None = None
