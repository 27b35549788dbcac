"""Reading the log: the one reader that all services use.

A batch is one transaction: our position moves first, by a conditional update (a reader that was replaced updates no
row and gives way); then the states of its subjects are loaded with one query, admission sorts the records, the
service's effect runs, and states, dead letters and parked records are saved. FastStream brings the records; the
position is ours, in our database, and Kafka's group offsets only mirror it.

The handler never raises: what is away is retried in place with back-off, what cannot be read becomes a dead letter,
and a batch that our own code fails on is taken record by record, so that only the ticket that breaks it stops.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog

from shared import clock
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.pool import Connection
from shared.errors import Unavailable
from shared.log.admission import POISON_RUN_MAX, Admitted, Parsed, Place, Sorted, parse, sort_records, subjects_of
from shared.log.failpoints import failpoint
from shared.log.kafka import Kafka
from shared.log.progress import (
    Known,
    PositionLost,
    Step,
    begin,
    save_dead,
    save_parked,
    save_states,
)
from shared.log.record import Record
from shared.log.subscription import BATCH_RECORDS_MAX, ReaderHalted, Subscription
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import metrics_for
from shared.telemetry.names import CounterName

Effect = Callable[[Connection, Sequence[Admitted]], Awaitable[None]]

AWAY: tuple[type[BaseException], ...] = (*TRANSIENT, Unavailable)
"""Retried in place: the database, or an effect of ours that says that it cannot write now."""

PACE_S = 0.015
"""Nobody notices it, and under load it makes one transaction of what would be many with a few records each."""

TRIES_OF_A_RECORD = 2
"""So often our code may fail on a record before its ticket stops."""

log = structlog.get_logger("reader")


class PoisonRun(Exception):  # noqa: N818 - an alarm for a person
    """Too many records in a row cannot be read: the fault is not in the records."""


class OlderThanTheLog(PoisonRun):
    """The log holds a fact of ours that this database does not know: writing on would give two facts one place.

    Raised by a writer's effect. It stops the reader, and every process that writes into this database: it was restored
    from an old copy, or is another log's.
    """


@dataclass(slots=True)
class ReaderState:
    """What the outside may know: metrics, readiness, doctor."""

    alarm: str | None = None
    records: int = 0
    read_at_s: float = 0.0
    poison_run: int = 0
    away: str | None = None
    group_id: str | None = None
    partitions: frozenset[int] = field(default_factory=frozenset)


class Reader:
    """Reads one topic into one service's database. `run()` goes on until it is cancelled.

    `folds`: the types whose data the effect needs, decoded and lifted. `effect(connection, admitted)` runs inside
    the transaction of the position; it is never called with an empty batch. `pace_s`: batches begin at least so far
    apart; the first record after a pause never waits. `records_max` in a batch, all in one transaction.
    """

    def __init__(
        self,
        *,
        service: str,
        pool: asyncpg.Pool,
        kafka: Kafka,
        topic: str,
        folds: frozenset[str],
        effect: Effect,
        pace_s: float = PACE_S,
        records_max: int = BATCH_RECORDS_MAX,
    ) -> None:
        self.state = ReaderState()
        self.topic = topic
        self.folds = folds
        self._service = service
        self._pool = pool
        self._effect = effect
        self._metrics = metrics_for(service)
        self._subscription = Subscription(
            service=service,
            topic=topic,
            kafka=kafka,
            pool=pool,
            take=self._take,
            state=self.state,
            pace_s=pace_s,
            records_max=records_max,
        )

    async def run(self) -> None:
        """Join the group and read; answers never, raises only when cancelled."""
        await self._subscription.run()

    async def _take(
        self, records: Sequence[Record], parsed: Sequence[Parsed], positions: Mapping[int, int]
    ) -> dict[int, int]:
        """Process `records` (in order of the log per partition), `parsed` already; answers the new positions.

        Raises PositionLost when another reader moved them, ReaderHalted when a person is needed.
        `positions` are where this process believes it is.

        A record that our code fails on is tried again before its ticket stops: the failure may have been a library's
        word for a connection that ended. If it cannot even be set aside, a person is needed.
        """
        backoff = Backoff()
        failures = 0
        condemned: dict[Place, str] = {}
        while True:
            try:
                moved = await self._process(records, parsed, positions, condemned=condemned)
            except AWAY as error:
                self.state.away = failure_name(error)
                self._metrics.count("gongdan_reader_retries_total")
                log.warning("reader retries", service=self._service, topic=self.topic, error=self.state.away)
                await backoff.wait()
            except PositionLost:
                raise
            except OlderThanTheLog as older:
                await self._stop_writing(str(older))
                raise self._halted(str(older)) from older
            except PoisonRun as run:
                raise self._halted(str(run)) from run
            except Exception as error:
                if len(records) > 1:
                    return await self._one_by_one(records, positions)
                failures += 1
                if condemned:
                    raise self._halted(f"{records[0].place} cannot be set aside: {failure_name(error)}") from error
                if failures == TRIES_OF_A_RECORD:
                    condemned = self._condemned(records[0], error)
            else:
                self.state.away = None
                return moved

    async def _one_by_one(self, records: Sequence[Record], positions: Mapping[int, int]) -> dict[int, int]:
        """After our code failed on a batch: each record in a transaction of its own."""
        current = dict(positions)
        for record in records:
            current |= await self._take([record], parse([record]), current)
        return current

    def _condemned(self, record: Record, error: Exception) -> dict[Place, str]:
        """The one record that our code fails on: its ticket stops with an alarm and the context; the others go on."""
        reason = failure_name(error)[:500]
        log.error("reader cannot apply a record", service=self._service, place=record.place, exc_info=error)
        return {(record.topic, record.partition, record.offset): reason}

    async def _stop_writing(self, reason: str) -> None:
        """Let no process write into this database any more; a person settles it (see the README, "Backups")."""
        backoff = Backoff()
        while True:
            try:
                await self._pool.execute("UPDATE log_database SET halted = $1 WHERE halted IS NULL", reason)
            except TRANSIENT:
                await backoff.wait()
            else:
                return

    def _halted(self, alarm: str) -> ReaderHalted:
        """One clear alarm; the position stays where it is, until a person starts this process again."""
        self.state.alarm = alarm
        self._metrics.set("gongdan_reader_stopped", 1, topic=self.topic)
        log.error("reader stopped", service=self._service, topic=self.topic, alarm=alarm)
        return ReaderHalted(alarm)

    async def _process(
        self,
        records: Sequence[Record],
        parsed: Sequence[Parsed],
        positions: Mapping[int, int],
        *,
        condemned: Mapping[Place, str] | None = None,
    ) -> dict[int, int]:
        """One transaction: position, states, effect, states back."""
        steps = self._steps(records, positions)
        began_at_s = clock.monotonic()
        newest_at = max((a.recorded_at for _, a, _ in parsed if a is not None), default=None)
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                known = await begin(connection, self.topic, steps, subjects_of(parsed), newest_at)
                failpoint("reader.after_position")
                out = await self._apply(connection, parsed, known, condemned or {}, poison_run=self.state.poison_run)
                failpoint("reader.before_commit")
            failpoint("reader.after_commit")
        self._note(records, out, clock.monotonic() - began_at_s)
        return dict(positions) | {step.partition: step.new for step in steps}

    async def release(self, connection: Connection, records: Sequence[Record], subject: str | None) -> Sorted:
        """Let a stopped subject go on with `records` (a retry or a discard), in a transaction that holds the position.

        `subject` is None for a record that could not be read at all: it stopped nobody.
        """
        parsed = parse(records)
        known = await begin(connection, self.topic, [], subjects_of(parsed), None)
        if subject is not None and subject in known.states:
            known.states[subject].stopped = None
        return await self._apply(connection, parsed, known, {}, poison_run=0)

    async def _apply(
        self,
        connection: Connection,
        parsed: Sequence[Parsed],
        known: Known,
        condemned: Mapping[Place, str],
        *,
        poison_run: int,
    ) -> Sorted:
        """Sort `parsed` and let it take effect. `poison_run`: so many that cannot be read came right before."""
        out = sort_records(
            parsed,
            known.states,
            self.folds,
            discarded=known.discarded,
            condemned=condemned,
            poison_run=poison_run,
        )
        if out.poison_run_longest > POISON_RUN_MAX:
            run, last = out.poison_run_longest, out.dead[-1].reason
            raise PoisonRun(f"{self.topic}: {run} records in a row cannot be read; the last: {last}")
        if out.admitted:
            await self._effect(connection, out.admitted)
        failpoint("reader.after_effect")
        await save_states(connection, self.topic, known.states)
        await save_dead(connection, self._service, out.dead)
        await save_parked(connection, out.parked)
        return out

    def _steps(self, records: Sequence[Record], positions: Mapping[int, int]) -> list[Step]:
        """From where to where each partition of the batch goes."""
        ends: dict[int, int] = {}
        for record in records:
            ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
        return [Step(self.topic, partition, positions[partition], end) for partition, end in sorted(ends.items())]

    def _note(self, records: Sequence[Record], out: Sorted, seconds: float) -> None:
        """Count what was done."""
        self.state.records += len(records)
        self.state.poison_run = out.poison_run
        self.state.read_at_s = clock.monotonic()
        self._metrics.count("gongdan_reader_batches_total")
        self._metrics.observe("gongdan_reader_batch_duration_seconds", seconds, topic=self.topic)
        self._metrics.observe("gongdan_reader_batch_size_records", len(records), topic=self.topic)
        for partition, count in Counter(record.partition for record in records).items():
            self._metrics.count("gongdan_reader_records_total", count, topic=self.topic, partition=str(partition))
        if out.admitted:
            age_s = (clock.now() - out.admitted[-1].attributes.recorded_at).total_seconds()
            self._metrics.set("gongdan_reader_newest_event_age_seconds", age_s, topic=self.topic)
        self._note_set_aside(out)

    def _note_set_aside(self, out: Sorted) -> None:
        """Count and log what did not take effect."""
        self._metrics.count("gongdan_reader_duplicates_total", out.duplicates, topic=self.topic)
        self._metrics.count("gongdan_reader_parked_total", len(out.parked), topic=self.topic)
        for letter in out.dead:
            self._metrics.count(COUNTED_AS.get(letter.kind, "gongdan_reader_dead_letters_total"), topic=self.topic)
            # Not the reason: it may quote what the record holds. The letter has it.
            log.error("record set aside", service=self._service, kind=letter.kind, place=letter.record.place)


COUNTED_AS: Mapping[str, CounterName] = {
    "gap": "gongdan_reader_gaps_total",
    "conflict": "gongdan_reader_conflicts_total",
    "foreign": "gongdan_reader_conflicts_total",
}
