"""Positions that callers hold: opaque text, of two kinds.

An answer to a write names the *fact* (a subject and its sequence per source; Kafka does not have it yet); an answer
to a read names the
*place* reached in the log (offset per partition). `at_least` takes both.
"""

import asyncio
import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from shared import clock
from shared.background import is_set_within
from shared.database.listen import Wakeup
from shared.database.pool import Connection
from shared.errors import FieldError, Refused
from shared.log.admission import ID_BYTES
from shared.log.progress import READ_CHANNEL

AT_LEAST_WAIT_S = 2.0
"""How long a read waits for the position it was asked for."""
LOOK_EVERY_S = 0.5
"""The safety net under NOTIFY, for who waits for a position."""
POSITION_CHARS_MAX = 4_096
PARTITION_MAX = 2**31 - 1
OFFSET_MAX = 2**63 - 1
"""Of offsets and sequences: what Kafka counts, and a bigint holds."""


@dataclass(frozen=True, slots=True)
class FactPosition:
    """After these sequences (per source) of `subject`."""

    subject: str
    sequences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LogPosition:
    """After everything before these offsets (per partition of `tickets`)."""

    offsets: Mapping[int, int]


Position = FactPosition | LogPosition


def fact_position(subject: object, sequences: Mapping[str, int]) -> str:
    """The text for a write: the same for the same fact, always."""
    return encode({"s": str(subject), "q": dict(sorted(sequences.items()))})


def log_position(offsets: Mapping[int, int]) -> str:
    """The text for a read: the next offset of each partition."""
    return encode({"o": {str(partition): offset for partition, offset in sorted(offsets.items())}})


def encode(document: object) -> str:
    """Opaque text that needs no escaping in a URL."""
    return base64.urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=").decode()


def parse_position(text: str, *, field: str = "at_least") -> Position:
    """The position in `text`; raises Refused (422) naming `field` for anything that we did not make."""
    try:
        document = orjson.loads(base64.urlsafe_b64decode(text[:POSITION_CHARS_MAX] + "=" * (-len(text) % 4)))
        if "o" in document:
            offsets = {_number(int(partition), PARTITION_MAX): _number(n) for partition, n in document["o"].items()}
            return LogPosition(offsets)
        return FactPosition(str(UUID(document["s"])), {str(source): _number(n) for source, n in document["q"].items()})
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        wrong = FieldError(field, "a position or cursor from an earlier answer", text[:60])
        raise Refused(422, "Unknown position", f"{field} is not a position of ours", errors=[wrong]) from None


def _number(value: object, most: int = OFFSET_MAX) -> int:
    """A number that the log can have. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(value)
    return value


async def read_offsets(connection: "Connection | asyncpg.Pool", topic: str = "tickets") -> dict[int, int]:
    """The place that this database has reached, per partition."""
    rows = await connection.fetch(
        "SELECT partition, next_offset FROM log_positions WHERE topic = $1 ORDER BY partition", topic
    )
    return {row["partition"]: row["next_offset"] for row in rows}


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a database has read: as far as the positions ask that it was read for."""

    offsets: Mapping[int, int]
    sequences: Mapping[str, Mapping[str, int]]
    """By subject, for those that were read of, and by source."""

    def has(self, position: Position) -> bool:
        """Whether it has read at least as far as `position`."""
        if isinstance(position, LogPosition):
            return all(self.offsets.get(partition, 0) >= offset for partition, offset in position.offsets.items())
        known = self.sequences.get(position.subject)
        return known is not None and all(known.get(source, 0) >= n for source, n in position.sequences.items())


SEQUENCES = f"""
    SELECT subject, octet_length(intake_ids) / {ID_BYTES} AS "/intake",
           octet_length(routing_ids) / {ID_BYTES} AS "/routing", octet_length(notify_ids) / {ID_BYTES} AS "/notify"
    FROM log_subjects WHERE topic = 'tickets' AND subject = ANY($1)
"""  # noqa: S608 - numbers


async def read_reached(pool: asyncpg.Pool, positions: Collection[Position]) -> Reached:
    """How far this database has read, for all these positions at once."""
    subjects = {position.subject for position in positions if isinstance(position, FactPosition)}
    is_log_asked = any(isinstance(position, LogPosition) for position in positions)
    rows = await pool.fetch(SEQUENCES, sorted(subjects)) if subjects else []
    return Reached(
        offsets=await read_offsets(pool) if is_log_asked else {},
        sequences={row["subject"]: {source: n for source, n in row.items() if source != "subject"} for row in rows},
    )


class PositionWaiters:
    """Lets many requests of one process wait for positions; woken by the reader's NOTIFY.

    The first look is the caller's own, at once; those who have to wait are looked for together at each wake.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._changed = asyncio.Event()
        self._waiting: list[Position] = []
        self._look: asyncio.Task[Reached] | None = None
        """The next one, while it has not begun."""

    async def wait(self, text: str | None, *, within_s: float = AT_LEAST_WAIT_S) -> None:
        """Return when this database has reached the position in `text` (None: at once).

        Raises Refused: 422 when it is not a position of ours, 504 with the position reached when the time is over.
        """
        if text is None:
            return
        position = parse_position(text)
        until = clock.monotonic() + within_s
        changed = self._changed
        if (await read_reached(self._pool, [position])).has(position):
            return
        self._waiting.append(position)
        try:
            while (left := until - clock.monotonic()) > 0:
                await is_set_within(changed, min(left, LOOK_EVERY_S))
                changed = self._changed
                if (await self._looked()).has(position):
                    return
        finally:
            self._waiting.remove(position)
        raise Refused(
            504,
            "Position not reached",
            f"the position asked for was not reached within {within_s:g} s; try again",
            extra={"position": log_position(await read_offsets(self._pool))},
            headers={"Retry-After": "1"},
        )

    async def _looked(self) -> Reached:
        """What one look found that began after this was asked, for all who ask before it begins."""
        if self._look is None:
            self._look = asyncio.create_task(self._look_for_all())
            self._look.add_done_callback(lambda look: look.cancelled() or look.exception())  # who asked may be gone
        return await asyncio.shield(self._look)

    async def _look_for_all(self) -> Reached:
        self._look = None
        return await read_reached(self._pool, self._waiting)

    def wake(self) -> None:
        """The reader has committed a batch: everyone looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def listen(self, url: str, *, application: str) -> None:
        """Wake the waiters at each NOTIFY of the reader; runs until cancelled."""
        async with Wakeup(url, READ_CHANNEL, application=application) as wakeup:
            while True:
                await wakeup.wait(5.0)
                self.wake()
