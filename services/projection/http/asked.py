"""The parameters of questions: which tickets, in which order, at which instant."""

import re
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from services.projection.listing import Sort
from services.projection.views.filters import Filters
from services.projection.views.search import QUESTION_CHARACTERS_MAX
from shared.events.fact import Channel, Priority

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
LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")
"""A `+` before an offset that was not escaped arrives as a space."""


def split(values: Any) -> Any:
    """`a,b` and repeated parameters mean the same: one of these."""
    if isinstance(values, str):
        values = [values]
    return [part.strip() for value in values for part in value.split(",")] if isinstance(values, list) else values


def mend_plus(value: Any) -> Any:
    """An instant whose offset lost its plus sign on the way."""
    return LOST_PLUS.sub("+", value) if isinstance(value, str) else value


Instant = Annotated[AwareDatetime, BeforeValidator(mend_plus)]
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
    opened_from: Instant | None = None
    opened_to: Instant | None = None
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
