"""The telephone: what an agent wrote down during a call, and what the telephone system says about calls."""

from typing import Literal

from pydantic import ConfigDict, Field

from services.intake.channels.body import Body, readable_phone
from services.intake.contact import Arrival
from services.intake.limits import Address, Id, Name, Phone, Text, Url
from services.intake.understand.phones import is_withheld, read_phone
from services.intake.understand.ticket_number import TEXT_LENGTH_MAX, read_ticket_number
from shared.events.fact import Urgency


class CallerBody(Body):
    """What the caller said about themselves."""

    name: Name | None = None


class PhoneContact(Body):
    """What was written down about a call; `call_id` is the external id."""

    call_id: Id
    caller: Phone
    callee: Phone
    agent: Name | None = None
    description: Text
    customer: CallerBody | None = None
    order_id: Id | None = None
    product_sku: Id | None = None
    address: Address | None = None
    urgency: Urgency | None = None
    recording_url: Url | None = None
    ticket_number: str | None = Field(None, max_length=TEXT_LENGTH_MAX)
    """An earlier ticket that this is about; when it is open, the contact joins it."""


class CallEvent(Body):
    """What the telephone system says about a call, as it happens."""

    model_config = ConfigDict(validate_by_name=True)

    event: Literal["newCall", "answer", "hangup"]
    call_id: Id
    direction: Literal["in", "out", "inbound", "outbound"]
    from_number: Phone = Field(alias="from")
    to_number: Phone = Field(alias="to")
    agent: Name | None = None

    @property
    def outside_number(self) -> str:
        """The number on the customer's side."""
        return self.from_number if self.direction.startswith("in") else self.to_number


def phone_arrival(
    body: PhoneContact, *, actor: str, traceparent: str | None = None, region: str, area: str = ""
) -> Arrival:
    """The neutral form. Raises `Refused` (422) for a caller that cannot be a number and was not withheld."""
    e164 = readable_phone(body.caller, field="caller", region=region, area=area)
    details = {"caller": body.caller, "callee": body.callee, "agent": body.agent, "recording_url": body.recording_url}
    return Arrival(
        channel="phone",
        external_id=body.call_id,
        digest=body.digest(),
        description=body.description,
        actor=actor,
        customer_name=body.customer.name if body.customer else None,
        phone=e164 or body.caller,
        phone_e164=e164,
        order_id=body.order_id,
        product_sku=body.product_sku,
        address=body.address,
        urgency=body.urgency or "normal",
        named=read_ticket_number(body.ticket_number) if body.ticket_number else None,
        details={name: text for name, text in details.items() if text is not None},
        traceparent=traceparent,
    )


def number_or_raw(text: str, *, region: str, area: str = "") -> str:
    """E.164 where `text` can be read so, else the text itself: the house's own extensions are no one's error."""
    return text if is_withheld(text) else read_phone(text, region, area).e164 or text
