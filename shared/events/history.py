"""The shape in which an event is shown to a client: history, conflicts, the answer to a command."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from shared.events.envelope import Attributes
from shared.events.registry import FACTS, UPCASTERS, lift
from shared.events.summary import summarise


def history_item(
    attributes: Attributes, value: bytes, *, recorded_at: datetime | None = None, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One event as clients see it, its data lifted to the newest version.

    `recorded_at` is the time as seen where the reader knows it (history), else the event's own recorded time.
    """
    data = orjson.loads(value)
    if (attributes.type, attributes.version) in UPCASTERS:
        data = lift(attributes.type, attributes.version, data)
    known = attributes.type in FACTS
    return {
        "event_id": str(attributes.id),
        "type": attributes.type,
        "source": attributes.source,
        "sequence": attributes.sequence,
        "occurred_at": attributes.occurred_at,
        "recorded_at": recorded_at or attributes.recorded_at,
        "actor": attributes.actor,
        "cause": str(attributes.causation_id),
        "data": data,
        "summary": summarise(attributes.type, data, names) if known else {"zh": attributes.type, "en": attributes.type},
    }
