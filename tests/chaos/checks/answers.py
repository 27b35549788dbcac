"""What clients were told, against the log: acknowledged means there, and an order that somebody saw holds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.chaos.checks.broken import Broken
from tests.chaos.checks.log import Index
from tests.chaos.history import Operation

ACKNOWLEDGED = "what was acknowledged is in the log"
SAME_ANSWER = "the same contact gets the same answer, byte for byte"
ORDER = "the log has a ticket's facts in the order in which they were acknowledged, where one followed the other"
ANSWERED = "every request is answered in the end"
NO_BUG = "no answer is 500"
OWN_WRITES = "who asks for at least their own write is shown it"

TYPE_OF = {"opened": "ticket.opened", "follow_up": "ticket.followed_up"}


def check_answers(operations: Sequence[Operation], index: Index) -> list[Broken]:
    """Every claim of this module over some operations, all of which have ended."""
    return [
        *acknowledged(operations, index),
        *same_answers(operations),
        *ordered(operations, index),
        *answered(operations),
        *own_writes(operations),
    ]


def acknowledged(operations: Iterable[Operation], index: Index) -> Iterator[Broken]:
    """Each contact that was answered is one fact on the ticket named; each event that a command answered is there."""
    for operation in operations:
        if operation.outcome != "ok":
            continue
        if operation.kind == "contact":
            told = operation.told
            fact = index.by_contact.get(told["contact_id"])
            wanted = (TYPE_OF[told["disposition"]], told["ticket_id"])
            if fact is None or (fact.type, fact.subject) != wanted:
                yield Broken(ACKNOWLEDGED, f"{named(operation)} said {wanted}, the log has {fact and fact.place}")
        elif operation.kind == "command":
            for event in operation.told["events"]:
                fact = index.by_id.get(event["event_id"])
                if fact is None or fact.sequence != event["sequence"]:
                    yield Broken(ACKNOWLEDGED, f"{named(operation)} said {event['event_id']}, the log has {fact}")


def same_answers(operations: Iterable[Operation]) -> Iterator[Broken]:
    """A repeated contact is told what it was told first."""
    for operation in operations:
        if operation.outcome == "ok" and operation.kind == "contact" and operation.told.get("same_bytes") is False:
            yield Broken(SAME_ANSWER, f"{named(operation)} was told {operation.told}")
        if operation.outcome == "ok" and operation.kind == "other-body":
            yield Broken(SAME_ANSWER, f"{named(operation)}: another body under a used id was taken")


def ordered(operations: Iterable[Operation], index: Index) -> Iterator[Broken]:
    """No fact that was acknowledged before another one was even asked for comes behind it, per ticket and source."""
    facts: defaultdict[tuple[str, str], list[tuple[int, Operation]]] = defaultdict(list)
    for operation in operations:
        if operation.outcome == "ok":
            for fact in facts_of(operation, index):
                facts[fact.source, fact.subject].append((fact.sequence, operation))
    for (source, subject), found in facts.items():
        latest: Operation | None = None
        for sequence, operation in sorted(found, key=lambda one: one[0]):
            if latest is not None and operation.ended_at < latest.invoked_at:
                yield Broken(ORDER, f"{source} {subject} {sequence}: {named(operation)} lies behind {named(latest)}")
            if latest is None or operation.invoked_at > latest.invoked_at:
                latest = operation


def facts_of(operation: Operation, index: Index) -> list[Any]:
    """The facts in the log that an operation was told of when it made them."""
    if operation.kind == "contact" and not operation.asked["repeats"]:
        found = [index.by_contact.get(operation.told["contact_id"])]
    elif operation.kind == "command":
        found = [index.by_id.get(event["event_id"]) for event in operation.told["events"]]
    else:
        found = []
    return [fact for fact in found if fact is not None]


def answered(operations: Iterable[Operation]) -> Iterator[Broken]:
    """Whoever repeats gets an answer, and nobody is told 500."""
    for operation in operations:
        if operation.status == 500:
            yield Broken(NO_BUG, f"{named(operation)}: {operation.told}")
        repeats = operation.kind in {"contact", "other-body"} or (
            operation.kind == "command" and operation.asked["key"] is not None
        )
        if repeats and operation.outcome == "unknown" and operation.status != 500:
            waited_s = operation.ended_at - operation.invoked_at
            yield Broken(ANSWERED, f"{named(operation)}: {operation.status} after {waited_s:.0f} s: {operation.told}")


def own_writes(operations: Iterable[Operation]) -> Iterator[Broken]:
    """A view that named a position shows at least what was written there."""
    for operation in operations:
        if operation.kind == "view" and operation.outcome == "ok" and operation.asked["at_least"]:
            wanted, shown = operation.asked["version"], operation.told["version"]
            if shown < wanted:
                yield Broken(OWN_WRITES, f"{named(operation)}: version {shown}, asked for at least {wanted}")


def named(operation: Operation) -> str:
    """An operation, so that it can be found in the history."""
    return f"operation {operation.number} ({operation.client}, {operation.kind} {operation.asked})"
