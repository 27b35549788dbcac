"""Admission: which record of the log counts. One rule for every reader, rebuilds and auditors included.

Per (source, subject): the next sequence is admitted; the same sequence with the same id is a duplicate, skipped and
counted; the same sequence with another id is a conflict, a higher one a gap, another owner's type foreign: then that
subject stops and the others go on. The order of the log decides, so all readers agree. Everything here is pure:
states in, states changed, verdicts out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shared.errors import Unreadable
from shared.events.envelope import Attributes
from shared.events.fact import Fact
from shared.events.registry import FACTS, NewerThanThisProgram, decode
from shared.log.record import Record, is_fence, read_attributes

SOURCES = ("/intake", "/routing", "/notify")
ID_BYTES = 16
POISON_RUN_MAX = 1_000
"""So many records in a row that cannot be read stop the reader: then the fault is not in the records."""

DeathKind = Literal["unreadable", "newer", "gap", "conflict", "foreign", "impossible"]
Verdict = Literal["next", "duplicate", "gap", "conflict", "foreign"]
Place = tuple[str, int, int]
"""(topic, partition, offset), the topic by our name."""


@dataclass(slots=True)
class SubjectState:
    """What has been admitted of one subject, and what stopped it.

    `ids`: per source, 16 bytes each, in sequence. `seen_at`: the time as seen of the last one.
    """

    ids: dict[str, bytearray] = field(default_factory=dict)
    seen_at: datetime | None = None
    stopped: str | None = None

    def last_sequence(self, source: str) -> int:
        """The sequence of the last event admitted from `source`, 0 before the first."""
        return len(self.ids.get(source, b"")) // ID_BYTES


class Admitted(NamedTuple):
    """A record that counts (a tuple, as one is made for each: see `Record`).

    `seen_at` is `e`, the time as seen; `data` is None for a type that the reader does not fold.
    """

    record: Record
    attributes: Attributes
    seen_at: datetime
    data: Fact | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that does not count, and why; `subject` is set when it stopped one."""

    record: Record
    kind: DeathKind
    reason: str
    subject: str | None


@dataclass(slots=True)
class Sorted:
    """What became of a run of records, in log order."""

    admitted: list[Admitted] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    parked: list[tuple[str, Record]] = field(default_factory=list)
    duplicates: int = 0
    fences: int = 0
    poison_run: int = 0
    """How many unreadable records in a row the run ended with."""
    poison_run_longest: int = 0


Parsed = tuple[Record, Attributes | None, str]
"""A record, its attributes, or why they cannot be read."""


def parse(records: Sequence[Record]) -> list[Parsed]:
    """The attributes of each record that is not a fence."""
    return [parse_one(record) for record in records if record.key is not None or not is_fence(record.headers)]


def parse_one(record: Record) -> Parsed:
    """The attributes of one record, its key checked against its subject."""
    try:
        attributes = read_attributes(record.headers)
    except Unreadable as unreadable:
        return record, None, str(unreadable)
    if record.key != attributes.subject.encode():
        return record, None, f"expected the subject {attributes.subject:.80} as key, got {record.key!r:.80}"
    return record, attributes, ""


def subjects_of(parsed: Sequence[Parsed]) -> set[str]:
    """The subjects whose states `sort` needs."""
    return {attributes.subject for _, attributes, _ in parsed if attributes is not None}


def sort_records(
    parsed: Sequence[Parsed],
    states: dict[str, SubjectState],
    folds: Collection[str],
    *,
    discarded: Collection[Place] = (),
    condemned: Mapping[Place, str] | None = None,
    poison_run: int = 0,
) -> Sorted:
    """Judge `parsed` in log order, changing `states`; a subject never seen gets its state here.

    `folds` are the types that the reader decodes. `discarded` places were settled by a person: admitted without an
    effect. `condemned` places made the reader fail (our bug): their ticket stops. `poison_run` is the length of the
    run that the records before ended with.
    """
    sorter = Sorter(folds, discarded, condemned or {}, Sorted(poison_run=poison_run))
    for record, attributes, unreadable in parsed:
        if attributes is None:
            sorter.bury(DeadLetter(record, "unreadable", unreadable, None))
        else:
            sorter.sort(record, attributes, states.setdefault(attributes.subject, SubjectState()))
    return sorter.out


