"""Whether a service can do its work now, judged from what was seen of its database and of Kafka. Pure.

Not ready: its database does not answer, or must not be written; a reader stopped with an alarm, is behind by more than
`LAG_RECORDS_MAX`, stands still, has a partition that nobody takes, or is further than the log goes; the relay stopped,
or stands still although Kafka answers. Kafka away makes nobody unready: what is asked is answered from the database,
what is decided waits in the outbox, and the answer says so (docs/decisions/0021-what-readiness-says.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

LAG_RECORDS_MAX: Final = 10_000
"""Further behind the end of a topic than so many records, what a service shows or decides is not of now."""
RELAY_STUCK_S: Final = 30.0
"""The oldest fact of the outbox stays there for so long although Kafka answers: a takeover takes less than five."""
READER_STUCK_S: Final = 30.0
"""A partition with something to read does not move for so long although Kafka and the database answer."""
UNTAKEN_S: Final = 10.0
"""A partition may be without a reader for so long: partitions move when readers come and go."""
NAMED_MAX: Final = 20
"""So many stopped tickets are named; all of them are counted."""

Part: TypeAlias = tuple[str, int]
"""(topic, partition), the topic by our name."""


@dataclass(frozen=True, slots=True)
class StoppedSubject:
    """A ticket (or policy) that waits for a person, and the kind of record that stopped it."""

    topic: str
    subject: str
    kind: str


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """What one look at the service's database found."""

    halted: str | None
    outbox_head: int | None
    """The place of the oldest fact in the outbox."""
    outbox_records: int
    outbox_age_s: float
    stopped_count: int
    stopped: Sequence[StoppedSubject]
    """The first `NAMED_MAX` of them."""
    dead_letters: int
    """Those that wait."""
    positions: Mapping[Part, int]
    clock_ahead_s: float
    """How far this process's clock is ahead of the database's."""


@dataclass(frozen=True, slots=True)
class KafkaSeen:
    """What one look at Kafka found: the end of each partition that is read, and which of them a reader has taken."""

    ends: Mapping[Part, int]
    taken: frozenset[Part]


@dataclass(frozen=True, slots=True)
class Told:
    """What the relay and the readers of this process say about themselves."""

    relay_alarm: str | None
    relay_error: str | None
    reader_alarms: Mapping[str, str | None]
    """By topic."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict. `checks` says what it stands on: "ok", or what is the matter, by what was looked at."""

    ready: bool
    checks: Mapping[str, object]
    lags: Mapping[Part, int] = field(default_factory=dict)
    ends: Mapping[Part, int] = field(default_factory=dict)
    """How far the log goes; nothing while Kafka is away."""


