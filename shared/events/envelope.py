"""The CloudEvents 1.0 attributes around a fact (decided in the design: binary mode, `ce_*` headers)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.fact import Fact
from shared.ids import derived_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """Everything about an event but its data.

    Instants are aware UTC; `sequence` counts from 1 per (source, subject).
    """

    id: UUID
    source: str
    type: str
    version: int
    subject: str
    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    causation_id: UUID
    correlation_id: UUID
    actor: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Attributes):
    """One fact in its envelope, as it is written to the log and read from it."""

    data: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact that is about to be written, and what its id is derived from.

    `purpose` says which part of the program reacts (`reader`, `dispatch`, `deadline:<stage>`,
    `delivery:<recipient>:<channel>`, `contact`, `command`), `ordinal` counts the facts of one cause and purpose from
    0: writing the same thing twice gives the same id.
    """

    subject: str
    sequence: int
    data: Fact
    occurred_at: datetime
    recorded_at: datetime
    causation_id: UUID
    correlation_id: UUID
    actor: str
    purpose: str
    ordinal: int = 0
    traceparent: str | None = None

    def event(self) -> Event:
        """The event with its derived id."""
        source = self.data.SOURCE
        return Event(
            id=derived_id(source, self.subject, self.causation_id, self.purpose, self.ordinal),
            source=source,
            type=self.data.TYPE,
            version=self.data.VERSION,
            subject=self.subject,
            sequence=self.sequence,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            causation_id=self.causation_id,
            correlation_id=self.correlation_id,
            actor=self.actor,
            traceparent=self.traceparent,
            data=self.data,
        )
