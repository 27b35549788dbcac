"""The counter of a store: a customer stands there, a clerk writes it down."""

from pydantic import Field

from services.intake.channels.body import Body, PersonBody, readable_phone
from services.intake.contact import Arrival
from services.intake.limits import Address, Id, Name, Text
from services.intake.understand.ticket_number import TEXT_LENGTH_MAX, read_ticket_number
from shared.events.fact import Urgency


class StoreContact(Body):
    """What a counter posts; `visit_id` is the external id."""

    visit_id: Id
    store_id: Id
    clerk: Name
    customer: PersonBody
    description: Text
    order_id: Id | None = None
    product_sku: Id | None = None
    address: Address | None = None
    urgency: Urgency | None = None
    ticket_number: str | None = Field(None, max_length=TEXT_LENGTH_MAX)
    """An earlier ticket that this is about; when it is open, the contact joins it."""


def store_arrival(
    body: StoreContact, *, actor: str, traceparent: str | None = None, region: str, area: str = ""
) -> Arrival:
    """The neutral form. Raises `Refused` (422) for a phone number that cannot be one."""
    e164 = readable_phone(body.customer.phone, field="customer.phone", region=region, area=area)
    return Arrival(
        channel="store",
        external_id=body.visit_id,
        digest=body.digest(),
        description=body.description,
        actor=actor,
        customer_name=body.customer.name,
        phone=e164 or body.customer.phone,
        phone_e164=e164,
        email=body.customer.email,
        language=body.customer.language,
        store_id=body.store_id,
        order_id=body.order_id,
        product_sku=body.product_sku,
        address=body.address,
        urgency=body.urgency or "normal",
        named=read_ticket_number(body.ticket_number) if body.ticket_number else None,
        details={"clerk": body.clerk},
        traceparent=traceparent,
    )