class Memory:
    """What only several looks together can say: what stands still, and since when. Times are seconds, monotonic."""

    def __init__(self, parts: Sequence[Part], *, lag_max: int = LAG_RECORDS_MAX) -> None:
        self._parts = parts
        self._lag_max = lag_max
        self._kafka_away_since: float | None = None
        self._head: tuple[int | None, float] = (None, 0.0)
        self._places: dict[Part, tuple[int, float]] = {}
        self._reached: Mapping[Part, int] = {}
        self._beyond: dict[Part, tuple[int, int]] = {}
        self._untaken_since: dict[Part, float] = {}
        self._were_taken = False

    def judge(self, at_s: float, database: DatabaseSeen | None, kafka: KafkaSeen | None, told: Told) -> Standing:
        """Take one look in, and say where the service stands. None: it did not answer within its time."""
        self._note_kafka(at_s, kafka)
        if database is None:
            return Standing(ready=False, checks={"database": "away", "kafka": self._kafka_words(at_s)})
        ends = {} if kafka is None else kafka.ends
        lags = lags_of(database.positions, ends)
        self._note_relay(at_s, database, kafka)
        self._note_readers(at_s, database, kafka, lags)
        relay_words, relay_ready = self._relay(at_s, database, kafka, told)
        readers = {topic: self._reader(at_s, topic, lags, told) for topic in told.reader_alarms}
        checks: dict[str, object] = {
            "database": "ok",
            "writing": database.halted or "ok",
            "kafka": self._kafka_words(at_s),
            "relay": relay_words,
            **readers,
            "lag_records": {topic: sum(lag for part, lag in lags.items() if part[0] == topic) for topic in readers}
            if kafka is not None
            else None,
            "dead_letters": database.dead_letters,
            "stopped_tickets": {
                "count": database.stopped_count,
                "first": [{"subject": one.subject, "kind": one.kind} for one in database.stopped],
            },
            "clock_ahead_s": round(database.clock_ahead_s, 3),
        }
        ready = database.halted is None and relay_ready and all(words == "ok" for words in readers.values())
        return Standing(ready=ready, checks=checks, lags=lags, ends=ends)

    def _note_kafka(self, at_s: float, kafka: KafkaSeen | None) -> None:
        if kafka is not None:
            self._kafka_away_since = None
        elif self._kafka_away_since is None:
            self._kafka_away_since = at_s

    def _kafka_words(self, at_s: float) -> str:
        if self._kafka_away_since is None:
            return "ok"
        return f"away for {at_s - self._kafka_away_since:.0f} s: facts wait in the outbox, nothing new is read"

    def _note_relay(self, at_s: float, database: DatabaseSeen, kafka: KafkaSeen | None) -> None:
        """Since when the outbox has had this head while Kafka answered."""
        if kafka is None or database.outbox_head is None or database.outbox_head != self._head[0]:
            self._head = (database.outbox_head, at_s)

    def _relay(self, at_s: float, database: DatabaseSeen, kafka: KafkaSeen | None, told: Told) -> tuple[str, bool]:
        """What is to be said of the relay, and whether the service is ready as far as that goes."""
        waits = f"{database.outbox_records} facts wait, the oldest for {database.outbox_age_s:.0f} s"
        if told.relay_alarm is not None:
            return f"stopped: {told.relay_alarm}", False
        if database.outbox_head is None:
            return "ok", True
        if kafka is None:
            return f"waits for Kafka: {waits}", True
        if at_s - self._head[1] >= RELAY_STUCK_S:
            why = f" ({told.relay_error})" if told.relay_error else ""
            return f"stands still although Kafka answers{why}: {waits}", False
        return "ok" if database.outbox_age_s < RELAY_STUCK_S else f"sends: {waits}", True

    def _note_readers(
        self, at_s: float, database: DatabaseSeen, kafka: KafkaSeen | None, lags: Mapping[Part, int]
    ) -> None:
        """Since when each partition with something to read has not moved, and since when nobody has taken it."""
        if kafka is None:
            self._places.clear()
            self._untaken_since.clear()
            return
        # What was reached at the last look, for this look's ends may be older than its positions; ends never go back.
        reached, self._reached = self._reached, database.positions
        self._beyond = {p: (reached[p], end) for p, end in kafka.ends.items() if reached.get(p, 0) > end}
        for part in self._parts:
            place = database.positions.get(part, 0)
            if not lags.get(part) or self._places.get(part, (None,))[0] != place:
                self._places[part] = (place, at_s)
            if part in kafka.taken:
                self._untaken_since.pop(part, None)
            else:
                self._untaken_since.setdefault(part, at_s if self._were_taken else at_s - UNTAKEN_S)
        self._were_taken = self._were_taken or not self._untaken_since

    def _reader(self, at_s: float, topic: str, lags: Mapping[Part, int], told: Told) -> str:
        """The first thing that is the matter with reading `topic`, else "ok"."""
        alarm = told.reader_alarms[topic]
        if alarm is not None:
            return alarm
        for part, (reached, end) in sorted(self._beyond.items()):
            if part[0] == topic:
                return f"{topic}[{part[1]}]: our position {reached} is not in the log, which ends at {end}"
        untaken = [p for (t, p), since in self._untaken_since.items() if t == topic and at_s - since >= UNTAKEN_S]
        if untaken:
            return f"no reader has taken partition {', '.join(map(str, sorted(untaken)))}"
        behind = sum(lag for part, lag in lags.items() if part[0] == topic)
        if behind > self._lag_max:
            return f"{behind} records behind, more than {self._lag_max}"
        for part, (_, since) in sorted(self._places.items()):
            if part[0] == topic and lags.get(part) and at_s - since >= READER_STUCK_S:
                return f"{topic}[{part[1]}] has not moved for {at_s - since:.0f} s, {lags[part]} records behind"
        return "ok"


def lags_of(positions: Mapping[Part, int], ends: Mapping[Part, int]) -> dict[Part, int]:
    """Records that were not read yet, per partition."""
    return {part: max(0, end - positions.get(part, 0)) for part, end in ends.items()}
