"""What a run of admitted events makes of the tickets it is about: the same for the live reader and for a rebuild."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.projection.views import search
from services.projection.views.rows import ListRow, SearchRow, list_row, search_row
from services.projection.views.ticket import Document, changed, plain, stamped
from shared.events import intake
from shared.events.policies import PolicyPublished
from shared.events.registry import FACTS
from shared.log.admission import Admitted

TICKETS = "tickets"
POLICIES = "policies"
POLICY_TYPES = frozenset({PolicyPublished.TYPE})
TICKET_TYPES = frozenset(name for name, fact in FACTS.items() if fact.SOURCE != "/projection") - POLICY_TYPES
"""Projection shows everything that happens to a ticket, so it folds every type."""

HISTORY_COLUMNS = (
    "partition",
    "offset",
    "ticket_id",
    "event_id",
    "source",
    "type",
    "version",
    "sequence",
    "occurred_at",
    "recorded_at",
    "seen_at",
    "causation_id",
    "correlation_id",
    "actor",
    "traceparent",
    "value",
)


@dataclass(slots=True)
class Ticket:
    """A ticket while events are taken in: its document, and how much of its search row has to be written again."""

    document: Document | None = None
    seen_at: datetime | None = None
    """When the last event taken in here was seen; the document says it only when it is written."""
    folded: str | None = None
    """The searched text; None while it has not been read from the table."""
    added: list[str] = field(default_factory=list)
    """What later contacts said, not yet part of `folded`."""
    is_search_stale: bool = False

    def take(self, admitted: Admitted) -> None:
        """Take one event in."""
        data = admitted.data
        if data is None:
            return
        before = self.document
        self.document = document = changed(before, admitted.attributes, data)
        self.seen_at = admitted.seen_at
        if isinstance(data, intake.TicketOpened):
            self.folded = search.searchable(document)
            self.is_search_stale = True
        elif isinstance(data, intake.TicketFollowedUp):
            self.added.append(plain(data.description) or "")
            self.is_search_stale = True
        elif before is None or before["store_id"] != document["store_id"]:
            self.is_search_stale = True

    def list_row(self) -> ListRow | None:
        """The list row to write; None when nothing was taken in."""
        if self.document is None or self.seen_at is None:
            return None
        return list_row(stamped(self.document, self.seen_at))

    def search_row(self) -> SearchRow | None:
        """The search row to write, None when the one in the table holds. If it had a text, `folded` is that by now."""
        if not self.is_search_stale or self.document is None:
            return None
        self.folded = self.folded or ""
        for text in self.added:
            self.folded = search.extended(self.folded, text)
        self.added.clear()
        self.is_search_stale = False
        return search_row(self.document, self.folded)


def take_all(tickets: dict[str, Ticket], batch: Iterable[Admitted]) -> None:
    """Take the events of `batch` in, in log order; tickets that are not there yet are made."""
    for admitted in batch:
        ticket = tickets.get(admitted.attributes.subject)
        if ticket is None:
            ticket = tickets[admitted.attributes.subject] = Ticket()
        ticket.take(admitted)


def history_rows(batch: Sequence[Admitted]) -> list[tuple[Any, ...]]:
    """The rows of `history`, in the order of `HISTORY_COLUMNS`."""
    return [history_row(admitted) for admitted in batch]


def history_row(admitted: Admitted) -> tuple[Any, ...]:
    """One row of `history`: where it lies, what it says about itself, and its bytes."""
    record, attributes = admitted.record, admitted.attributes
    return (
        record.partition,
        record.offset,
        attributes.subject,
        attributes.id,
        attributes.source,
        attributes.type,
        attributes.version,
        attributes.sequence,
        attributes.occurred_at,
        attributes.recorded_at,
        admitted.seen_at,
        attributes.causation_id,
        attributes.correlation_id,
        attributes.actor,
        attributes.traceparent,
        record.value,
    )
