"""Facts that notify tells: what was told to which person, and what became of it."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.fact import Fact, Personal, Source


class NotificationFact(Fact):
    """One delivery to one person about one event."""

    SOURCE: ClassVar[Source] = "/notify"

    delivery_id: UUID
    about_event_id: UUID
    about_type: str
    recipient: Literal["customer", "store", "technician"]
    recipient_id: str | None = None
    channel: Literal["email"]
    address: Personal[str | None] = None
    template: str
    """`name@language`, the text that was used."""


class NotificationSent(NotificationFact):
    """The other side's mail server took it."""

    TYPE: ClassVar[str] = "notification.sent"
    message_id: str
    attempts: int


class NotificationFailed(NotificationFact):
    """It was given up, visibly; a person may send it again."""

    TYPE: ClassVar[str] = "notification.failed"
    reason: str
    """`refused`, `no_address`, `outcome_unknown`, `gave_up`."""
    detail: Personal[str | None] = None
    attempts: int


class NotificationSuppressed(NotificationFact):
    """It was not told on purpose: too old to be news, or told before."""

    TYPE: ClassVar[str] = "notification.suppressed"
    reason: str
