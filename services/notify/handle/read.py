"""A batch of the log: takes in what is known of tickets, plans deliveries, and says at once what will not be told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.notify.handle import facts
from services.notify.policy.plan import Delivery, Ticket, delivery_id, plan_deliveries, take_in
from services.notify.policy.subscribers import Subscriber, body_of, wanting
from services.notify.store.context import Context, load_context
from services.notify.store.outcomes import Told, load_told
from services.notify.store.plans import NewDelivery, insert_bodies, insert_deliveries
from services.notify.store.policies import PolicyShelf, save_policies
from services.notify.store.replays import ToldBefore, settle_held
from services.notify.store.tickets import Kept, lock_tickets, senders_of, sequences_of
from shared.errors import Impossible
from shared.events.envelope import Attributes
from shared.events.log import LogFenced
from shared.events.notify import NotificationFact, NotificationFailed, NotificationSent, NotificationSuppressed
from shared.events.policies import PolicyPublished
from shared.events.registry import FACTS
from shared.log.admission import Admitted
from shared.log.reader import OlderThanTheLog
from shared.policies import Policies

OWN = "/notify"

TICKET_FOLDS = frozenset(kind for kind, fact in FACTS.items() if fact.SOURCE in {"/intake", "/routing", OWN}) - {
    LogFenced.TYPE,
    PolicyPublished.TYPE,
}
"""Everything about tickets: a notification policy may name any of it."""
OTHERS_FOLDS = frozenset(kind for kind in TICKET_FOLDS if FACTS[kind].SOURCE != OWN)
"""Once our own past has been read, our own facts need not be decoded any more: we know what we wrote."""
POLICY_FOLDS = frozenset({"policy.published"})


async def take_policies(connection: Any, batch: Sequence[Admitted]) -> None:
    """The effect of reading `policies`: the newest version of each is kept."""
    await save_policies(connection, [one.data for one in batch if isinstance(one.data, PolicyPublished)])


class TicketsEffect:
    """The effect of reading `tickets`, inside the transaction of the reader's position."""

    def __init__(self, *, age_max: timedelta) -> None:
        self._age_max = age_max
        self._shelf = PolicyShelf()

    async def __call__(self, connection: Any, batch: Sequence[Admitted]) -> None:
        """Fold, plan, write."""
        context = await load_context(connection)
        policies = await self._shelf.at(connection, context.revision)
        tickets = await lock_tickets(connection, {subject(one) for one in batch if one.data is not None})
        own = {subject(one) for one in batch if one.data is None and one.attributes.source == OWN}
        written = await sequences_of(connection, own) if own else {}
        undecoded = {id_ for one in batch if one.data is None and (id_ := subject_if_any(one))} - tickets.keys()
        is_narrowed = any(subscriber.sender is not None for subscriber in context.subscribers)
        senders = await senders_of(connection, undecoded) if undecoded and is_narrowed else {}
        step = Batch(
            context=context,
            policies=policies,
            tickets=tickets,
            written=written,
            senders=senders,
            age_max=self._age_max,
        )
        for one in batch:
            step.take(one)
        await step.write(connection)


def subject(one: Admitted) -> UUID:
    """The ticket that a record is about."""
    return UUID(one.attributes.subject)


def subject_if_any(one: Admitted) -> UUID | None:
    """The ticket that a record is about that may be of a type we do not know, and then of another kind of subject."""
    try:
        return subject(one)
    except ValueError:
        return None


