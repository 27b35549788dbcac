"""Mutants of reading the log and of what stands on it: positions, folds, dispatch, letters, the ledger."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.log import reader
from shared.log.admission import subjects_of
from shared.log.failpoints import failpoint
from shared.log.progress import begin
from tests.chaos.checks import counted, dead, rest, shown, told
from tests.chaos.mutants import provoke
from tests.chaos.mutants.mutant import Mutant, instead

REBUILT = "live equals rebuilt"


def position_first() -> None:
    """The reader saves its position, and what it makes of the records in another transaction after that."""

    async def process(self: Any, records: Any, parsed: Any, positions: Any, *, condemned: Any = None) -> dict[int, int]:
        steps = self._steps(records, positions)
        async with self._pool.acquire() as connection, connection.transaction():
            await begin(connection, self.topic, steps, set(), None)
        failpoint("reader.after_position")
        async with self._pool.acquire() as connection, connection.transaction():
            known = await begin(connection, self.topic, [], subjects_of(parsed), None)
            out = await self._apply(connection, parsed, known, condemned or {})
        self._note(records, out, 0.0)
        return dict(positions) | {step.partition: step.new for step in steps}

    instead(reader.Reader, "_process", process)


def unconditional() -> None:
    """The reader moves its position without asking where it is.

    It is frozen before its transaction: one that is open for longer than two seconds is ended by the server.
    """
    process = reader.Reader._process

    async def process_late(self: Any, *arguments: Any, **named: Any) -> dict[int, int]:
        failpoint("mutant.before_transaction")
        return await process(self, *arguments, **named)

    async def begin_anyway(connection: Any, topic: str, steps: Any, subjects: Any, newest_at: Any) -> Any:
        for step in steps:
            await connection.execute(
                "UPDATE log_positions SET next_offset = $3 WHERE topic = $1 AND partition = $2",
                *(topic, step.partition, step.new),
            )
        return await begin(connection, topic, [], subjects, newest_at)

    instead(reader, "begin", begin_anyway)
    instead(reader.Reader, "_process", process_late)


def counted_wrong() -> None:
    """Dispatch believes that nobody holds anything."""
    from services.routing.store.crews import Load, load_of
    from services.routing.work import dispatch

    async def nobody_holds(connection: Any, technicians: Any) -> Any:
        found = await load_of(connection, technicians)
        return Load({}, found.on_duty, found.given_at)

    instead(dispatch, "load_of", nobody_holds)


def told_twice() -> None:
    """Each letter goes out a second time."""
    from services.notify.mailbox import MailboxSender

    send = MailboxSender.send

    async def send_twice(self: Any, letters: Any) -> Any:
        await send(self, [replace(letter, delivery_id=uuid.uuid4()) for letter in letters])
        return await send(self, letters)

    instead(MailboxSender, "send", send_twice)


def line_forgotten() -> None:
    """Some lines of the ledger are lost."""
    from services.intake import handle
    from services.intake.store import record_contacts

    async def record_and_forget(connection: Any, *arguments: Any, **named: Any) -> Any:
        stored = await record_contacts(connection, *arguments, **named)
        await connection.execute("DELETE FROM ledger WHERE line % 7 = 0")
        return stored

    instead(handle, "record_contacts", record_and_forget)


def wrong_instant() -> None:
    """What is shown names an instant at which something else was so."""
    from services.projection import handle
    from services.projection.views.ticket import stamped

    instead(handle, "stamped", lambda document, seen_at: stamped(document, seen_at - timedelta(minutes=5)))


def shown_otherwise() -> None:
    """The live view shows some tickets otherwise than their events say."""
    from services.projection import handle
    from services.projection.views.ticket import changed

    def change_more(*arguments: Any) -> Any:
        document = changed(*arguments)
        return document | {"tags": ["nobody said so"]}

    instead(handle, "changed", change_more)


MUTANTS = (
    Mutant(
        "position-first",
        "2",
        "the position is saved before the effect",
        frozenset({shown.SHOWN, dead.ONLY_FOREIGN, rest.RESTS, told.VISIBLE}),
        position_first,
        provoke.kill_at,
        "reader.after_position=kill:30",
    ),
    Mutant(
        "unconditional",
        "2",
        "the position moves unasked",
        frozenset({rest.FORWARD, rest.RESTS}),
        unconditional,
        provoke.freeze_at,
        "mutant.before_transaction=stop:60",
        count=2,
    ),
    Mutant(
        "counted-wrong",
        "5",
        "dispatch sees no load",
        frozenset({counted.CAPACITY}),
        counted_wrong,
        provoke.flood,
    ),
    Mutant(
        "told-twice",
        "7",
        "each letter goes out twice",
        frozenset({told.NO_OTHER, told.ONCE}),
        told_twice,
        provoke.load,
    ),
    Mutant(
        "line-forgotten",
        "4",
        "ledger lines are lost",
        frozenset({counted.LEDGER}),
        line_forgotten,
        provoke.load,
    ),
    Mutant("wrong-instant", "3", "as_of is another instant", frozenset({shown.THEN}), wrong_instant, provoke.load),
    Mutant(
        "shown-otherwise",
        "2",
        "the live view is no fold of the events",
        frozenset({REBUILT}),
        shown_otherwise,
        provoke.load,
        reads_rebuilt=True,
    ),
)
