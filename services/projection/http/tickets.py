"""One ticket and many: lists, the ticket now and then, its history, and why it went where it went."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.projection import listing, queries
from services.projection.http.asked import Listed
from services.projection.http.door import Door, Stands, TheDoor, all_shown, bound_store, check_ticket, not_found
from services.projection.queries import Standing
from services.projection.views.lines import Names, Told, items, names_of
from services.projection.views.ticket import Document, shown
from services.projection.views.why import decisions
from shared import clock
from shared.errors import FieldError, Refused
from shared.http.answers import Json
from shared.http.instants import AskedInstant
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.position import OFFSET_MAX

HISTORY_MAX = 1_000

router = APIRouter(tags=["tickets"])
After = Annotated[int, Query(ge=queries.START, le=OFFSET_MAX, description="The `next_after` of the page before.")]
AtOnce = Annotated[int, Query(ge=1, le=HISTORY_MAX, description="So many of the ticket's events are looked at.")]
Reader = Annotated[Principal, allow("agent", "store", "technician", "boss", "auditor")]
ReaderOrSender = Annotated[Principal, allow("agent", "store", "technician", "boss", "auditor", "integration")]


@router.get("/tickets")
async def list_tickets(the_door: TheDoor, principal: Reader, asked: Annotated[Listed, Query()]) -> Json:
    """Tickets, newest first unless `sort` says otherwise; `next_cursor` goes on, `total` comes with the first page."""
    standing = await the_door.standing(asked.at_least)
    now = clock.now()
    page = await listing.list_tickets(
        the_door.pool,
        standing.generation,
        asked.filters(bound_store=bound_store(principal)),
        now=now,
        sort=asked.sort,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    found = await all_shown(the_door, standing, page.documents, at=now)
    answer = {"items": found, "next_cursor": page.next_cursor, "position": standing.position}
    return Json(answer | ({} if page.total is None else {"total": page.total}))


@router.get("/tickets/{ticket}")
async def get_ticket(
    *,
    the_door: TheDoor,
    standing: Stands,
    principal: ReaderOrSender,
    ticket: str,
    as_of: Annotated[AskedInstant | None, Query(description="The ticket as it was at this instant.")] = None,
    as_of_event: Annotated[UUID | None, Query(description="The ticket as it was after this event of it.")] = None,
) -> Json:
    """The ticket (by id or number) now; or then, rebuilt from its events. 404 before the first event."""
    if as_of is not None and as_of_event is not None:
        wrong = FieldError("as_of_event", "nothing beside as_of", str(as_of_event))
        raise Refused(422, "One instant only", "as_of and as_of_event name two instants", errors=[wrong])
    current = await readable(the_door, standing, principal, ticket)
    document: Document | None = current
    at = clock.now()
    stopped = None
    if as_of is not None:
        document = await queries.ticket_at(the_door.pool, standing.generation, current["ticket_id"], as_of)
        at = as_of
    elif as_of_event is not None:
        document = await queries.ticket_at_event(the_door.pool, standing.generation, current["ticket_id"], as_of_event)
        at = at if document is None else datetime.fromisoformat(document["as_of"])
    else:
        stopped = (await queries.stopped(the_door.pool, standing, [current["ticket_id"]])).get(current["ticket_id"])
    if document is None:
        raise not_found(f"ticket {ticket} at that time")
    return Json(shown(document, at=at, position=standing.position, stopped=stopped))


@router.get("/tickets/{ticket}/history")
async def get_history(
    *,
    the_door: TheDoor,
    standing: Stands,
    principal: Reader,
    ticket: str,
    after: After = queries.START,
    limit: AtOnce = HISTORY_MAX,
) -> Json:
    """Every event of the ticket in order, each with a line in Chinese and English; `next_after` is null at the end."""
    document = await readable(the_door, standing, principal, ticket)
    return await history_page(the_door, standing, document, after=after, limit=limit, shown_as=items)


@router.get("/tickets/{ticket}/why")
async def get_why(
    *,
    the_door: TheDoor,
    standing: Stands,
    principal: Reader,
    ticket: str,
    after: After = queries.START,
    limit: AtOnce = HISTORY_MAX,
) -> Json:
    """The decision records: candidates, what removed each, scores, policy versions; `next_after` is null at the end."""
    document = await readable(the_door, standing, principal, ticket)
    return await history_page(the_door, standing, document, after=after, limit=limit, shown_as=decisions)


async def history_page(
    the_door: Door,
    standing: Standing,
    document: Document,
    *,
    after: int,
    limit: int,
    shown_as: Callable[[Iterable[Told], Names], list[dict[str, Any]]],
) -> Json:
    """What `shown_as` makes of the events behind `after`, at most `limit`; `next_after` goes on, null at the end."""
    ticket_id = document["ticket_id"]
    rows = await queries.history(the_door.pool, standing.generation, ticket_id, after=after, limit=limit + 1)
    names = names_of(await the_door.chain.policies(standing))
    return Json(
        {
            "ticket_id": ticket_id,
            "items": shown_as(map(queries.told, rows[:limit]), names),
            "next_after": rows[limit - 1]["offset"] if len(rows) > limit else None,
            "position": standing.position,
        }
    )


async def readable(the_door: Door, standing: Standing, principal: Principal, ticket: str) -> Document:
    """The ticket as it is now, if the caller may see it. Errors: Refused 404, 403."""
    document = await queries.find_ticket(the_door.pool, standing.generation, ticket)
    if document is None:
        raise await unknown(the_door, standing, ticket)
    await check_ticket(the_door, standing.generation, principal, document)
    return document


async def unknown(the_door: Door, standing: Standing, ticket: str) -> Refused:
    """The answer for a ticket that is not there; one whose very first event was set aside is named as stopped."""
    found = await queries.stopped(the_door.pool, standing, [ticket.lower()])
    if not found:
        return not_found(f"ticket {ticket:.80}")
    (stopped,) = found.values()
    detail = f"ticket {ticket:.80} is stopped before its first event ({stopped['kind']}): see the dead letters"
    return Refused(404, "Not found", detail, extra={"stopped": stopped})
