"""Notify's own facts.

How telling a person ended, one after the other per ticket, in the transaction of the rows they are about.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.store.outcomes import Told
from services.notify.store.tickets import Kept, save_tickets
from shared.errors import Impossible
from shared.events.envelope import Draft
from shared.events.notify import NotificationFact, NotificationFailed, NotificationSent, NotificationSuppressed
from shared.log.outbox import append_events

ACTOR = "system:notify"


def sent(told: Told, *, message_id: str) -> NotificationSent:
    """The other side took it."""
    return NotificationSent(**common(told), message_id=message_id, attempts=told.attempts)


def failed(told: Told, *, reason: str, detail: str | None) -> NotificationFailed:
    """It was given up."""
    return NotificationFailed(**common(told), reason=reason, detail=detail, attempts=told.attempts)


def suppressed(told: Told, *, reason: str) -> NotificationSuppressed:
    """It was not told on purpose."""
    return NotificationSuppressed(**common(told), reason=reason)


def common(told: Told) -> dict[str, Any]:
    """What all three say."""
    return {
        "delivery_id": told.id,
        "about_event_id": told.event_id,
        "about_type": told.event_type,
        "recipient": told.recipient,
        "recipient_id": told.recipient_id,
        "channel": told.channel,
        "address": told.address,
        "template": told.template,
    }


async def write_facts(
    connection: Any,
    tickets: dict[UUID, Kept],
    facts: Iterable[tuple[Told, NotificationFact]],
    *,
    now: datetime,
    changed: Sequence[UUID] = (),
) -> None:
    """Give each fact the next sequence of its ticket and append it.

    Save the tickets that moved, and those in `changed`.

    `tickets` are locked by the caller's transaction. A fact's id comes from the event it is about, the recipient and
    the channel, so no delivery can end twice in the log; a resend by hand is one further ordinal.
    """
    moved = set(changed)
    events = []
    for told, fact in facts:
        if told.ticket_id is None:
            raise Impossible(f"delivery {told.id}: a person is told about a ticket, got an event without one")
        kept = tickets[told.ticket_id].next(now)
        tickets[told.ticket_id] = kept
        moved.add(told.ticket_id)
        events.append(draft(told, fact, kept, now=now).event())
    await save_tickets(connection, [tickets[ticket_id] for ticket_id in moved])
    await append_events(connection, events)


def draft(told: Told, fact: NotificationFact, kept: Kept, *, now: datetime) -> Draft:
    """The fact on its way to the log."""
    return Draft(
        subject=str(told.ticket_id),
        sequence=kept.sequence,
        data=fact,
        occurred_at=now,
        recorded_at=kept.recorded_at or now,
        causation_id=told.event_id,
        correlation_id=told.correlation_id,
        actor=told.asked_by or ACTOR,
        purpose=f"delivery:{told.recipient}:{told.channel}",
        ordinal=told.resends,
    )
