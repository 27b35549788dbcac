"""Positions that callers hold: opaque text, of two kinds.

An answer to a write names the *fact* (a subject and its sequence per source; Kafka does not have it yet); an answer
to a read names the
*place* reached in the log (offset per partition). `at_least` takes both.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping
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


async def is_reached(pool: asyncpg.Pool, position: Position) -> bool:
    """Whether this database has read at least as far as `position`."""
    if isinstance(position, LogPosition):
        reached = await read_offsets(pool)
        return all(reached.get(partition, 0) >= offset for partition, offset in position.offsets.items())
    row = await pool.fetchrow(
        "SELECT intake_ids, routing_ids, notify_ids FROM log_subjects WHERE topic = 'tickets' AND subject = $1",
        position.subject,
    )
    return row is not None and all(
        len(row.get(f"{source.strip('/')}_ids") or b"") // ID_BYTES >= sequence
        for source, sequence in position.sequences.items()
    )


class PositionWaiters:
    """Lets many requests of one process wait for positions; woken by the reader's NOTIFY."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._changed = asyncio.Event()

    async def wait(self, text: str | None, *, within_s: float = AT_LEAST_WAIT_S) -> None:
        """Return when this database has reached the position in `text` (None: at once).

        Raises Refused: 422 when it is not a position of ours, 504 with the position reached when the time is over.
        """
        if text is None:
            return
        position = parse_position(text)
        until = clock.monotonic() + within_s
        while not await is_reached(self._pool, position):
            left = until - clock.monotonic()
            if left <= 0:
                reached = log_position(await read_offsets(self._pool))
                raise Refused(
                    504,
                    "Position not reached",
                    f"the position asked for was not reached within {within_s:g} s; try again",
                    extra={"position": reached},
                    headers={"Retry-After": "1"},
                )
            await is_set_within(self._changed, min(left, 0.5))

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
