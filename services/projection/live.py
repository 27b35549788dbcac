"""Following the log: rows of `history` behind a cursor, woken by the readers' NOTIFY, so any process can serve them.

A cursor is the next offset of each partition, the same text as a position: it outlives rebuilds and processes.

However many follow, the database is asked once for all who stand at the same place: `Tail` reads where the read model
stands once per wake and `PACE_S`, and what lies between two such places is a `Run`, read once. A run keeps its tickets
by filter, too, so views that ask for the same are answered together.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from heapq import merge
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

import asyncpg

from services.projection import listing
from services.projection.queries import Standing, standing
from services.projection.tables import of_generation
from services.projection.views.filters import Filters
from services.projection.views.ticket import Document
from shared import clock
from shared.background import is_set_within
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.errors import Refused, Unavailable
from shared.log.position import LogPosition, PositionWaiters, parse_position
from shared.log.progress import READ_CHANNEL

CHUNK_ROWS = 500
"""So many rows of each partition are read at once."""
POLL_S = 5.0
"""Waiting without a NOTIFY ends after this time."""
PACE_S: Final = 0.1
"""Views look again no sooner than this after the last time; news after a quiet moment is told at once."""
SHARED_S: Final = 1.0
"""How long a run is kept for those who stand where it begins and come a little later."""

BEHIND = """
    SELECT h.* FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS part(partition, next_offset, end_offset)
    CROSS JOIN LATERAL (
        SELECT * FROM {g}.history h
        WHERE h.partition = part.partition AND h."offset" >= part.next_offset AND h."offset" < part.end_offset
        ORDER BY h."offset"
        LIMIT $4
    ) h
"""

T = TypeVar("T")


class Shared(Generic[T]):
    """Each question is asked once, however many want its answer; one that failed is forgotten at once.

    `kept_s`: so long an answer is kept for those who come later; None: for ever.
    """

    def __init__(self, kept_s: float | None = None) -> None:
        self._kept_s = kept_s
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}

    async def ask(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer to `question`, which `ask` gets if nobody has asked yet."""
        task = self._tasks.get(question)
        if task is None:
            task = self._tasks[question] = asyncio.create_task(ask())
            task.add_done_callback(lambda done: self._answered(question, done))
        return await asyncio.shield(task)  # the others still want it when one of them goes away

    def _answered(self, question: Hashable, task: "asyncio.Task[T]") -> None:
        if task.cancelled() or task.exception() is not None:
            del self._tasks[question]
        elif self._kept_s is not None:
            asyncio.get_running_loop().call_later(self._kept_s, self._tasks.pop, question)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one generation in an order that keeps each partition's; none when there is no news."""

    generation: int
    rows: list[asyncpg.Record]
    is_whole: bool = True
    """Whether it goes to the end of what was asked for; else there is more."""
    found: Shared[dict[str, Document]] = field(default_factory=Shared)

    async def tickets(self, pool: asyncpg.Pool, filters: Filters) -> dict[str, Document]:
        """Its tickets that are asked for, by id, as they are after it."""
        if not self.rows:
            return {}
        ids = {row["ticket_id"] for row in self.rows}
        return await self.found.ask(
            filters, lambda: listing.matching(pool, self.generation, filters, ids, now=clock.now())
        )


