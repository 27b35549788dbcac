"""The rebuilt rows beside the live ones: filled one partition at a time, and read again where a ticket goes on."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.intake.rebuild.fold import Fold, ticket_of
from services.intake.tables import (
    BEGIN_BESIDE,
    FORGET_ADMISSION,
    FORGET_TICKETS,
    LOAD_ADMISSION,
    LOAD_TICKETS,
    SCHEMA,
    Row,
    TicketRow,
    columns_of,
    values_of,
)
from shared.log.admission import parse, subjects_of
from shared.log.kafka import Kafka
from shared.log.outbox import TICKETS
from shared.log.progress import state_of
from shared.log.replay import ADMISSION_COLUMNS, Settled, admission_row, read_between
from shared.log.topics import partitions_of

RECORDS_MAX: Final = 5_000
"""Of one run that is folded at once. What is kept in memory is one partition."""


class Beside:
    """Writes what the log gives back, as far as the log goes. Again and again; no reader looks there."""

    def __init__(self, connection: Any, consumer: AIOKafkaConsumer, kafka: Kafka, settled: Settled) -> None:
        self.behind_stopped = 0
        self.settled = settled
        self._connection = connection
        self._consumer = consumer
        self._kafka = kafka
        self._reached = dict.fromkeys(partitions_of(TICKETS), 0)

    async def begin(self) -> None:
        """Make the tables; what a rebuild before this one left of them is dropped."""
        for statement in BEGIN_BESIDE:
            await self._connection.execute(statement)

    async def advance(self) -> None:
        """Fold everything up to the end of the log, one partition after the other. Raises Unavailable: see Kafka."""
        for partition, start in self._reached.items():
            end = await self._end_of(partition)
            if start < end:
                await self._take_partition(partition, start, end)
                self._reached[partition] = end

    async def _end_of(self, partition: int) -> int:
        """The end of one partition as it is now."""
        place = TopicPartition(self._kafka.topic(TICKETS), partition)
        self._consumer.assign([place])
        end: int = (await self._consumer.end_offsets([place]))[place]
        return end

    async def _take_partition(self, partition: int, start: int, end: int) -> None:
        """Fold one partition from where it was left, and write it."""
        fold, stored = Fold(self.settled), set[str]()
        runs = read_between(
            self._consumer, self._kafka, TICKETS, partition, start=start, end=end, records_max=RECORDS_MAX
        )
        async for records in runs:
            parsed = parse(records)
            if start:
                stored |= await self._load(fold, subjects_of(parsed))
            fold.take(parsed)
            await self._copy("contacts", fold.contacts)
            await self._copy("aside", fold.aside)
            fold.contacts.clear()
            fold.aside.clear()
        await self._write(fold, stored)

    async def _load(self, fold: Fold, subjects: Collection[str]) -> set[str]:
        """Read back what was written of those that are met for the first time in this pass; answers which were."""
        missing = [subject for subject in subjects if subject not in fold.states]
        rows = await self._connection.fetch(LOAD_ADMISSION, missing)
        fold.states |= {row["subject"]: state_of(row) for row in rows}
        for row in await self._connection.fetch(LOAD_TICKETS, tickets_of(missing)):
            fold.tickets[row["ticket_id"]] = TicketRow(**{name: row[name] for name in columns_of(TicketRow)})
        return {row["subject"] for row in rows}

    async def _write(self, fold: Fold, stored: Collection[str]) -> None:
        """Write the tickets of one partition, and forget them."""
        if stored:
            await self._connection.execute(FORGET_ADMISSION, list(stored))
            await self._connection.execute(FORGET_TICKETS, tickets_of(stored))
        await self._copy("tickets", list(fold.tickets.values()))
        admission = [admission_row(TICKETS, subject, state) for subject, state in fold.states.items()]
        if admission:
            await self._connection.copy_records_to_table(
                "admission", schema_name=SCHEMA, columns=ADMISSION_COLUMNS, records=admission
            )
        self.behind_stopped += fold.behind_stopped

    async def _copy(self, table: str, rows: Sequence[Row]) -> None:
        """Load rows beside the live ones."""
        if rows:
            await self._connection.copy_records_to_table(
                table, schema_name=SCHEMA, columns=columns_of(type(rows[0])), records=[values_of(row) for row in rows]
            )


def tickets_of(subjects: Collection[str]) -> list[UUID]:
    """The tickets among some subjects."""
    return [ticket_id for subject in subjects if (ticket_id := ticket_of(subject)) is not None]
