"""What was told to whom, and telling again by hand."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request

from services.notify.http.access import (
    READERS,
    RESENDERS,
    Asked,
    ListedDeliveries,
    foreign,
    narrowed_to,
    page_of,
    pool_of,
    reached,
    read_cursor,
)
from services.notify.store.lists import Filter, Shown, find_delivery, list_deliveries, resend
from shared.errors import Refused
from shared.http import Json
from shared.identity.principal import Principal

router = APIRouter(tags=["deliveries"])


@router.get("/deliveries")
async def get_deliveries(
    request: Request, principal: Annotated[Principal, READERS], asked: Annotated[ListedDeliveries, Query()]
) -> Json:
    """Deliveries in the order they were planned, those of one ticket or status where asked."""
    chosen = Filter(
        ticket_id=asked.ticket_id,
        status=asked.status,
        channel=asked.channel,
        scope=narrowed_to(principal),
        after=read_cursor(asked.cursor),
    )
    await reached(request, asked)
    return Json(await page(request, chosen, limit=asked.limit))


@router.get("/deliveries/{delivery_id}")
async def get_delivery(
    request: Request, principal: Annotated[Principal, READERS], delivery_id: UUID, asked: Annotated[Asked, Query()]
) -> Json:
    """One delivery."""
    await reached(request, asked)
    return Json(document(await find(request, principal, delivery_id)))


@router.post("/deliveries/{delivery_id}/resend")
async def post_resend(request: Request, principal: Annotated[Principal, RESENDERS], delivery_id: UUID) -> Json:
    """Tell again: a new delivery, linked to the original, which stays as it ended."""
    original = await find(request, principal, delivery_id)
    new_id = await resend(pool_of(request), original.delivery_id, actor=principal.actor)
    return Json(document(await find(request, principal, new_id)), 201)


async def page(request: Request, chosen: Filter, *, limit: int) -> dict[str, Any]:
    """One page of deliveries."""
    found = await list_deliveries(pool_of(request), chosen, limit=limit)
    return page_of([document(one) for one in found], [one.place for one in found], limit=limit)


async def find(request: Request, principal: Principal, delivery_id: UUID) -> Shown:
    """The delivery, if there is one and this principal may see it. Errors: Refused (403, 404)."""
    found = await find_delivery(pool_of(request), delivery_id, narrowed_to(principal))
    if found is None:
        raise Refused(404, "Unknown delivery", f"no delivery {delivery_id}")
    shown, is_seen = found
    if not is_seen:
        raise foreign(principal)
    return shown


def document(shown: Shown) -> dict[str, Any]:
    """A delivery as JSON values."""
    return {
        "id": shown.delivery_id,
        "delivery_id": shown.delivery_id,
        "ticket_id": shown.ticket_id,
        "ticket_number": shown.ticket_number,
        "event_id": shown.event_id,
        "event_type": shown.event_type,
        "sequence": shown.event_sequence,
        "channel": shown.channel,
        "recipient": shown.recipient,
        "recipient_id": shown.recipient_id,
        "subscription_id": shown.subscription_id,
        "address": shown.address,
        "template": shown.template,
        "status": shown.status,
        "reason": shown.reason,
        "detail": shown.detail,
        "attempts": shown.attempts,
        "planned_at": shown.planned_at,
        "next_attempt_at": shown.next_attempt_at,
        "ended_at": shown.ended_at,
        "resend_of": shown.resend_of,
        "asked_by": shown.asked_by,
    }
