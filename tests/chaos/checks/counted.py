"""Laws 4 and 5: the ledger adds up to the log, and nobody holds more than they can."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from tests.chaos.checks.answers import TYPE_OF
from tests.chaos.checks.broken import Broken
from tests.chaos.checks.log import Index
from tests.chaos.history import Operation
from tests.chaos.log_reader import Raw

LEDGER = "the ledger adds up"
CAPACITY = "nobody holds more than their capacity"

CHANNEL_OF = {"/intake/store/contacts": "store", "/intake/phone/contacts": "phone"}


def answers_by_channel(operations: Iterable[Operation]) -> Counter[str]:
    """How many contacts were answered, repeated ones and refused ones included."""
    return Counter(
        CHANNEL_OF[operation.asked["path"]]
        for operation in operations
        if operation.kind in {"contact", "other-body"} and operation.status in {200, 201, 409}
    )


def ledger_adds_up(
    lines: Mapping[tuple[str, str], int], contacts: Mapping[str, int], index: Index, answers: Mapping[str, int]
) -> Iterator[Broken]:
    """Against the log and what clients were told.

    `lines`: how often each (channel, disposition) stands in the ledger; `contacts`: rows of contacts by channel.
    """
    for channel in CHANNEL_OF.values():
        for disposition, kind in TYPE_OF.items():
            counted, known = lines.get((channel, disposition), 0), index.channels[channel, kind]
            if counted != known:
                yield Broken(LEDGER, f"{channel}: {counted} {disposition}, the log has {known} of {kind}")
        new = sum(lines.get((channel, disposition), 0) for disposition in TYPE_OF)
        if new != contacts.get(channel, 0):
            yield Broken(LEDGER, f"{channel}: {new} new in the ledger, {contacts.get(channel, 0)} contacts are kept")
        received = sum(count for (one, _), count in lines.items() if one == channel)
        if received < answers.get(channel, 0):
            yield Broken(LEDGER, f"{channel}: {received} received, {answers.get(channel, 0)} answers were given")


def nobody_is_overloaded(held: Mapping[str, int], capacity_of: Mapping[str, int], when: str) -> Iterator[Broken]:
    """`held`: what each technician held at one moment."""
    for technician, count in held.items():
        if count > capacity_of[technician]:
            yield Broken(CAPACITY, f"{when}: {technician} holds {count} of {capacity_of[technician]}")


def decisions_had_room(assigned: Iterable[Raw], capacity_of: Mapping[str, int]) -> Iterator[Broken]:
    """Each assignment says how much its technician held before, and could hold."""
    for fact in assigned:
        inputs, technician = fact.data["decision"]["inputs"], fact.data["technician_id"]
        load, capacity = inputs.get("load"), inputs.get("capacity")
        if load is None or load >= capacity_of[technician] or capacity != capacity_of[technician]:
            yield Broken(CAPACITY, f"{fact.place}: {technician} had {load} of {capacity}")
