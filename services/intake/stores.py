"""Which store each ticket is with, as routing decides it: what a store's or technician's token may be shown."""

from collections.abc import Sequence
from typing import Any, Final

from services.intake.consume import STATUS_AFTER, follow
from shared.events.routing import TicketAssigned, TicketRouted
from shared.log.admission import Admitted

STORE_FACTS: Final = frozenset({TicketRouted.TYPE, TicketAssigned.TYPE})
"""These say the store; their data is needed."""

SET_STORES: Final = """
    UPDATE tickets t SET store_id = s.store_id
    FROM (SELECT locked.ticket_id FROM tickets locked WHERE locked.ticket_id = ANY ($3::uuid[])
          ORDER BY locked.ticket_id FOR UPDATE) l
    JOIN unnest($1::uuid[], $2::text[]) AS s(ticket_id, store_id) ON s.ticket_id = l.ticket_id
    WHERE t.ticket_id = l.ticket_id AND t.store_id IS DISTINCT FROM s.store_id
"""


async def follow_with_stores(connection: Any, batch: Sequence[Admitted]) -> None:
    """The effect of a batch: the stores of its tickets, and all that `follow` keeps; one query for the stores."""
    await set_stores(connection, batch)
    await follow(connection, batch)


async def set_stores(connection: Any, batch: Sequence[Admitted]) -> None:
    """Write the last store of each ticket of `batch`; all its tickets are locked at once, in their order."""
    last: dict[str, str | None] = {}
    for admitted in batch:
        if isinstance(admitted.data, TicketRouted | TicketAssigned):
            last[admitted.attributes.subject] = admitted.data.store_id
    if last:
        moved = {admitted.attributes.subject for admitted in batch if admitted.attributes.type in STATUS_AFTER}
        await connection.execute(SET_STORES, list(last), list(last.values()), sorted(moved | last.keys()))
