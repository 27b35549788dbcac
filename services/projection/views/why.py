"""Why a ticket went where it went: the decision records among its events."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.projection.views.lines import Names, Told, item

OUTCOME = ("store_id", "technician_id", "priority", "category", "skills", "queue", "reason", "round", "offer")
"""What of a decision's fact says how it fell."""


def decisions(told: Iterable[Told], names: Names) -> list[dict[str, Any]]:
    """One item for each event that carries a decision record, in order."""
    items = (item(one, names) for one in told)
    return [record(found) for found in items if isinstance(found["data"].get("decision"), Mapping)]


def record(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided, by which rule, and why not otherwise. `version` is the ticket's after it."""
    data = found["data"]
    return {
        "event_id": found["event_id"],
        "type": found["type"],
        "version": found["sequence"],
        "recorded_at": found["recorded_at"],
        "actor": found["actor"],
        "cause": found["cause"],
        "outcome": {name: data[name] for name in OUTCOME if name in data},
        **data["decision"],
        "summary": found["summary"],
    }
