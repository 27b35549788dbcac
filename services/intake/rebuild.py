"""`gongdan rebuild intake`: contacts, tickets and numbers from the log, beside the live ones; compared, exchanged.

The log has what was recorded: every opened ticket and every follow-up. It does not have duplicates and refusals: their
lines in the ledger stay as they are. The directory is no history either: import it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.intake.consume import OWN, STATUS_AFTER
from services.intake.contact import EXCERPT_LENGTH
from services.intake.settings import Settings
from services.intake.stores import STORE_FACTS
from services.intake.tables import (
    BEGIN_BESIDE,
    COMPARE,
    END_BESIDE,
    EXCHANGE,
    INDEX_BESIDE,
    LOCK,
    NOT_IN_LOG,
    SCHEMA,
    ContactRow,
    TicketRow,
    columns_of,
    values_of,
)
from services.intake.understand.ticket_number import read_ticket_number
from shared import clock
from shared.database.pool import connect
from shared.errors import Impossible, Unavailable
from shared.events.fact import SealedValue
from shared.events.intake import Contact, Customer, TicketFollowedUp, TicketOpened
from shared.events.routing import TicketAssigned, TicketRouted
from shared.log.admission import Admitted, SubjectState, parse, sort_records
from shared.log.kafka import Kafka
from shared.log.outbox import TICKETS
from shared.log.subscription import as_record
from shared.log.topics import partitions_of

POLL_MS: Final = 500
RECORDS_MAX: Final = 5_000
OUTBOX_WAIT_S_MAX: Final = 30.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild found and did."""

    contacts: int
    tickets: int
    not_in_database: int
    """Contacts of the log that the live tables did not have."""
    different: int
    """Rows that were not as the log says."""
    exchanged: bool
    note: str = "duplicates and refusals are not in the log; their ledger lines were left as they are"


@dataclass(slots=True)
class Fold:
    """The rows of one partition, as its records give them. Admission is the readers' own."""

    states: dict[str, SubjectState] = field(default_factory=dict)
    tickets: dict[UUID, TicketRow] = field(default_factory=dict)
    contacts: list[ContactRow] = field(default_factory=list)

    def take(self, admitted: Sequence[Admitted]) -> None:
        """Fold events in log order."""
        for each in admitted:
            match each.data:
                case TicketOpened() as opened:
                    self._open(each, opened)
                case TicketFollowedUp() as followed:
                    self._follow(each, followed)
                case TicketRouted() | TicketAssigned() as decided:
                    self.tickets[UUID(each.attributes.subject)].store_id = decided.store_id
                    self._set_status(each)
                case _:
                    self._set_status(each)

    def _open(self, admitted: Admitted, opened: TicketOpened) -> None:
        number = read_ticket_number(opened.ticket_number)
        if number is None:
            raise Impossible(f"ticket {opened.ticket_id}: {opened.ticket_number!r} is no ticket number")
        recorded_at = admitted.attributes.recorded_at
        self.tickets[opened.ticket_id] = TicketRow(
            ticket_id=opened.ticket_id,
            day=number.day,
            serial=number.serial,
            contact_id=opened.contact.contact_id,
            customer_id=opened.customer.customer_id,
            phone=plain(opened.customer.phone),
            related_ticket_ids=opened.related_ticket_ids,
            status="open",
            intake_sequence=admitted.attributes.sequence,
            routing_sequence=0,
            store_id=None,
            opened_at=recorded_at,
            last_recorded_at=recorded_at,
        )
        self._keep(admitted, opened.contact, opened.customer, opened.description, "opened")

    def _follow(self, admitted: Admitted, followed: TicketFollowedUp) -> None:
        ticket = self.tickets[UUID(admitted.attributes.subject)]
        ticket.intake_sequence = admitted.attributes.sequence
        ticket.last_recorded_at = admitted.attributes.recorded_at
        self._keep(admitted, followed.contact, followed.customer, followed.description, "follow_up")

    def _set_status(self, admitted: Admitted) -> None:
        status = STATUS_AFTER.get(admitted.attributes.type)
        if status is not None:
            ticket = self.tickets[UUID(admitted.attributes.subject)]
            ticket.status, ticket.routing_sequence = status, admitted.attributes.sequence

    def _keep(
        self, admitted: Admitted, contact: Contact, customer: Customer, description: object, disposition: str
    ) -> None:
        self.contacts.append(
            ContactRow(
                channel=contact.channel,
                external_id=contact.external_id,
                contact_id=contact.contact_id,
                digest=bytes.fromhex(contact.digest),
                disposition=disposition,
                ticket_id=UUID(admitted.attributes.subject),
                sequence=admitted.attributes.sequence,
                recorded_at=admitted.attributes.recorded_at,
                customer_id=customer.customer_id,
                phone=plain(customer.phone),
                excerpt=(plain(description) or "")[:EXCERPT_LENGTH],
            )
        )


