"""One batch of arrivals: look up, record with its facts in one transaction, answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.intake.contact import Arrival, Recorded, answer_of, event_of
from services.intake.directory.lookup import find
from services.intake.store import Refusal, Repeat, record_contacts
from shared.errors import Refused
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
    firsts = first_of_each_key(arrivals)
    places = {arrival.key: place for place, arrival in enumerate(firsts, start=1)}
    repeats = [Repeat(places[each.key], each.digest) for each in arrivals if firsts[places[each.key] - 1] is not each]
    refusals = [taken for taken in batch if isinstance(taken, Refusal)]
    found = await find(connection, firsts)
    async with connection.transaction():
        stored = await record_contacts(connection, firsts, repeats, refusals, found=found, time_zone=time_zone)
        pairs = zip(firsts, stored, strict=True)
        events = [event_of(arrival, found.about(arrival), row) for arrival, row in pairs if row.is_new]
        await append_events(connection, events)
    by_key = {arrival.key: row for arrival, row in zip(firsts, stored, strict=True)}
    return [outcome_of(taken, firsts, places, by_key) for taken in batch]


def first_of_each_key(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The first arrival under each key, sorted by key: all processes take the same keys in the same order."""
    firsts: dict[tuple[str, str], Arrival] = {}
    for arrival in arrivals:
        firsts.setdefault(arrival.key, arrival)
    return [firsts[key] for key in sorted(firsts)]


def outcome_of(
    taken: Taken,
    firsts: Sequence[Arrival],
    places: dict[tuple[str, str], int],
    by_key: dict[tuple[str, str], Recorded],
) -> Outcome:
    """What one of the batch is told."""
    if isinstance(taken, Refusal):
        return None
    recorded = by_key[taken.key]
    if taken.digest != recorded.digest:
        return OtherBody(taken, recorded)
    is_new = recorded.is_new and firsts[places[taken.key] - 1] is taken
    return Answer(201 if is_new else 200, answer_of(recorded), recorded.disposition if is_new else "duplicate")
