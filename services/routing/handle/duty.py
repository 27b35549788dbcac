"""A technician comes or leaves: what was offered to whoever left goes to the next one."""

from typing import Any
from uuid import UUID

from services.routing.parts import Parts
from services.routing.store.changes import Cause, decided, unchanged
from services.routing.store.crews import lock_crew, offered_to, set_duty
from services.routing.store.policies import has_newer_crew
from services.routing.store.save import mark_crews, save
from services.routing.store.tickets import database_now, lock_tickets
from services.routing.ticket.commands import LeaveDuty
from services.routing.ticket.decide import decide
from services.routing.ticket.scope import check_duty
from shared.errors import Refused, Unavailable
from shared.identity.principal import Principal
from shared.ids import TechnicianId, random_id
from shared.policies import Policies

TRIES_MAX = 5
"""So often it begins again when they went to another crew meanwhile."""


async def change_duty(parts: Parts, technician_id: TechnicianId, *, on: bool, by: Principal) -> dict[str, object]:
    """Note who is there; answers with the tickets whose offer ended. Repeating it changes nothing.

    Raises Refused: 404 for somebody who is in no crew, 403 for somebody else's technician; Unavailable when they moved
    from crew to crew too often meanwhile.
    """
    policies = parts.book.current
    for _ in range(TRIES_MAX):
        found = policies.technician(technician_id)
        if found is None:
            raise Refused(404, "Technician not found", f"no crew has a technician {technician_id}")
        store_id = found[0]
        check_duty(technician_id, store_id, by)
        async with parts.pool.acquire() as connection, connection.transaction():
            # Under the crew's lock nobody offers them anything more, so what is offered to them now is all.
            await lock_crew(connection, store_id)
            if not await has_newer_crew(connection, store_id, policies):
                expired = await _set(connection, technician_id, policies, on=on, by=by)
                await mark_crews(connection, {store_id}, whole=True)
                return {"technician_id": technician_id, "store_id": store_id, "on": on, "expired_ticket_ids": expired}
        policies = await parts.book.refresh()
    raise Unavailable(f"technician {technician_id} moves between crews; try again")


async def _set(
    connection: Any, technician_id: TechnicianId, policies: Policies, *, on: bool, by: Principal
) -> list[UUID]:
    """Under the lock of their crew; answers with the tickets whose offer ended."""
    await set_duty(connection, technician_id, on=on)
    leaving = [] if on else await offered_to(connection, technician_id)
    states = await lock_tickets(connection, leaving)
    cause = Cause(causation_id=random_id(), purpose="duty", actor=by.actor)
    now = await database_now(connection)
    changes = [
        decided(unchanged(ticket_id, state), decide(state, LeaveDuty(technician_id), policies, now), cause, now)
        for ticket_id, state in states.items()
    ]
    await save(connection, changes)
    return [change.ticket_id for change in changes if change.events]
