"""One batch of arrivals: look up, record with its facts in one transaction, answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.intake.contact import Arrival, Recorded, answer_of, event_of
from services.intake.directory.lookup import find
from services.intake.store import Refusal, Repeat, record_contacts
from shared.errors import Refused
from shared.log.failpoints import failpoint
from shared.log.outbox import append_events

Taken: TypeAlias = Arrival | Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller is told: 201 and a body for something new, 200 and the same bytes when it came again."""

    status: int
    body: bytes
    disposition: str


class OtherBody(Refused):
    """The same external id came with another body; the ledger has counted it already."""

    def __init__(self, arrival: Arrival, recorded: Recorded) -> None:
        super().__init__(
            409,
            "Other body under a known id",
            f"{arrival.channel} contact {arrival.external_id!r} was recorded before with another body; "
            "a correction needs an external id of its own",
            slug="other-body",
            extra={"contact_id": str(recorded.contact_id), "ticket_id": str(recorded.ticket_id)},
        )


Outcome: TypeAlias = Answer | OtherBody | None
"""None for a refusal: its ledger line was all that it wanted."""


async def record_batch(connection: Any, batch: Sequence[Taken], *, time_zone: str) -> list[Outcome]:
    """Record `batch` in one transaction; answers an outcome for each, in order.

    When this raises, nothing was recorded, or (a connection lost during the commit) all of it: a repost finds out.
    """
    arrivals = [taken for taken in batch if isinstance(taken, Arrival)]
    firsts, repeats = sort_by_key(arrivals)
    refusals = [taken for taken in batch if isinstance(taken, Refusal)]
    found = await find(connection, firsts)
    async with connection.transaction():
        stored = await record_contacts(connection, firsts, repeats, refusals, found=found, time_zone=time_zone)
        pairs = list(zip(firsts, stored, strict=True))
        events = [event_of(arrival, found.about(arrival), row) for arrival, row in pairs if row.is_new]
        await append_events(connection, events)
        failpoint("intake.before_commit")
    failpoint("intake.after_commit")
    by_key = {arrival.key: row for arrival, row in pairs}
    new = {arrival.key for arrival, row in pairs if row.is_new}
    return [None if isinstance(taken, Refusal) else outcome_of(taken, by_key[taken.key], new) for taken in batch]


def sort_by_key(arrivals: Sequence[Arrival]) -> tuple[list[Arrival], list[Repeat]]:
    """The first arrival under each key, sorted by key, and those that repeat one.

    Sorted, because processes that write the same keys in opposite order would wait for each other.
    """
    firsts: dict[tuple[str, str], Arrival] = {}
    doubles: list[Arrival] = []
    for arrival in arrivals:
        if arrival.key in firsts:
            doubles.append(arrival)
        else:
            firsts[arrival.key] = arrival
    keys = sorted(firsts)
    places = {key: place for place, key in enumerate(keys, start=1)}
    return [firsts[key] for key in keys], [Repeat(places[double.key], double.digest) for double in doubles]


def outcome_of(arrival: Arrival, recorded: Recorded, new: set[tuple[str, str]]) -> Answer | OtherBody:
    """What one of the batch is told; takes its key from `new`, so that only the first under a key is told 201."""
    if arrival.digest != recorded.digest:
        return OtherBody(arrival, recorded)
    if arrival.key in new:
        new.discard(arrival.key)
        return Answer(201, answer_of(recorded), recorded.disposition)
    return Answer(200, answer_of(recorded), "duplicate")
