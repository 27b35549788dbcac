"""Folding the log into a new generation: in memory, a partition at a time, written with COPY."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from services.projection import store
from services.projection.handle import (
    HISTORY_COLUMNS,
    POLICY_TYPES,
    TICKET_TYPES,
    TICKETS,
    Ticket,
    history_rows,
    take_all,
)
from services.projection.tables import of_generation, schema
from services.projection.views.rows import LIST_COLUMNS, SEARCH_COLUMNS
from shared.errors import Unavailable
from shared.log.admission import Admitted, DeadLetter, SubjectState, parse, sort_records, subjects_of
from shared.log.kafka import Kafka
from shared.log.progress import state_of
from shared.log.record import Record
from shared.log.replay import ADMISSION_COLUMNS, Settled, admission_row, read_between

RECORDS_MAX = 2_000
"""Of one run that is folded at once."""
TICKETS_MAX = 50_000
"""Kept in memory; more are written, and read again when they are met again."""
SET_ASIDE_MAX = 100_000

ADMISSION = """CREATE TABLE {g}.admission (LIKE public.log_subjects INCLUDING ALL)"""
LOAD_ADMISSION = """
    SELECT subject, intake_ids, routing_ids, notify_ids, seen_at, stopped
    FROM {g}.admission WHERE topic = $1 AND subject = ANY($2::text[])
"""
SAVE_ADMISSION = """
    INSERT INTO {g}.admission (topic, subject, intake_ids, routing_ids, notify_ids, seen_at, stopped)
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::text[]
    )
    ON CONFLICT (topic, subject) DO UPDATE SET
        intake_ids = excluded.intake_ids, routing_ids = excluded.routing_ids, notify_ids = excluded.notify_ids,
        seen_at = excluded.seen_at, stopped = excluded.stopped
