"""Reading the log: tickets that were opened are routed and put on a crew's list; what else intake says is counted.

What notify says changes nothing here, and is most of the log: that it was read, admission knows.

Runs inside the transaction of the reader's position: one query for the states of a batch, one write set, never a query
per event.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.store.changes import Cause, Change, decided, heard, unchanged
from services.routing.store.save import save
from services.routing.store.tickets import database_now, load_versions, lock_tickets
from services.routing.ticket.commands import Route
from services.routing.ticket.decide import decide
from services.routing.ticket.evolve import Heard, TicketEvent
from services.routing.ticket.state import Unopened
from shared.events.intake import TicketOpened
from shared.log.admission import Admitted
from shared.log.reader import Effect, OlderThanTheLog
from shared.policies import Policies

FOLDS = frozenset({TicketOpened.TYPE})
"""The types whose data routing needs; others are admitted without decoding."""
OWN_SOURCE = "/routing"
CHUNK_TICKETS = 100
"""So many tickets are decided before the loop and the database hear of us again: neither may think us frozen."""
INTAKE = "/intake"
ABOUT_TICKETS = "ticket."
"""How the types begin whose subject is a ticket; a contact that was filtered is none."""


def effect(policies: Callable[[], Policies]) -> Effect:
    """What the reader does with a batch, deciding by the policies of that moment."""

    async def take(connection: Any, batch: Sequence[Admitted]) -> None:
        await check_own(connection, [one for one in batch if one.attributes.source == OWN_SOURCE])
        said = [one for one in batch if one.attributes.source == INTAKE]
        await take_in(connection, [one for one in said if one.attributes.type.startswith(ABOUT_TICKETS)], policies())

    return take


async def check_own(connection: Any, own: Sequence[Admitted]) -> None:
    """Stop at a decision of ours that this database does not hold: it is older than the log, and would write it again.

    Raises OlderThanTheLog, which stops the reader and all writing.
    """
    newest: dict[UUID, int] = {}
    for one in own:
        newest[UUID(one.attributes.subject)] = one.attributes.sequence
    versions = await load_versions(connection, newest) if newest else {}
    for ticket_id, sequence in newest.items():
        if versions.get(ticket_id, 0) < sequence:
            raise OlderThanTheLog(
                f"ticket {ticket_id}: expected at most sequence {versions.get(ticket_id, 0)} from {OWN_SOURCE}, "
                f"got {sequence}: this database is older than the log"
            )


async def take_in(connection: Any, batch: Sequence[Admitted], policies: Policies) -> None:
    """Fold what intake said, and decide about what was opened."""
    if not batch:
        return
    by_ticket: defaultdict[UUID, list[Admitted]] = defaultdict(list)
    for one in batch:
        by_ticket[UUID(one.attributes.subject)].append(one)
    states = await lock_tickets(connection, by_ticket)
    ticket_ids = sorted(by_ticket)
    for start in range(0, len(ticket_ids), CHUNK_TICKETS):
        now = await database_now(connection)
        await save(
            connection,
            [
                react(unchanged(ticket_id, states.get(ticket_id, Unopened())), by_ticket[ticket_id], policies, now)
                for ticket_id in ticket_ids[start : start + CHUNK_TICKETS]
            ],
        )


def react(change: Change, events: Sequence[Admitted], policies: Policies, now: datetime) -> Change:
    """One ticket: take its events in, in order, and route it when it was opened."""
    for one in events:
        change = heard(change, _taken(one))
        if isinstance(one.data, TicketOpened):
            cause = Cause(causation_id=one.attributes.id, purpose="reader", traceparent=one.attributes.traceparent)
            facts = decide(change.after, Route(one.data), policies, now)
            change = decided(change, facts, cause, now)
    return change


def _taken(one: Admitted) -> TicketEvent:
    attributes = one.attributes
    return TicketEvent(
        id=attributes.id,
        sequence=attributes.sequence,
        occurred_at=attributes.occurred_at,
        recorded_at=attributes.recorded_at,
        correlation_id=attributes.correlation_id,
        data=one.data if isinstance(one.data, TicketOpened) else Heard(),
    )
