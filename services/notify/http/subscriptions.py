"""Webhooks: who wants which events, and how posting them went."""

import secrets
from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response

from services.notify.http.access import (
    SUBSCRIBERS,
    SUBSCRIPTION_READERS,
    UNSUBSCRIBERS,
    Asked,
    ListedPosts,
    owned_by,
    pool_of,
    reached,
    read_cursor,
)
from services.notify.http.deliveries import page
from services.notify.policy.subscribers import EVERYTHING
from services.notify.senders.webhook import Reach, check_url
from services.notify.store.lists import Filter
from services.notify.store.subscriptions import (
    Subscription,
    delete_subscription,
    find_subscription,
    insert_subscription,
    list_subscriptions,
)
from shared.errors import FieldError, Refused
from shared.events.registry import FACTS
from shared.http import Json, invalid, json_body, read_json
from shared.identity.principal import Principal
from shared.ids import uuid7

router = APIRouter(tags=["webhooks"])

SECRET_PREFIX = "whsec_"  # noqa: S105 - how Standard Webhooks marks secrets, not one
SECRET_BYTES = 32
NOT_TO_BE_HAD = frozenset({"log.fenced", "policy.published"})
"""Types that are not about tickets."""
EVENT_TYPES = frozenset(FACTS) - NOT_TO_BE_HAD | {"contact.filtered"}
KINDS = frozenset(f"{name.partition('.')[0]}.*" for name in EVENT_TYPES)


class NewSubscription(BaseModel):
    """What a subscriber wants, and where."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2_000)
    """http or https."""
    event_types: list[str] = Field(min_length=1, max_length=100)
    """Types as they stand on the log; `*` for all, `ticket.*` for all of a kind."""
    secret: str | None = Field(None, max_length=500)
    """As Standard Webhooks' reference library takes it (base64, with or without `whsec_`); none: one is made."""
    ordered: bool = True
    """Events of one ticket one after the other, each after the one before was taken; or as soon as they come."""


@router.post("/subscriptions", status_code=201, openapi_extra=json_body(NewSubscription))
async def post_subscription(request: Request, principal: Annotated[Principal, SUBSCRIBERS]) -> Json:
    """Subscribe; an integration gets what belongs to contacts that it sent.

    The answer is the only one that ever shows a secret that was made here.
    """
    wanted = await read_json(request, NewSubscription)
    refuse_wrong(wanted, reach=request.app.state.webhook_reach)
    secret = wanted.secret if wanted.secret is not None else new_secret()
    made = await insert_subscription(
        pool_of(request),
        subscription_id=uuid7(),
        url=wanted.url,
        event_types=sorted(set(wanted.event_types)),
        secret=secret,
        ordered=wanted.ordered,
        created_by=principal.actor,
    )
    shown = document(made) | ({"secret": secret} if wanted.secret is None else {})
    return Json(shown, 201)


@router.get("/subscriptions")
async def get_subscriptions(
    request: Request, principal: Annotated[Principal, SUBSCRIPTION_READERS], asked: Annotated[Asked, Query()]
) -> Json:
    """One's own subscriptions, or all; without their secrets."""
    await reached(request, asked)
    found = await list_subscriptions(pool_of(request), created_by=owned_by(principal))
    return Json({"items": [document(one) for one in found]})


@router.get("/subscriptions/{subscription_id}")
async def get_subscription(
    request: Request,
    principal: Annotated[Principal, SUBSCRIPTION_READERS],
    subscription_id: UUID,
    asked: Annotated[Asked, Query()],
) -> Json:
    """One subscription, without its secret."""
    await reached(request, asked)
    return Json(document(await find(request, principal, subscription_id)))


@router.delete("/subscriptions/{subscription_id}", status_code=204)
async def remove_subscription(
    request: Request, principal: Annotated[Principal, UNSUBSCRIBERS], subscription_id: UUID
) -> Response:
    """Unsubscribe: nothing more is posted; what was can still be looked at."""
    found = await find(request, principal, subscription_id)
    await delete_subscription(pool_of(request), found.id)
    return Response(status_code=204)


@router.get("/subscriptions/{subscription_id}/deliveries")
async def get_subscription_deliveries(
    request: Request,
    principal: Annotated[Principal, SUBSCRIPTION_READERS],
    subscription_id: UUID,
    asked: Annotated[ListedPosts, Query()],
) -> Json:
    """What was posted to a subscriber, in order, and how it went."""
    found = await find(request, principal, subscription_id)
    chosen = Filter(
        subscription_id=found.id,
        status=asked.status,
        ticket_id=asked.ticket_id,
        after=read_cursor(asked.cursor),
    )
    await reached(request, asked)
    return Json(await page(request, chosen, limit=asked.limit))


async def find(request: Request, principal: Principal, subscription_id: UUID) -> Subscription:
    """The subscription, deleted or not, if this principal may see it. Errors: Refused (403, 404)."""
    found = await find_subscription(pool_of(request), subscription_id)
    if found is None:
        raise Refused(404, "Unknown subscription", f"no subscription {subscription_id}")
    if owned_by(principal) not in {None, found.created_by}:
        raise Refused(403, "Forbidden", f"subscription {subscription_id} was not made by {principal.actor}")
    return found


def refuse_wrong(wanted: NewSubscription, *, reach: Reach) -> None:
    """Raise Refused (422), naming every field that cannot be taken."""
    errors = [
        FieldError(f"event_types.{place}", "a type of event about tickets, or *", name[:60])
        for place, name in enumerate(wanted.event_types)
        if name != EVERYTHING and name not in EVENT_TYPES and name not in KINDS
    ]
    expected = check_url(wanted.url, reach=reach)
    if expected is not None:
        errors.append(FieldError("url", expected, wanted.url[:80]))
    if wanted.secret is not None and not is_taken(wanted.secret):
        errors.append(FieldError("secret", "a secret that Standard Webhooks takes: base64, not empty", "(not shown)"))
    if errors:
        raise invalid(errors)


def is_taken(secret: str) -> bool:
    """Whether the reference library takes this secret."""
    try:
        Webhook(secret)
    except Exception:  # noqa: BLE001 - whatever it raises, it does not take it
        return False
    return True


def new_secret() -> str:
    """A secret of 256 bits in the form of Standard Webhooks."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def document(subscription: Subscription) -> dict[str, Any]:
    """A subscription as JSON values."""
    return {
        "id": subscription.id,
        "subscription_id": subscription.id,
        "url": subscription.url,
        "event_types": subscription.event_types,
        "ordered": subscription.ordered,
        "created_at": subscription.created_at,
        "created_by": subscription.created_by,
        "failures": subscription.failures,
        "paused_until": subscription.paused_until,
    }