class Batch:
    """One batch on its way from records to rows."""

    def __init__(
        self,
        *,
        context: Context,
        policies: Policies,
        tickets: dict[UUID, Kept],
        written: dict[UUID, int],
        senders: dict[UUID, tuple[str, ...]],
        age_max: timedelta,
    ) -> None:
        self._policies = policies
        self._subscribers = context.subscribers
        self._past = context.past
        self._tickets = tickets
        self._written = written
        self._senders = senders
        self._now = context.now
        self._age_max = age_max
        self._changed: set[UUID] = set()
        self._new: list[NewDelivery] = []
        self._bodies: dict[UUID, bytes] = {}
        self._told_before: list[ToldBefore] = []

    def take(self, one: Admitted) -> None:
        """Take one record in."""
        if one.attributes.source == OWN:
            self._take_own(one)
        else:
            self._take_foreign(one)
        self._publish(one)

    async def write(self, connection: Any) -> None:
        """Everything that came of the batch, in a handful of statements."""
        await insert_bodies(connection, self._bodies)
        inserted = await insert_deliveries(connection, self._new)
        await settle_held(connection, self._told_before)
        ended = [one.id for one in self._new if one.id in inserted and one.status in {"failed", "suppressed"}]
        told = await load_told(connection, ended)
        reasons = {one.id: one.reason for one in self._new}
        await facts.write_facts(
            connection,
            self._tickets,
            [(one, self._fact(one, reasons[one.id])) for one in told],
            now=self._now,
            changed=list(self._changed),
        )

    def _fact(self, told: Told, reason: str | None) -> NotificationFact:
        if reason == "too_old":
            return facts.suppressed(told, reason=reason)
        return facts.failed(told, reason=reason or "", detail=None)

    def _is_past(self, one: Admitted) -> bool:
        return one.record.offset < self._past.get(one.record.partition, 0)

    def _take_own(self, one: Admitted) -> None:
        """What notify wrote itself: known already, but when this database is younger than the log."""
        ticket_id, sequence = subject(one), one.attributes.sequence
        kept = self._tickets.get(ticket_id)
        last = kept.sequence if kept is not None else self._written.get(ticket_id, 0)
        if sequence <= last:
            return
        if kept is None or not self._is_past(one):
            raise OlderThanTheLog(
                f"ticket {ticket_id}: expected notify's own sequence to be at most {last}, "
                f"got {sequence} ({one.record.place}): this database is older than the log"
            )
        self._tickets[ticket_id] = Kept(kept.ticket, sequence, one.attributes.recorded_at)
        self._changed.add(ticket_id)
        if isinstance(one.data, NotificationFact):
            self._told_before.append(told_before(one.data, one.attributes))

    def _take_foreign(self, one: Admitted) -> None:
        """What intake and routing wrote: may change whom to tell, and may have to be told."""
        if one.data is None:
            return
        ticket_id = subject(one)
        kept = self._tickets[ticket_id]
        ticket = take_in(kept.ticket, one.data, actor=one.attributes.actor)
        if ticket != kept.ticket:
            self._tickets[ticket_id] = Kept(ticket, kept.sequence, kept.recorded_at)
            self._changed.add(ticket_id)
        self._plan(one, ticket)

    def _plan(self, one: Admitted, ticket: Ticket) -> None:
        planned = plan_deliveries(
            one.attributes, one.data, ticket, self._policies, now=self._now, age_max=self._age_max
        )
        for delivery in planned:
            held = one.record.partition if self._is_past(one) else None
            self._new.append(new_letter(delivery, one, ticket, held=held))
            self._changed.add(ticket.ticket_id)

    def _publish(self, one: Admitted) -> None:
        """Subscribers get the event as it was recorded; not what happened before they could subscribe here."""
        if self._is_past(one):
            return
        attributes = one.attributes
        wanted = wanting(self._subscribers, attributes.type, self._senders_of(one))
        if wanted:
            self._bodies[attributes.id] = body_of(attributes, one.record.value)
        self._new += [new_webhook(one, subscriber) for subscriber in wanted]

    def _senders_of(self, one: Admitted) -> tuple[str, ...]:
        """The integrations that an event belongs to: who caused it, and who sent contacts of its ticket."""
        ticket_id = subject_if_any(one)
        if ticket_id in self._tickets:
            return (one.attributes.actor, *self._tickets[ticket_id].ticket.senders)
        return (one.attributes.actor, *(self._senders.get(ticket_id, ()) if ticket_id is not None else ()))


def new_letter(delivery: Delivery, one: Admitted, ticket: Ticket, *, held: int | None) -> NewDelivery:
    """The row of a planned letter: waiting, over before it began, or held while the past is read."""
    status = {"waiting": "waiting", "no_address": "failed", "too_old": "suppressed"}[delivery.fate]
    over = held is None and delivery.fate != "waiting"
    language = ticket.language or "zh-CN"
    return NewDelivery(
        id=delivery.id,
        lane=f"{delivery.ticket_id}:{delivery.recipient}:{delivery.recipient_id or ''}:{delivery.channel}",
        channel=delivery.channel,
        status="held" if held is not None else status,
        reason=delivery.fate if over else None,
        ticket_id=delivery.ticket_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        event_sequence=one.attributes.sequence,
        event_at=min(one.attributes.occurred_at, one.attributes.recorded_at),
        correlation_id=delivery.correlation_id,
        recipient=delivery.recipient,
        recipient_id=delivery.recipient_id,
        template=f"{delivery.template}@{language}" if over else delivery.template,
        values=delivery.values,
        partition=held,
    )


def new_webhook(one: Admitted, subscriber: Subscriber) -> NewDelivery:
    """The row of an event on its way to a subscriber. Without order each event has a lane of its own."""
    attributes = one.attributes
    return NewDelivery(
        id=delivery_id(attributes.id, f"subscription:{subscriber.id}", "webhook"),
        lane=f"{attributes.subject if subscriber.ordered else attributes.id}:{subscriber.id}",
        channel="webhook",
        status="waiting",
        ticket_id=None if attributes.type == "contact.filtered" else subject_if_any(one),
        event_id=attributes.id,
        event_type=attributes.type,
        event_sequence=attributes.sequence,
        event_at=attributes.recorded_at,
        correlation_id=attributes.correlation_id,
        recipient="subscription",
        recipient_id=str(subscriber.id),
        subscription_id=subscriber.id,
    )


def told_before(fact: NotificationFact, event: Attributes) -> ToldBefore:
    """How a delivery of the past ended."""
    address = fact.address if isinstance(fact.address, str) else None
    match fact:
        case NotificationSent():
            status, reason, detail, attempts = "sent", None, None, fact.attempts
        case NotificationFailed():
            words = fact.detail if isinstance(fact.detail, str) else None
            status, reason, detail, attempts = "failed", fact.reason, words, fact.attempts
        case NotificationSuppressed():
            status, reason, detail, attempts = "suppressed", fact.reason, None, 0
        case _:
            raise Impossible(f"{type(fact).__name__} is no end of a delivery")
    return ToldBefore(
        id=fact.delivery_id,
        first_id=delivery_id(fact.about_event_id, fact.recipient, fact.channel),
        asked_by=event.actor if event.actor != facts.ACTOR else None,
        status=status,
        reason=reason,
        detail=detail,
        template=fact.template,
        address=address,
        attempts=attempts,
        ended_at=event.recorded_at,
    )
