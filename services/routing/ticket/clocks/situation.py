"""What clocks look at: a ticket just after something happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.events.fact import Channel, Priority
from shared.policies.conditions import WaitingFor
from shared.policies.metrics import Begins
from shared.policies.workflow import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The ticket from `at` on, until the next situation; instants are aware."""

    at: datetime
    event: str
    """What happened at `at`."""
    opened_at: datetime
    status: Status = "open"
    priority: Priority = "normal"
    channel: Channel = "store"
    category: str | None = None
    waiting_for: WaitingFor = "nobody"
    replied_at: datetime | None = None
    """The newest public reply."""
    unanswered_since: datetime | None = None
    """The oldest word of the customer since then, or since the ticket was last settled: resolving answers it too."""
    accepted_at: datetime | None = None
    promised_at: datetime | None = None
    """The date that a person gave; no pause moves it."""
    is_imported: bool = False
    """Taken over from elsewhere, long after it happened: clocks fold it and nobody is told.

    An import ends with a situation of its own instant, so that what was over before it is never told.
    """

    def values(self) -> Mapping[str, Any]:
        """What the fields of a condition's clauses are compared with."""
        return {
            "status": self.status,
            "priority": self.priority,
            "channel": self.channel,
            "category": self.category,
            "waiting_for": self.waiting_for,
            "answered": self.replied_at is not None,
            "customer_waits": self.unanswered_since is not None,
            "event": self.event,
        }

    def begin_of(self, begins: Begins) -> datetime:
        """The instant that a goal counts from; now, where there is none."""
        match begins:
            case "opened":
                return self.opened_at
            case "unanswered":
                return self.unanswered_since or self.at
            case "replied":
                return self.replied_at or self.opened_at
            case "accepted":
                return self.accepted_at or self.at
            case "now":
                return self.at
