"""Law 1 in the raw log: each fact once, each source's sequence on a ticket without gaps, a ticket in one partition."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.chaos.checks.broken import Broken
from tests.chaos.log_reader import Raw

ONCE = "each fact lies in the log once"
CONTACT_ONCE = "each contact is in the log once"
NO_GAPS = "sequences have no gaps and keep their order"
ONE_PARTITION = "a ticket lies in one partition, under its own id"


@dataclass(slots=True)
class Index:
    """What the log has said so far. `take` each record once, in the order of its partition."""

    by_id: dict[str, Raw] = field(default_factory=dict)
    by_contact: dict[str, Raw] = field(default_factory=dict)
    """The fact that each contact became, by contact id."""
    by_type: defaultdict[str, list[Raw]] = field(default_factory=lambda: defaultdict(list))
    channels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many facts there are by (channel, type)."""
    _last: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _partition: dict[str, int] = field(default_factory=dict)

    def take(self, records: Iterable[Raw]) -> list[Broken]:
        """Take in what has come; answers what is wrong with it."""
        return [fault for record in records for fault in self._take(record)]

    def _take(self, record: Raw) -> Iterator[Broken]:
        where = f"{record.place} {record.type} {record.id}"
        before = self.by_id.setdefault(record.id, record)
        if before is not record:
            yield Broken(ONCE, f"{where} lies at {before.place} already")
        partition = self._partition.setdefault(record.subject, record.partition)
        if record.key != record.subject or partition != record.partition:
            yield Broken(ONE_PARTITION, f"{where}: key {record.key}, subject {record.subject} of partition {partition}")
        expected = self._last[record.source, record.subject] + 1
        if record.sequence != expected:
            yield Broken(NO_GAPS, f"{where}: {record.source} {record.subject} {record.sequence}, expected {expected}")
        self._last[record.source, record.subject] = max(expected, record.sequence)
        yield from self._take_contact(record, where)
        self.by_type[record.type].append(record)

    def _take_contact(self, record: Raw, where: str) -> Iterator[Broken]:
        contact = record.data.get("contact") if record.source == "/intake" else None
        if contact is None:
            return
        before = self.by_contact.setdefault(contact["contact_id"], record)
        if before is not record:
            yield Broken(CONTACT_ONCE, f"{where}: contact {contact['contact_id']} lies at {before.place} already")
        self.channels[contact["channel"], record.type] += 1
