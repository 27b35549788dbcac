"""The log itself: as lines, as live view, and how far it has been read."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import StreamingResponse

from services.projection.http.asked import Followed
from services.projection.http.door import Door, Stands, TheDoor, bound_store
from services.projection.live import cursor_of
from services.projection.queries import Standing, told
from services.projection.views.filters import Filters
from services.projection.views.lines import Names, line, names_of
from services.projection.views.ticket import shown
from shared import clock
from shared.http.answers import Json, json_bytes
from shared.http.limits import limits
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.position import log_position

HEARTBEAT_S = 10.0
RETRY_MS = 1_000
"""After a lost connection a browser comes back after this time."""
UNBUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}

router = APIRouter(tags=["log"])
Reader = Annotated[Principal, allow("agent", "store", "technician", "boss", "auditor")]
LOG_READERS = ("agent", "boss", "auditor")


async def place(the_door: TheDoor) -> AsyncIterator[None]:
    """A place among the open streams, given back after the answer has ended. Errors: Unavailable."""
    async with the_door.tail.view():
        yield


@router.get("/events", dependencies=[allow(*LOG_READERS), Depends(place)])
@limits(is_endless=True)
async def get_events(
    *,
    the_door: TheDoor,
    standing: Stands,
    after: Annotated[str | None, Query(description="A line's cursor, or a position: what comes behind it.")] = None,
    limit: Annotated[int | None, Query(ge=1)] = None,
    follow: Annotated[bool, Query(description="Go on at the end, with what comes.")] = False,
) -> StreamingResponse:
    """The log as NDJSON, each partition in its order, each line with the cursor that goes on behind it."""
    cursor = cursor_of(after, field="after") if after is not None else {}
    names = names_of(await the_door.chain.policies(standing))
    return StreamingResponse(
        lines(the_door, cursor, limit=limit, follow=follow, names=names),
        media_type="application/x-ndjson",
        headers=UNBUFFERED,
    )


async def lines(
    the_door: Door, cursor: dict[int, int], *, limit: int | None, follow: bool, names: Names
) -> AsyncIterator[bytes]:
    """The lines behind the cursor, many in one piece."""
    left = limit
    async for run in the_door.tail.runs(cursor, follow=follow):
        wanted = run.rows if left is None else run.rows[:left]
        yield b"".join(as_line(row, cursor, names) for row in wanted)
        if left is not None:
            left -= len(wanted)
            if left <= 0:
                return


def as_line(row: asyncpg.Record, cursor: dict[int, int], names: Names) -> bytes:
    """One line, the cursor moved behind it."""
    return json_bytes(moved_line(row, cursor, names)) + b"\n"


def moved_line(row: asyncpg.Record, cursor: dict[int, int], names: Names) -> dict[str, Any]:
    """The line of a row, the cursor moved behind it."""
    partition, offset = row["partition"], row["offset"]
    cursor[partition] = offset + 1
    return line(told(row), names, cursor=log_position(cursor), partition=partition, offset=offset)


@router.get("/live", dependencies=[Depends(place)])
@limits(is_endless=True)
async def get_live(
    the_door: TheDoor,
    principal: Reader,
    asked: Annotated[Followed, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Server-sent events: what happens to the tickets that are asked for, each with the ticket as it is now.

    `Last-Event-ID` (or `after`) resumes; without one the view begins now.
    """
    standing = await the_door.standing(asked.at_least)
    begin = last_event_id or asked.after
    cursor = cursor_of(begin, field="Last-Event-ID") if begin else dict(standing.offsets)
    return StreamingResponse(
        live(the_door, standing, cursor, asked.filters(bound_store=bound_store(principal))),
        media_type="text/event-stream",
        headers=UNBUFFERED,
    )


async def live(the_door: Door, standing: Standing, cursor: dict[int, int], filters: Filters) -> AsyncIterator[bytes]:
    """The frames of a live view: first where it begins, then news, and a sign of life while there is none."""
    names = names_of(await the_door.chain.policies(standing))
    yield f"retry: {RETRY_MS}\nid: {log_position(cursor)}\n\n".encode()
    async for run in the_door.tail.runs(cursor, follow=True, quiet_s=HEARTBEAT_S):
        tickets = await run.tickets(the_door.pool, filters)
        frames = [frame for row in run.rows if (frame := as_frame(row, cursor, tickets, names)) is not None]
        yield b"".join(frames) + f": {clock.now().isoformat()}\nid: {log_position(cursor)}\n\n".encode()


def as_frame(
    row: asyncpg.Record, cursor: dict[int, int], tickets: Mapping[str, dict[str, Any]], names: Names
) -> bytes | None:
    """One frame, the cursor moved behind it; None for a ticket that is not asked for."""
    ticket = tickets.get(row["ticket_id"])
    if ticket is None:
        cursor[row["partition"]] = row["offset"] + 1
        return None
    event = moved_line(row, cursor, names)
    position = event["cursor"]
    news = {
        "ticket_id": row["ticket_id"],
        "event": event,
        "ticket": shown(ticket, at=clock.now(), position=position),
    }
    return b"id: %s\ndata: %s\n\n" % (position.encode(), json_bytes(news))


@router.get("/readiness", dependencies=[allow()])
async def get_readiness(the_door: TheDoor, standing: Stands) -> Json:
    """How fresh the answers are: position, lag per partition (null while Kafka is away), age of the newest event.

    `ready` is what `/health/ready` says. Kafka is asked after the position was read: no lag is told too small.
    """
    seen = await the_door.watch.standing(fresh_s=0)
    ends = seen.ends
    newest_at = standing.newest_at
    reached = {("tickets", partition): offset for partition, offset in standing.offsets.items()}
    reached |= {("policies", partition): offset for partition, offset in standing.policy_offsets.items()}
    partitions = [
        {"topic": topic, "partition": partition, "offset": offset, "lag": lag(ends.get((topic, partition)), offset)}
        for (topic, partition), offset in sorted((dict.fromkeys(ends, 0) | reached).items())
    ]
    alarms = [reader.state.alarm for reader in the_door.readers if reader.state.alarm is not None]
    return Json(
        {
            "ready": seen.ready,
            "position": standing.position,
            "generation": standing.generation,
            "partitions": partitions,
            "newest_event_at": newest_at,
            "newest_event_age_s": None if newest_at is None else max(0.0, (clock.now() - newest_at).total_seconds()),
            "alarms": alarms,
        }
    )


def lag(end: int | None, offset: int) -> int | None:
    """Records that were not read yet."""
    return None if end is None else max(0, end - offset)