def plain(value: object) -> str | None:
    """A personal value, unless it is sealed."""
    return None if value is None or isinstance(value, SealedValue) else str(value)


async def rebuild(settings: Settings) -> Report:
    """Rebuild and exchange where anything differs. Intake may run meanwhile; its writers wait during the last step.

    Raises Unavailable when the outbox does not empty (the relay must run), and Impossible when the database has
    contacts that the log does not: then nothing is exchanged.
    """
    kafka = Kafka(settings.kafka, settings.topic_prefix)
    connection = await connect(
        settings.database_url("intake"),
        application="intake-rebuild",
        settings={"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"},
    )
    consumer = kafka.consumer()
    await consumer.start()
    try:
        return await rebuild_with(connection, consumer, kafka)
    finally:
        await consumer.stop()
        await connection.close()


async def rebuild_with(connection: Any, consumer: AIOKafkaConsumer, kafka: Kafka) -> Report:
    """The rebuild itself: all partitions beside, then what came meanwhile under the lock."""
    for statement in BEGIN_BESIDE:
        await connection.execute(statement)
    places = [TopicPartition(kafka.topic(TICKETS), number) for number in partitions_of(TICKETS)]
    folds = {place: Fold() for place in places}
    offsets = dict.fromkeys(places, 0)
    for place in places:
        await advance(connection, consumer, place, folds[place], offsets)
    until_s = clock.monotonic() + OUTBOX_WAIT_S_MAX
    while True:
        async with connection.transaction():
            await connection.execute(LOCK)
            if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM outbox WHERE topic = $1)", TICKETS):
                for place in places:
                    await advance(connection, consumer, place, folds[place], offsets)
                return await finish(connection, folds)
        if clock.monotonic() > until_s:
            raise Unavailable("intake's outbox does not empty: start intake, so that its relay runs, and try again")
        await asyncio.sleep(0.2)


async def advance(
    connection: Any, consumer: AIOKafkaConsumer, place: TopicPartition, fold: Fold, offsets: dict[TopicPartition, int]
) -> None:
    """Fold one partition from where it stands to its end, and copy its contacts beside."""
    async for admitted in read_to_end(consumer, place, fold, offsets):
        fold.take(admitted)
        await copy(connection, "contacts", fold.contacts)
        fold.contacts.clear()


async def read_to_end(
    consumer: AIOKafkaConsumer, place: TopicPartition, fold: Fold, offsets: dict[TopicPartition, int]
) -> AsyncGenerator[Sequence[Admitted], None]:
    """What is admitted of one partition, in batches, from our offset to the end of now."""
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    consumer.seek(place, offsets[place])
    while offsets[place] < end:
        batches = await consumer.getmany(place, timeout_ms=POLL_MS, max_records=RECORDS_MAX)
        records = [as_record(TICKETS, record) for record in batches.get(place, [])]
        if records:
            yield sort_records(parse(records), fold.states, OWN | STORE_FACTS).admitted
        offsets[place] = await consumer.position(place)


async def finish(connection: Any, folds: dict[TopicPartition, Fold]) -> Report:
    """Compare, and exchange where something differs; inside the transaction that holds the lock."""
    for fold in folds.values():
        await copy(connection, "tickets", list(fold.tickets.values()))
    for statement in INDEX_BESIDE:
        await connection.execute(statement)
    found = await connection.fetchrow(COMPARE)
    if found["not_in_log"]:
        examples = [f"{row['channel']}/{row['external_id']}" for row in await connection.fetch(NOT_IN_LOG)]
        raise Impossible(f"{found['not_in_log']} contacts are not in the log, such as {', '.join(examples)}")
    is_other = bool(found["not_in_database"] or found["different"])
    for statement in EXCHANGE if is_other else ():
        await connection.execute(statement)
    await connection.execute(END_BESIDE)
    await connection.execute("UPDATE log_database SET halted = NULL")  # it holds all that the log does now
    return Report(found["contacts"], found["tickets"], found["not_in_database"], found["different"], exchanged=is_other)


async def copy(connection: Any, table: str, rows: Sequence[TicketRow | ContactRow]) -> None:
    """Load rows beside the live ones."""
    if rows:
        await connection.copy_records_to_table(
            table, schema_name=SCHEMA, columns=columns_of(type(rows[0])), records=[values_of(row) for row in rows]
        )