class Tail:
    """Lets many requests of one process follow the log, each from its own cursor."""

    def __init__(self, pool: asyncpg.Pool, waiters: PositionWaiters, *, views_max: int) -> None:
        self._pool = pool
        self._waiters = waiters
        self._news = asyncio.Event()
        self._changed = asyncio.Event()
        self._where: Standing | None = None
        """Where the read model stood when the views were woken; None when it could not be read."""
        self._runs: Shared[Run] = Shared(kept_s=SHARED_S)
        self._views = 0
        self._views_max = views_max

    async def run(self, url: str) -> None:
        """Wake who follows, and who waits for a position, at each batch of a reader; runs until cancelled."""
        async with asyncio.TaskGroup() as group, Wakeup(url, READ_CHANNEL, application="projection-tail") as wakeup:
            group.create_task(self._wake_views(), name="projection wakes its views")
            while True:
                await wakeup.wait(POLL_S)
                self._waiters.wake()
                self._news.set()

    async def _wake_views(self) -> None:
        """Wake who follows when there is news: at once, and then not before `PACE_S` have passed."""
        while True:
            await self._news.wait()
            self._news.clear()
            where = None
            with suppress(Unavailable, asyncpg.PostgresError, *TRANSIENT):  # each view meets it by itself, and ends
                where = await standing(self._pool) if self._views else None
            self._where = where
            self._changed.set()
            self._changed = asyncio.Event()
            await asyncio.sleep(PACE_S)

    @asynccontextmanager
    async def view(self) -> AsyncIterator[None]:
        """A place for one more follower. Errors: Unavailable when all are taken."""
        if self._views >= self._views_max:
            raise Unavailable(f"{self._views_max} live views are open already", retry_after_s=10)
        self._views += 1
        try:
            yield
        finally:
            self._views -= 1

    async def runs(self, cursor: Mapping[int, int], *, follow: bool, quiet_s: float = POLL_S) -> AsyncIterator[Run]:
        """What is behind `cursor`, run after run.

        Ends where the log ended when this was asked, unless `follow`; then an empty run comes after each `quiet_s`
        seconds without news.
        """
        places = dict(cursor)
        changed, where = self._changed, await standing(self._pool)
        quiet_until = clock.monotonic() + quiet_s
        while True:
            run = await self._behind(where, places)
            if run.rows:
                yield run
                quiet_until = clock.monotonic() + quiet_s
            if not run.is_whole:
                places |= {row["partition"]: row["offset"] + 1 for row in run.rows}
                continue
            places |= {part: end for part, end in where.offsets.items() if end > places.get(part, 0)}
            if not follow:
                return
            while not await is_set_within(changed, quiet_until - clock.monotonic()):
                yield Run(where.generation, [])
                quiet_until = clock.monotonic() + quiet_s
            changed, where = self._changed, self._where or await standing(self._pool)

    async def _behind(self, where: Standing, places: Mapping[int, int]) -> Run:
        """What lies between `places` and where the read model stands, or the beginning of it."""
        parts = [
            (part, places.get(part, 0), end) for part, end in sorted(where.offsets.items()) if places.get(part, 0) < end
        ]
        if not parts:
            return Run(where.generation, [])
        if sum(end - begin for _, begin, end in parts) > CHUNK_ROWS:
            return await self._read(where.generation, parts)  # nobody else stands there, and it is much to keep
        question = (where.generation, *parts)
        return await self._runs.ask(question, lambda: self._read(where.generation, parts))

    async def _read(self, generation: int, parts: Sequence[tuple[int, int, int]]) -> Run:
        """The rows of these partitions, from the offset in the middle up to the last, or the first of them."""
        columns = [list(column) for column in zip(*parts, strict=True)]
        rows = await self._pool.fetch(of_generation(BEHIND, generation), *columns, CHUNK_ROWS)
        ordered = in_order(rows)
        most = max(Counter(row["partition"] for row in rows).values(), default=0)
        return Run(generation, ordered, is_whole=most < CHUNK_ROWS)


def in_order(rows: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
    """The rows by time as seen, each partition in its own order, up to where one may have more that was not read."""
    partitions: dict[int, list[asyncpg.Record]] = {}
    for row in rows:
        partitions.setdefault(row["partition"], []).append(row)
    unread = {partition for partition, run in partitions.items() if len(run) >= CHUNK_ROWS}
    left = {partition: len(run) for partition, run in partitions.items()}
    ordered: list[asyncpg.Record] = []
    for row in merge(*partitions.values(), key=itemgetter("seen_at", "partition", "offset")):
        ordered.append(row)
        left[row["partition"]] -= 1
        if row["partition"] in unread and left[row["partition"]] == 0:
            break
    return ordered


def cursor_of(text: str, *, field: str) -> dict[int, int]:
    """The offsets in a cursor, or in the position of an answer. Errors: Refused 422."""
    position = parse_position(text, field=field)
    if not isinstance(position, LogPosition):
        raise Refused(422, "Unknown cursor", f"{field} names a fact; a cursor names a place in the log")
    return dict(position.offsets)