"""

Offsets = dict[tuple[str, int], int]
"""The next offset by (topic, partition)."""


@dataclass(slots=True)
class Kept:
    """One subject while it is in memory."""

    state: SubjectState
    ticket: Ticket
    is_stored: bool
    """Whether the tables have it already, so that it is written again instead of copied."""
    is_changed: bool = False


@dataclass(slots=True)
class SetAside:
    """What the rebuild could not read or admit."""

    dead: list[DeadLetter] = field(default_factory=list)
    parked: list[tuple[str, Record]] = field(default_factory=list)


class Builder:
    """Writes one new generation, as far as it is told to go. Of its two connections one copies history meanwhile."""

    def __init__(
        self, connections: tuple[asyncpg.Connection, asyncpg.Connection], kafka: Kafka, generation: int
    ) -> None:
        self.generation = generation
        self.reached: Offsets = {}
        self.events = 0
        self.aside = SetAside()
        self._connection, self._copying = connections
        self._kafka = kafka
        self._settled = Settled(frozenset(), {})
        self._kept: dict[str, Kept] = {}
        self._has_stored: set[tuple[str, int]] = set()
        self._copy: asyncio.Task[Any] | None = None

    async def advance(self, to: Offsets, settled: Settled) -> None:
        """Fold everything before these offsets, one partition after the other, and write it. Again and again."""
        self._settled = settled
        ahead = {place: end for place, end in sorted(to.items()) if self.reached.get(place, 0) < end}
        if not ahead:
            return
        consumer = self._kafka.consumer()
        await consumer.start()
        try:
            for (topic, partition), end in ahead.items():
                await self._read_partition(consumer, topic, partition, end)
                await self._write_kept(topic)
                self._has_stored.add((topic, partition))
                self.reached[topic, partition] = end
        finally:
            await consumer.stop()

    def take_over(self, reached: Offsets, events: int, aside: SetAside) -> None:
        """Go on from where another process has folded to."""
        self.reached |= reached
        self.events += events
        self._has_stored |= set(reached)
        self._set_aside(aside.dead, aside.parked)

    async def _read_partition(self, consumer: AIOKafkaConsumer, topic: str, partition: int, end: int) -> None:
        """Fold one partition from where it was left up to `end`."""
        start = self.reached.get((topic, partition), 0)
        runs = read_between(consumer, self._kafka, topic, partition, start=start, end=end, records_max=RECORDS_MAX)
        async for records in runs:
            await self._take(topic, partition, records)

    async def _take(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Judge and fold one run of records; its history is copied while the next one is folded."""
        parsed = parse(records)
        subjects = subjects_of(parsed)
        await self._load(topic, partition, subjects)
        states = {subject: kept.state for subject, kept in self._of(subjects)}
        folds = TICKET_TYPES if topic == TICKETS else POLICY_TYPES
        out = sort_records(parsed, states, folds, discarded=self._settled.discarded, condemned=self._settled.condemned)
        self._set_aside(out.dead, out.parked)
        for subject, state in states.items():
            kept = self._kept.get(subject)
            if kept is None:
                kept = self._kept[subject] = Kept(state, Ticket(), is_stored=False)
            kept.is_changed = True
        await self._fold(topic, out.admitted)
        if len(self._kept) > TICKETS_MAX:
            await self._write_kept(topic)
            self._has_stored.add((topic, partition))

    async def _fold(self, topic: str, admitted: Sequence[Admitted]) -> None:
        """Take the events in: policies are rows, tickets are folded in memory."""
        self.events += len(admitted)
        if topic != TICKETS:
            await store.take_policies(self._connection, self.generation, admitted)
            return
        take_all(
            {subject: kept.ticket for subject, kept in self._of({a.attributes.subject for a in admitted})}, admitted
        )
        await self._finish_copy()
        self._copy = asyncio.create_task(
            self._copy_rows(self._copying, "history", HISTORY_COLUMNS, history_rows(admitted))
        )

    def _of(self, subjects: Collection[str]) -> list[tuple[str, Kept]]:
        return [(subject, self._kept[subject]) for subject in subjects if subject in self._kept]

    async def _load(self, topic: str, partition: int, subjects: Collection[str]) -> None:
        """Read back those subjects that were written before; each lies in one partition, so few have to be asked."""
        missing = [subject for subject in subjects if subject not in self._kept]
        if not missing or (topic, partition) not in self._has_stored:
            return
        rows = await self._connection.fetch(of_generation(LOAD_ADMISSION, self.generation), topic, missing)
        tickets: dict[str, Ticket] = {}
        if topic == TICKETS:
            tickets = await store.load_tickets(self._connection, self.generation, missing)
        for row in rows:
            subject = row["subject"]
            self._kept[subject] = Kept(state_of(row), tickets.get(subject) or Ticket(), is_stored=True)

    async def _write_kept(self, topic: str) -> None:
        """Write what changed, and forget it."""
        await self._finish_copy()
        changed = {subject: kept for subject, kept in self._kept.items() if kept.is_changed}
        new = {subject: kept for subject, kept in changed.items() if not kept.is_stored}
        old = {subject: kept for subject, kept in changed.items() if kept.is_stored}
        self._kept = {}
        if topic == TICKETS:
            await self._copy_new(new)
            await self._save_old(old)
        admission = [admission_row(topic, subject, kept.state) for subject, kept in sorted(new.items())]
        await self._copy_rows(self._connection, "admission", ADMISSION_COLUMNS, admission)
        again = [admission_row(topic, subject, kept.state) for subject, kept in sorted(old.items())]
        if again:
            await self._connection.execute(of_generation(SAVE_ADMISSION, self.generation), *store.columns(again))

    async def _copy_new(self, new: Mapping[str, Kept]) -> None:
        """Tickets that the tables do not have yet."""
        tickets = [kept.ticket for kept in new.values() if kept.ticket.document is not None]
        rows = [row for ticket in tickets if (row := ticket.list_row()) is not None]
        await self._copy_rows(self._connection, "ticket_list", LIST_COLUMNS, rows)
        words = [row for ticket in tickets if (row := ticket.search_row()) is not None]
        await self._copy_rows(self._connection, "ticket_search", SEARCH_COLUMNS, words)

    async def _save_old(self, old: Mapping[str, Kept]) -> None:
        """Tickets that went on after they were written."""
        tickets = {subject: kept.ticket for subject, kept in old.items()}
        await store.save_tickets(self._connection, self.generation, tickets)

    async def _copy_rows(
        self, connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: Sequence[Any]
    ) -> None:
        if rows:
            await connection.copy_records_to_table(
                table, schema_name=schema(self.generation), columns=columns, records=rows
            )

    async def _finish_copy(self) -> None:
        """Wait for the copy of the run before."""
        copy, self._copy = self._copy, None
        if copy is not None:
            await copy

    def _set_aside(self, dead: Sequence[DeadLetter], parked: Sequence[tuple[str, Record]]) -> None:
        self.aside.dead.extend(dead)
        self.aside.parked.extend(parked)
        if len(self.aside.dead) + len(self.aside.parked) > SET_ASIDE_MAX:
            raise Unavailable(f"more than {SET_ASIDE_MAX} records cannot be read: the last, {dead[-1:]}")
