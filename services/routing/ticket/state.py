"""What a ticket can be: one frozen dataclass per state, each with only the fields that exist then.

`Known` is what every state carries: how far each source has been folded, what intake said, what routing decided. A
state is stored as the JSON document of `to_document`; `from_document` gives an equal state.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.events.fact import Channel, Priority, Urgency
from shared.ids import StoreId, TechnicianId


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What intake said about the ticket, as far as routing needs it: no name, no text."""

    event_id: UUID
    ticket_number: str
    opened_at: datetime
    correlation_id: UUID
    channel: Channel
    urgency: Urgency
    store_id: StoreId | None
    """The store that the contact named, known or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What every state knows. Intake's facts touch `opened` and `intake` only, routing's the rest: they commute."""

    version: int = 0
    """Routing's own decisions so far (its sequence on the ticket)."""
    changed_version: int = 0
    """The version of the last decision that changed the state, not only added to it."""
    intake: int = 0
    notify: int = 0
    """Notify's facts that were read when the ticket was loaded."""
    recorded_at: datetime | None = None
    """When routing last wrote about it; the next one is later."""
    last_event_id: UUID | None = None
    """Routing's last fact: the cause of the next automatic one."""
    opened: Opened | None = None
    routed: bool = False
    store_id: StoreId | None = None
    """The store routing chose, or a person's assignment moved it to."""
    priority: Priority = "normal"
    category: str | None = None
    skills: tuple[str, ...] = ()
    workflow: str = "default"
    round: int = 1
    """Each eligible technician is asked once per round."""
    asked: tuple[TechnicianId, ...] = ()
    """Who was asked in this round, in order."""
    offer: int = 0
    """How many offers there were in all."""
    reopened: int = 0
    technician_id: TechnicianId | None = None
    """Who was last chosen; whoever holds it now is named by the state."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """Nothing is known that a person could act on."""

    known: Known = field(default_factory=Known)
    status: Literal["unopened"] = "unopened"


@dataclass(frozen=True, slots=True)
class Open:
    """Recorded; nobody has it, and nothing says yet why."""

    known: Known
    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting for somebody; `reason` says why nobody has it."""

    known: Known
    queue: str
    reason: str
    status: Literal["queued"] = "queued"


@dataclass(frozen=True, slots=True)
class Offered:
    """Someone was chosen and has until `accept_by` to take it."""

    known: Known
    technician_id: TechnicianId
    offer: int
    offered_by: UUID
    """The event that made the offer: the cause of its warning and its end."""
    warn_at: datetime
    accept_by: datetime
    warned: bool = False
    status: Literal["offered"] = "offered"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The technician took it."""

    known: Known
    technician_id: TechnicianId
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class InProgress:
    """Work goes on."""

    known: Known
    technician_id: TechnicianId
    status: Literal["in_progress"] = "in_progress"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work pauses until the customer or a third party has done something."""

    known: Known
    technician_id: TechnicianId
    waiting_for: Literal["customer", "third_party"]
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settled in the house's view."""

    known: Known
    status: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more is to be done."""

    known: Known
    status: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It will not be done."""

    known: Known
    status: Literal["cancelled"] = "cancelled"


Held = Offered | Accepted | InProgress | Waiting
"""The states that count against a technician's capacity."""
HELD_STATUSES = ("offered", "accepted", "in_progress", "waiting")

TicketState = Unopened | Open | Queued | Offered | Accepted | InProgress | Waiting | Resolved | Closed | Cancelled

_DOCUMENT: TypeAdapter[TicketState] = TypeAdapter(Annotated[TicketState, Field(discriminator="status")])


def to_document(state: TicketState) -> dict[str, Any]:
    """The state as JSON values."""
    document: dict[str, Any] = _DOCUMENT.dump_python(state, mode="json")
    return document


def from_document(document: dict[str, Any]) -> TicketState:
    """The state that `to_document` wrote. Errors: pydantic's ValidationError for a document that no state gave."""
    return _DOCUMENT.validate_python(document)
