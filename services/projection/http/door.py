"""What the routes share: what they stand on, how a read waits for a position, and whose tickets a caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import Depends, Query, Request

from services.projection import queries
from services.projection.chain import Chain
from services.projection.live import Tail
from services.projection.queries import Standing
from services.projection.views.ticket import Document, shown
from shared import clock
from shared.errors import Refused
from shared.identity.principal import Principal, Role
from shared.log.position import PositionWaiters
from shared.log.reader import Reader
from shared.log.watch import Watch

BOUND_ROLES = frozenset({Role.STORE, Role.TECHNICIAN})
"""Their tokens are bound to one store."""


@dataclass(frozen=True, slots=True)
class Door:
    """What every route stands on; made by `main.py`, kept on `app.state.door`."""

    pool: asyncpg.Pool
    chain: Chain
    tail: Tail
    waiters: PositionWaiters
    readers: tuple[Reader, ...]
    watch: Watch
    at_least_wait_s: float

    async def standing(self, at_least: str | None) -> Standing:
        """Where the read model stands, once it has reached `at_least`. Errors: Refused 422, 504."""
        await self.waiters.wait(at_least, within_s=self.at_least_wait_s)
        return await queries.standing(self.pool)


def door(request: Request) -> Door:
    """The door of this app."""
    found: Door = request.app.state.door
    return found


TheDoor = Annotated[Door, Depends(door)]
AtLeast = Annotated[str | None, Query(description="A position from an earlier answer: wait until it is reached.")]


async def standing(the_door: TheDoor, at_least: AtLeast = None) -> Standing:
    """Where the read model stands, for routes that take nothing else from the query's model."""
    return await the_door.standing(at_least)


Stands = Annotated[Standing, Depends(standing)]


def bound_store(principal: Principal) -> str | None:
    """The store that the caller's lists are narrowed to; None for those who see all."""
    return principal.store_id if principal.role in BOUND_ROLES else None


def check_store(principal: Principal, store_id: str | None, *, what: str) -> None:
    """Refuse (403) what belongs to another store than the caller's."""
    bound = bound_store(principal)
    if bound is not None and store_id != bound:
        raise Refused(403, "Forbidden", f"{what} is not of store {bound}", extra={"store_id": bound})


async def check_ticket(the_door: Door, generation: int, principal: Principal, document: Document) -> None:
    """Refuse (403) a ticket that the caller may not see: of another store, or of another integration's contact."""
    check_store(principal, document["store_id"], what=f"ticket {document['ticket_number']}")
    if principal.role is Role.INTEGRATION and not await queries.was_acted_on_by(
        the_door.pool, generation, document["ticket_id"], principal.actor
    ):
        raise Refused(403, "Forbidden", f"ticket {document['ticket_id']} came from no contact of {principal.actor}")


async def all_shown(
    the_door: Door, standing: Standing, tickets: Sequence[Document], *, at: datetime | None = None
) -> list[Document]:
    """The tickets as answers have them, all at one instant (now, if not given)."""
    stopped = await queries.stopped(the_door.pool, standing, [ticket["ticket_id"] for ticket in tickets])
    now = at or clock.now()
    return [
        shown(ticket, at=now, position=standing.position, stopped=stopped.get(ticket["ticket_id"]))
        for ticket in tickets
    ]


def not_found(what: str) -> Refused:
    """The answer for something that is not there."""
    return Refused(404, "Not found", f"no {what}")
