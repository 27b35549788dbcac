"""A delivery as a mail: whom it goes to, what it says, its headers. Pure: time and policies come in as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notify.mime import Mailbox, write_message
from services.notify.senders import Later, Letter, Never
from services.notify.templates import TemplateMissingError, Written, write
from shared.events.fact import Language
from shared.policies import Policies
from shared.policies.notification import Recipient

ADDRESS = re.compile(r"[^@\s<>()\[\],;:\"\\]{1,64}@[^@\s<>()\[\],;:\"\\]{1,190}")
STRANGER_GRACE = timedelta(seconds=60)
"""How long a store or technician may be unknown.

`tickets` and `policies` have no common order, so their policy may still be on its way.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDue:
    """A delivery by mail that was claimed, with what its ticket knows of the customer now."""

    id: UUID
    first_id: UUID
    """The delivery that this one is a resend of, else itself: a resent letter keeps its Message-ID."""
    resends: int
    """How many times it was sent again by hand before: 0 for the first."""
    ticket_id: UUID
    event_id: UUID
    event_type: str
    correlation_id: UUID
    recipient: Recipient
    recipient_id: str | None
    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    attempts: int
    """This attempt's number, from 1."""
    planned_at: datetime
    claimed_at: datetime
    customer_email: str | None
    customer_language: Language | None


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person or a store that can be written to."""

    name: str | None
    address: str
    language: Language


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter and the facts about it: `template` is `name@language`, as `notification.*` says it."""

    letter: Letter
    template: str
    address: str


def compose(due: MailDue, policies: Policies, *, sender: Mailbox) -> Composed | Never | Later:
    """The letter for `due`, or why there is none."""
    addressee = find_addressee(due, policies)
    if not isinstance(addressee, Addressee):
        return addressee
    if ADDRESS.fullmatch(addressee.address) is None:
        return Never("refused", "the address cannot be one")
    if not addressee.address.rpartition("@")[0].isascii():
        return Never("refused", "the address needs SMTPUTF8, which few servers take")
    try:
        written = write(due.recipient, due.template, addressee.language, values_for(due, addressee.language, policies))
        letter = build_letter(due, addressee, written, sender=sender)
    except (TemplateMissingError, ValueError) as error:
        return Never("refused", f"the letter cannot be written: {error}")
    return Composed(letter, f"{due.template}@{addressee.language}", addressee.address)


def find_addressee(due: MailDue, policies: Policies) -> Addressee | Never | Later:
    """Whom the letter goes to, by the policies of now; the customer by the ticket."""
    chain = policies.chain()
    default: Language = chain.languages[0] if chain else "zh-CN"
    match due.recipient:
        case "customer":
            if not due.customer_email:
                return Never("no_address", "the customer has no mail address")
            return Addressee(due.values.get("customer_name"), due.customer_email, due.customer_language or default)
        case "store":
            store = policies.store(due.recipient_id or "")
            if store is None:
                return stranger(due)
            return Addressee(store.name.say(store.languages[0]), store.email, store.languages[0])
        case "technician":
            found = policies.technician(due.recipient_id or "")
            if found is None:
                return stranger(due)
            store_id, technician = found
            if technician.email is None:
                return Never("no_address", f"technician {technician.id} has no mail address")
            home = policies.store(store_id)
            return Addressee(technician.name, technician.email, home.languages[0] if home else default)


def stranger(due: MailDue) -> Never | Later:
    """A store or technician that no policy names (yet)."""
    words = f"no policy names the {due.recipient} {due.recipient_id}"
    return Later(words) if due.claimed_at < due.planned_at + STRANGER_GRACE else Never("no_address", words)


def values_for(due: MailDue, language: Language, policies: Policies) -> dict[str, str]:
    """The delivery's values, and the names of store and technician as they are now."""
    values = dict(due.values)
    store = policies.store(values.get("store_id", ""))
    if store is not None:
        values |= {"store_name": store.name.say(language), "store_phone": store.phone, "store_address": store.address}
    technician = policies.technician(values.get("technician_id", ""))
    if technician is not None:
        values["technician_name"] = technician[1].name
    if "accept_by" in values:
        values["accept_by"] = wall_time(values["accept_by"], policies)
    return values


def wall_time(instant: str, policies: Policies) -> str:
    """An instant as the chain's clocks show it."""
    chain = policies.chain()
    zone = ZoneInfo(chain.time_zone if chain else "Asia/Shanghai")
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def build_letter(due: MailDue, addressee: Addressee, written: Written, *, sender: Mailbox) -> Letter:
    """The message with its headers.

    The same delivery gives the same Message-ID however often it is sent; a ticket's letters are one thread.
    """
    local, _, domain = addressee.address.rpartition("@")
    to = Mailbox(" ".join((addressee.name or "").split()), f"{local}@{domain.encode('idna').decode()}")
    message_id = f"<{due.first_id}@{sender.domain}>"
    raw = write_message(
        sender=sender,
        to=to,
        subject=written.subject,
        at=due.claimed_at,
        headers=headers_of(due, message_id, domain=sender.domain),
        text=written.text,
        html=written.html,
        boundary=f"=_{due.first_id.hex}",
    )
    return Letter(
        delivery_id=due.id,
        ticket_id=due.ticket_id,
        message_id=message_id,
        sender=sender.address,
        address=to.address,
        subject=written.subject,
        text=written.text,
        html=written.html,
        raw=raw,
    )


def headers_of(due: MailDue, message_id: str, *, domain: str) -> list[tuple[str, str]]:
    """What other programs read: which letter, of which thread, and that no answer by a machine is wanted."""
    thread = f"<ticket.{due.ticket_id}@{domain}>"
    return [
        ("Message-ID", message_id),
        ("In-Reply-To", thread),
        ("References", thread),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Gongdan-Ticket", str(due.ticket_id)),
        ("Gongdan-Delivery-Id", str(due.id)),
    ]
