"""What the log makes of contacts and tickets; pure.

Which records count is the readers' own rule, with what people have settled. A ticket's status and store are what
intake's reader has read of it, so they stay as they are where its ticket stopped. Its contacts are intake's own facts,
and need more thought:

* **A record that counts** is a contact.
* **Behind a stop** (somebody else's gap or conflict, or a reader's bug), the next fact of intake's own is a contact as
  well: it was answered, it lies on the log, and it counts as soon as a person settles what stopped the ticket. Left
  out, its sequence would be given to another fact. `behind_stopped` counts them.
* **A record that does not count** (in conflict with another one, out of sequence, or discarded by a person) is none,
  nor is one that cannot be read, although its place in the sequence is taken. What the live tables have of it is kept
  as it is: it was answered, and is answered the same again. `set_aside` counts them.
* **A fact that counts, but that this program cannot take in** (newer than it, or of a ticket whose opening it cannot
  read) is `needed`: without it in the live tables there is nothing to go on from.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.consume import FOLDS, STATUS_AFTER
from services.intake.contact import EXCERPT_LENGTH, SOURCE
from services.intake.stores import STORE_FACTS
from services.intake.tables import AsideRow, ContactRow, TicketRow
from services.intake.understand.ticket_number import read_ticket_number
from shared.errors import Unreadable
from shared.events.envelope import Attributes
from shared.events.fact import Fact, SealedValue
from shared.events.intake import Contact, Customer, TicketFollowedUp, TicketOpened
from shared.events.registry import NewerThanThisProgram, decode
from shared.events.routing import TicketAssigned, TicketRouted
from shared.log.admission import Admitted, Parsed, Sorted, SubjectState, admit, judge, sort_records, subjects_of
from shared.log.progress import storable
from shared.log.record import Record, read_attributes
from shared.log.replay import Settled


@dataclass(slots=True)
class Fold:
    """The rows of one partition, as its records give them."""

    settled: Settled
    states: dict[str, SubjectState] = field(default_factory=dict)
    tickets: dict[UUID, TicketRow] = field(default_factory=dict)
    contacts: list[ContactRow] = field(default_factory=list)
    aside: list[AsideRow] = field(default_factory=list)
    behind_stopped: int = 0

    def take(self, parsed: Sequence[Parsed]) -> None:
        """Fold a run of records in log order; of their subjects `states` and `tickets` have what came before."""
        out = sort_records(
            parsed,
            self.states,
            FOLDS | STORE_FACTS,
            discarded=self.settled.discarded,
            condemned=self.settled.condemned,
        )
        self._keep_discarded(parsed)
        for admitted in out.admitted:
            if admitted.attributes.source == SOURCE:
                self._take_own(admitted.record, admitted.attributes, is_behind=False)
            else:
                self._follow_routing(admitted)
        self._go_on_behind_stops(out)
        self._keep_sequences(subjects_of(parsed))

    def _keep_sequences(self, subjects: Collection[str]) -> None:
        """The last place taken on each ticket, by a contact or by what is none: the next fact goes behind it."""
        for subject in subjects:
            ticket_id = ticket_of(subject)
            if ticket_id in self.tickets:
                self.tickets[ticket_id].intake_sequence = self.states[subject].last_sequence(SOURCE)

    def _keep_discarded(self, parsed: Sequence[Parsed]) -> None:
        """Note which facts of our own a person has given up."""
        for record, attributes, _ in parsed if self.settled.discarded else ():
            place = (record.topic, record.partition, record.offset)
            if place in self.settled.discarded and attributes is not None and attributes.source == SOURCE:
                self._set_aside(record, attributes, "discarded by a person", is_needed=False)

    def _go_on_behind_stops(self, out: Sorted) -> None:
        """Go on with intake's own sequence where a ticket stopped: at what stopped it, and behind."""
        stopped = [(letter.subject, letter.record) for letter in out.dead if letter.subject is not None]
        for subject, record in sorted([*stopped, *out.parked], key=lambda each: each[1].offset):
            attributes, state = read_attributes(record.headers), self.states[subject]
            if attributes.source != SOURCE:
                continue
            verdict = judge(state, attributes)
            if verdict == "next":
                admit(state, attributes)
                self._take_own(record, attributes, is_behind=True)
            elif verdict != "duplicate":
                self._set_aside(record, attributes, verdict, is_needed=False)

    def _take_own(self, record: Record, attributes: Attributes, *, is_behind: bool) -> None:
        """Take in a fact of our own that is the next of its ticket."""
        ticket_id = ticket_of(attributes.subject)
        ticket = self.tickets.get(ticket_id) if ticket_id is not None else None
        if ticket is not None:
            ticket.last_recorded_at = max(ticket.last_recorded_at, attributes.recorded_at)
        try:
            self._record(attributes, decode(attributes.type, attributes.version, record.value))
        except NewerThanThisProgram as newer:
            self._set_aside(record, attributes, f"newer than this program: {newer}", is_needed=not is_behind)
        except Unreadable as unreadable:
            is_needed = ticket is None and not is_behind
            self._set_aside(record, attributes, str(unreadable), is_needed=is_needed)
        else:
            self.behind_stopped += is_behind

    def _record(self, attributes: Attributes, data: Fact) -> None:
        """Make the contact that a fact of our own came from. Raises Unreadable for one that we never write."""
        ticket_id = ticket_of(attributes.subject)
        match data:
            case TicketOpened() as opened if opened.ticket_id == ticket_id and ticket_id not in self.tickets:
                contact = contact_row(attributes, opened.contact, opened.customer, opened.description, "opened")
                self.tickets[opened.ticket_id] = opened_ticket(attributes, opened)
            case TicketFollowedUp() as followed if ticket_id in self.tickets:
                contact = contact_row(
                    attributes, followed.contact, followed.customer, followed.description, "follow_up"
                )
            case _:
                raise Unreadable(f"{attributes.subject}: {attributes.type} is not about a ticket in that state")
        self.contacts.append(contact)

    def _follow_routing(self, admitted: Admitted) -> None:
        """The store and the status of a ticket; of one that was never opened nothing is kept."""
        ticket_id = ticket_of(admitted.attributes.subject)
        ticket = self.tickets.get(ticket_id) if ticket_id is not None else None
        if ticket is None:
            return
        if isinstance(admitted.data, TicketRouted | TicketAssigned):
            ticket.store_id = admitted.data.store_id
        status = STATUS_AFTER.get(admitted.attributes.type)
        if status is not None:
            ticket.status, ticket.routing_sequence = status, admitted.attributes.sequence

    def _set_aside(self, record: Record, attributes: Attributes, reason: str, *, is_needed: bool) -> None:
        """Note a fact under our name that no contact is made from. What caused it is the contact that it was of."""
        ticket_id = ticket_of(attributes.subject)
        if ticket_id is not None:
            reason = storable(f"{record.place}: {reason}"[:500])
            self.aside.append(AsideRow(ticket_id, attributes.causation_id, is_needed, reason))


