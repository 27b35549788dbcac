"""Contacts come in: the path that must be quick and must not lose anything.

A contact that is answered by a 4xx after its token was good is counted in the ledger before the answer goes out.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.channels.phone import CallEvent, PhoneContact, number_or_raw, phone_arrival
from services.intake.channels.store import StoreContact, store_arrival
from services.intake.contact import Arrival
from services.intake.directory.caller import caller_screen
from services.intake.handle import OtherBody
from services.intake.parts import Parts, parts_of
from services.intake.store import Refusal, record_call
from services.intake.understand.phones import is_withheld
from shared.errors import Refused
from shared.events.fact import Channel
from shared.http.answers import Json
from shared.http.body import json_body, read_json
from shared.identity.principal import Principal, Role
from shared.identity.roles import allow
from shared.telemetry.trace import current_traceparent

CLIENT_ERRORS: Final = range(400, 500)

router = APIRouter(tags=["contacts"])


@router.post("/store/contacts", status_code=201, openapi_extra=json_body(StoreContact))
async def post_store_contact(
    request: Request, principal: Annotated[Principal, allow("integration", "agent", "store", "boss")]
) -> Response:
    """A customer at a store's counter. 201 recorded, 200 the same contact again, 409 its id with another body."""
    body = await read_json(request, StoreContact)
    check_store(principal, body.store_id)
    parts = parts_of(request)
    arrival = store_arrival(body, **origin(principal, parts))
    return await record(parts, arrival)


@router.post("/phone/contacts", status_code=201, openapi_extra=json_body(PhoneContact))
async def post_phone_contact(
    request: Request, principal: Annotated[Principal, allow("integration", "agent", "boss")]
) -> Response:
    """What was written down about a call. 201 recorded, 200 the same contact again, 409 its id with another body."""
    body = await read_json(request, PhoneContact)
    parts = parts_of(request)
    arrival = phone_arrival(body, **origin(principal, parts))
    return await record(parts, arrival)


@router.post("/phone/calls", openapi_extra=json_body(CallEvent), dependencies=[allow("integration", "agent", "boss")])
async def post_call(request: Request) -> Json:
    """The telephone system says that a call comes, is answered or ends; answers who is calling."""
    call = await read_json(request, CallEvent)
    parts = parts_of(request)
    number = call.outside_number
    phone = number_or_raw(number, region=parts.place.region, area=parts.place.area)
    e164 = phone if phone.startswith("+") and not is_withheld(number) else None
    async with parts.pool.acquire() as connection:
        recorded_at = await record_call(connection, call)
        screen = await caller_screen(connection, number, e164=e164)
    return Json({"call_id": call.call_id, "event": call.event, "recorded_at": recorded_at, **screen})


def check_store(principal: Principal, store_id: str) -> None:
    """Raise `Refused` (403) when a store's token writes for another store."""
    if principal.role is Role.STORE and principal.store_id != store_id:
        raise Refused(
            403,
            "Another store's contact",
            f"this token writes for store {principal.store_id}, the contact names store {store_id:.128}",
            slug="foreign-store",
        )


def origin(principal: Principal, parts: Parts) -> dict[str, Any]:
    """Who brings a contact, within which trace, and how its phone numbers are meant."""
    return {
        "actor": principal.actor,
        "traceparent": current_traceparent(),
        "region": parts.place.region,
        "area": parts.place.area,
    }


async def record(parts: Parts, arrival: Arrival) -> Response:
    """Record it and answer; the body's bytes are the same each time."""
    answer = await parts.recorder.record(arrival)
    return Response(answer.body, status_code=answer.status, media_type="application/json")


def count_refusals(routes: Iterable[BaseRoute]) -> None:
    """Let every route of contacts count what it refuses, its roles included; a bad token never gets this far."""
    for route in routes:
        if isinstance(route, APIRoute) and route.path.endswith("/contacts"):
            route.app = counting(route.app, cast("Channel", route.path.split("/")[-2]))


def counting(app: ASGIApp, channel: Channel) -> ASGIApp:
    """`app` with a ledger line for each 4xx, written before the answer goes out."""

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except OtherBody:
            raise  # counted in the transaction that found the other body
        except Refused as refused:
            if refused.status in CLIENT_ERRORS:
                await parts_of(Request(scope)).recorder.refuse(Refusal(channel, refused.status))
            raise

    return count
