"""What intake reads from `tickets`: which tickets are open, and whether its own database is as new as the log."""

from collections.abc import Sequence
from typing import Any, Final

from services.intake.contact import SOURCE
from shared.events.intake import TicketFollowedUp, TicketOpened
from shared.events.routing import (
    TicketAccepted,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketStarted,
    TicketWaited,
)
from shared.log.admission import Admitted
from shared.log.reader import OlderThanTheLog

FOLDS: Final[frozenset[str]] = frozenset()
"""No data is needed: the types alone say what the status is."""

OWN: Final = frozenset({TicketOpened.TYPE, TicketFollowedUp.TYPE})

STATUS_AFTER: Final = {
    TicketQueued.TYPE: "queued",
    TicketAssigned.TYPE: "offered",
    TicketAccepted.TYPE: "accepted",
    TicketStarted.TYPE: "in_progress",
    TicketWaited.TYPE: "waiting",
    TicketResumed.TYPE: "in_progress",
    TicketResolved.TYPE: "resolved",
    TicketClosed.TYPE: "closed",
    TicketCancelled.TYPE: "cancelled",
    TicketReopened.TYPE: "open",
}

OWN_SEQUENCES: Final = """
    SELECT s.subject, s.sequence, t.intake_sequence
    FROM unnest($1::uuid[], $2::integer[]) AS s(subject, sequence)
    LEFT JOIN tickets t ON t.ticket_id = s.subject
    WHERE t.intake_sequence IS NULL OR t.intake_sequence < s.sequence
    LIMIT 1
"""

SET_STATUSES: Final = """
    UPDATE tickets t SET status = s.status, routing_sequence = s.sequence
    FROM (SELECT locked.ticket_id FROM tickets locked WHERE locked.ticket_id = ANY ($1::uuid[])
          ORDER BY locked.ticket_id FOR UPDATE) l
    JOIN unnest($1::uuid[], $2::text[], $3::integer[]) AS s(ticket_id, status, sequence) ON s.ticket_id = l.ticket_id
    WHERE t.ticket_id = l.ticket_id AND t.routing_sequence < s.sequence
"""


async def follow(connection: Any, batch: Sequence[Admitted]) -> None:
    """The effect of a batch: the status of every ticket in it; one query to compare, one to write.

    Raises OlderThanTheLog, for which the reader lets no process write into this database any more.
    """
    await compare(connection, batch)
    await set_statuses(connection, batch)


async def compare(connection: Any, batch: Sequence[Admitted]) -> None:
    """Raise OlderThanTheLog when one of our own facts is above what this database gave out last."""
    highest: dict[str, int] = {}
    for admitted in batch:
        if admitted.attributes.source == SOURCE and admitted.attributes.type in OWN:
            highest[admitted.attributes.subject] = admitted.attributes.sequence
    if not highest:
        return
    row = await connection.fetchrow(OWN_SEQUENCES, list(highest), list(highest.values()))
    if row is not None:
        known = row["intake_sequence"] or "none"
        raise OlderThanTheLog(
            f"ticket {row['subject']}: the log has {SOURCE} up to {row['sequence']}, this database {known}: "
            "it is older than the log; `gongdan rebuild intake`, or point it at its own log"
        )


async def set_statuses(connection: Any, batch: Sequence[Admitted]) -> None:
    """Write the last status of each ticket of `batch`; what was written before by a later fact stays."""
    last: dict[str, tuple[str, int]] = {}
    for admitted in batch:
        status = STATUS_AFTER.get(admitted.attributes.type)
        if status is not None:
            last[admitted.attributes.subject] = (status, admitted.attributes.sequence)
    if last:
        subjects = sorted(last)
        await connection.execute(
            SET_STATUSES,
            subjects,
            [last[subject][0] for subject in subjects],
            [last[subject][1] for subject in subjects],
        )