def ticket_of(subject: str) -> UUID | None:
    """The ticket that a subject names, unless a stranger wrote something else there."""
    try:
        ticket_id = UUID(subject)
    except ValueError:
        return None
    return ticket_id if str(ticket_id) == subject else None


def opened_ticket(attributes: Attributes, opened: TicketOpened) -> TicketRow:
    """The row of a ticket that was just opened."""
    number = read_ticket_number(opened.ticket_number)
    if number is None:
        raise Unreadable(f"ticket {opened.ticket_id}: {opened.ticket_number!r:.40} is no ticket number")
    return TicketRow(
        ticket_id=opened.ticket_id,
        day=number.day,
        serial=number.serial,
        contact_id=opened.contact.contact_id,
        customer_id=opened.customer.customer_id,
        phone=plain(opened.customer.phone),
        related_ticket_ids=opened.related_ticket_ids,
        status="open",
        intake_sequence=attributes.sequence,
        routing_sequence=0,
        store_id=None,
        opened_at=attributes.recorded_at,
        last_recorded_at=attributes.recorded_at,
    )


def contact_row(
    attributes: Attributes, contact: Contact, customer: Customer, description: object, disposition: str
) -> ContactRow:
    """The row of a contact."""
    try:
        digest = bytes.fromhex(contact.digest)
    except ValueError:
        raise Unreadable(f"{attributes.subject}: {contact.digest!r:.80} is no digest") from None
    return ContactRow(
        channel=contact.channel,
        external_id=contact.external_id,
        contact_id=contact.contact_id,
        digest=digest,
        disposition=disposition,
        ticket_id=UUID(attributes.subject),
        sequence=attributes.sequence,
        recorded_at=attributes.recorded_at,
        customer_id=customer.customer_id,
        phone=plain(customer.phone),
        excerpt=(plain(description) or "")[:EXCERPT_LENGTH],
    )


def plain(value: object) -> str | None:
    """A personal value, unless it is sealed."""
    return None if value is None or isinstance(value, SealedValue) else str(value)
