"""Laws 2 and 3 from outside: the live view holds exactly the log, and what was read at an instant is read again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.chaos.checks.broken import Broken
from tests.chaos.checks.log import Index
from tests.chaos.history import Operation

SHOWN = "the live view holds every fact of the log, once, and nothing else"
THEN = "a ticket at an instant is what somebody saw at that instant"

NOT_OF_THE_EVENTS = frozenset({"overdue", "position", "stopped"})
"""What is computed when asked: the time, the place, and whether a person has to settle a record first."""


def holds_the_log(shown: Mapping[str, list[tuple[int, int]]], index: Index) -> Iterator[Broken]:
    """`shown`: which events the live view holds, each with its places (partition, offset)."""
    for event_id, fact in index.by_id.items():
        places = shown.get(event_id, [])
        if fact.is_newer:
            continue  # this program cannot show what a newer one wrote
        if places != [(fact.partition, fact.offset)]:
            yield Broken(SHOWN, f"{fact.place} {fact.type} {event_id}: shown from {places}")
    for event_id in shown.keys() - index.by_id.keys():
        yield Broken(SHOWN, f"{event_id}, shown from {shown[event_id]}, is not in the log")


class Seen:
    """What clients have read: one ticket at one `as_of` was always the same."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[str, Any]] = {}
        self.fresh: list[dict[str, Any]] = []
        """Read since the last look, each once: to be asked for again as of then."""

    def take(self, operations: Iterable[Operation]) -> list[Broken]:
        """Take in what was read; answers what contradicts itself."""
        return [
            fault
            for operation in operations
            if operation.kind == "view" and operation.outcome == "ok"
            for fault in self._take(operation)
        ]

    def _take(self, operation: Operation) -> Iterator[Broken]:
        told = timeless(operation.told)
        key = (told["ticket_id"], told["as_of"])
        before = self._seen.setdefault(key, told)
        if before is told:
            self.fresh.append(told)
        elif before != told:
            yield Broken(THEN, f"operation {operation.number}: {differences(before, told)} at one instant {key}")


def is_again(kept: Mapping[str, Any], now: Mapping[str, Any] | None) -> Iterator[Broken]:
    """`now` is what is shown when one asks for the instant of `kept`; None when nothing is."""
    again = None if now is None else timeless(now)
    if again != kept:
        found = "nothing" if again is None else differences(kept, again)
        yield Broken(THEN, f"ticket {kept['ticket_id']} as of {kept['as_of']}: {found}")


def timeless(told: Mapping[str, Any]) -> dict[str, Any]:
    """A ticket without what is computed when asked."""
    return {name: value for name, value in told.items() if name not in NOT_OF_THE_EVENTS}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The fields that differ."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {one.get(name)!r} and {other.get(name)!r}" for name in names)
