"""An event as people and programs read it: an item of a ticket's history, a line of the log."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared.events.envelope import Attributes
from shared.events.history import history_item
from shared.policies import Policies

Names = Mapping[str, str]


class Told(NamedTuple):
    """An event of a history: its envelope, its bytes, and when it was seen."""

    attributes: Attributes
    value: bytes
    seen_at: datetime


def names_of(policies: Policies) -> dict[str, str]:
    """Names of stores and technicians by id."""
    names = {str(one): store.name.say(None) for one, store in policies.stores().items()}
    return names | {str(one): technician.name for one, (_, technician) in policies.technicians().items()}


def items(told: Iterable[Told], names: Names) -> list[dict[str, Any]]:
    """A ticket's history, in order."""
    return [item(one, names) for one in told]


def item(told: Told, names: Names) -> dict[str, Any]:
    """One event of a history, as `api.md` has it; `recorded_at` is its time as seen."""
    return history_item(told.attributes, told.value, recorded_at=told.seen_at, names=names)


def line(told: Told, names: Names, *, cursor: str, partition: int, offset: int) -> dict[str, Any]:
    """One event as a line of the log: the cursor that goes on behind it, where it lies, what it says.

    `recorded_at` is its time as seen, `written_at` what its writer's clock said.
    """
    attributes = told.attributes
    return {
        "cursor": cursor,
        "partition": partition,
        "offset": offset,
        "subject": attributes.subject,
        **item(told, names),
        "schema_version": attributes.version,
        "written_at": attributes.recorded_at,
        "correlation_id": str(attributes.correlation_id),
        "traceparent": attributes.traceparent,
    }