@dataclass(frozen=True, slots=True)
class Sorter:
    """One run over some records; see `sort_records`."""

    folds: Collection[str]
    discarded: Collection[Place]
    condemned: Mapping[Place, str]
    out: Sorted

    def sort(self, record: Record, attributes: Attributes, state: SubjectState) -> None:
        """Judge one record whose attributes can be read."""
        place = (record.topic, record.partition, record.offset)
        verdict = judge(state, attributes)
        if verdict == "duplicate":
            self.out.duplicates += 1
        elif place in self.discarded:
            if verdict == "next":
                admit(state, attributes)
        elif state.stopped is not None:
            self.out.parked.append((attributes.subject, record))
        elif verdict != "next":
            self.stop(record, state, verdict, explain(state, attributes, record, verdict), attributes.subject)
        elif place in self.condemned:
            self.stop(record, state, "impossible", self.condemned[place], attributes.subject)
        else:
            self.take(record, attributes, state)

    def take(self, record: Record, attributes: Attributes, state: SubjectState) -> None:
        """Decode the next event of its owner if it is folded, and admit it; stop its subject if it cannot be read."""
        data: Fact | None = None
        if attributes.type in self.folds or attributes.type not in FACTS:
            try:
                data = decode(attributes.type, attributes.version, record.value)
            except NewerThanThisProgram as newer:
                self.stop(record, state, "newer", f"newer than this program: {newer}", attributes.subject)
                return
            except Unreadable as unreadable:
                self.stop(record, state, "unreadable", str(unreadable), attributes.subject)
                return
        self.out.admitted.append(Admitted(record, attributes, admit(state, attributes), data))
        self.out.poison_run = 0

    def stop(self, record: Record, state: SubjectState, kind: DeathKind, reason: str, subject: str) -> None:
        """This subject waits from here on, until a person or a newer program settles `record`."""
        state.stopped = f"{kind}: {reason}"[:500]
        self.bury(DeadLetter(record, kind, reason, subject))

    def bury(self, letter: DeadLetter) -> None:
        """Keep the record aside, and count the run of those that cannot be read."""
        self.out.dead.append(letter)
        self.out.poison_run += 1
        self.out.poison_run_longest = max(self.out.poison_run_longest, self.out.poison_run)


def judge(state: SubjectState, attributes: Attributes) -> Verdict:
    """What the sequence and the id say, against what was admitted before."""
    source = attributes.source
    owned = FACTS.get(attributes.type)
    if source not in SOURCES or (owned is not None and source != owned.SOURCE):
        return "foreign"
    ids = state.ids.get(source, b"")
    last = len(ids) // ID_BYTES
    if attributes.sequence == last + 1:
        return "next"
    if attributes.sequence > last:
        return "gap"
    start = (attributes.sequence - 1) * ID_BYTES
    return "duplicate" if ids[start : start + ID_BYTES] == attributes.id.bytes else "conflict"


def admit(state: SubjectState, attributes: Attributes) -> datetime:
    """Take the event in; answers its time as seen: its recorded time, or 1 µs after the one before."""
    state.ids.setdefault(attributes.source, bytearray()).extend(attributes.id.bytes)
    if state.seen_at is not None and attributes.recorded_at <= state.seen_at:
        state.seen_at = state.seen_at + timedelta(microseconds=1)
    else:
        state.seen_at = attributes.recorded_at
    return state.seen_at


def explain(state: SubjectState, attributes: Attributes, record: Record, verdict: Verdict) -> str:
    """What was expected, what came, and where it lies."""
    if verdict == "foreign":
        owned = FACTS.get(attributes.type)
        owner = owned.SOURCE if owned is not None else " or ".join(SOURCES)
        return (
            f"{attributes.subject}: expected {attributes.type} from {owner}, got {attributes.source} ({record.place})"
        )
    expected = state.last_sequence(attributes.source) + 1
    return (
        f"{attributes.subject}: expected sequence {expected} from {attributes.source}, "
        f"got {attributes.sequence} with id {attributes.id} ({record.place})"
    )
