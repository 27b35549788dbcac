"""A technician comes or leaves: what was offered to whoever left goes to the next one."""

from services.routing.parts import Parts
from services.routing.store.changes import Cause, decided, unchanged
from services.routing.store.crews import lock_crew, offered_to, set_duty
from services.routing.store.save import mark_crews, save
from services.routing.store.tickets import database_now, lock_tickets
from services.routing.ticket.commands import LeaveDuty
from services.routing.ticket.decide import decide
from services.routing.ticket.scope import check_duty
from shared.errors import Refused
from shared.identity.principal import Principal
from shared.ids import TechnicianId, random_id


async def change_duty(parts: Parts, technician_id: TechnicianId, *, on: bool, by: Principal) -> dict[str, object]:
    """Note who is there; answers with the tickets whose offer ended. Repeating it changes nothing.

    Raises Refused: 404 for somebody who is in no crew, 403 for somebody else's technician.
    """
    policies = parts.book.current
    found = policies.technician(technician_id)
    if found is None:
        raise Refused(404, "Technician not found", f"no crew has a technician {technician_id}")
    store_id = found[0]
    check_duty(technician_id, store_id, by)
    cause = Cause(causation_id=random_id(), purpose="duty", actor=by.actor)
    async with parts.pool.acquire() as connection, connection.transaction():
        # Under the crew's lock nobody offers them anything more, so these are all.
        await lock_crew(connection, store_id)
        await set_duty(connection, technician_id, on=on)
        leaving = [] if on else await offered_to(connection, technician_id)
        states = await lock_tickets(connection, leaving)
        now = await database_now(connection)
        changes = [
            decided(unchanged(ticket_id, state), decide(state, LeaveDuty(technician_id), policies, now), cause, now)
            for ticket_id, state in states.items()
        ]
        await save(connection, changes)
        await mark_crews(connection, {store_id}, whole=True)
    expired = [change.ticket_id for change in changes if change.events]
    return {"technician_id": technician_id, "store_id": store_id, "on": on, "expired_ticket_ids": expired}
