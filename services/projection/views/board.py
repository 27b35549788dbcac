"""What a store's people look at: what waits, who works on what, how much each can still take."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.projection.views.ticket import HELD, Document
from shared.policies import Crew, Policies, Store, Technician

WAITING = frozenset({"open", "queued"})
PRIORITY_ORDER = ("major", "urgent", "high", "normal", "low")


def board(store_id: str, tickets: Iterable[Document], loads: Mapping[str, int], policies: Policies) -> dict[str, Any]:
    """The board of a store. `tickets` are its tickets that are not settled, `loads` counts what each technician holds.

    A technician who left the crew and still holds tickets is shown without capacity.
    """
    shown = list(tickets)
    crew = policies.crew(store_id) or Crew(technicians=())
    held: dict[str, list[Document]] = {technician.id: [] for technician in crew.technicians}
    for ticket in shown:
        if ticket["status"] in HELD and ticket["technician_id"] is not None:
            held.setdefault(ticket["technician_id"], []).append(ticket)
    known = {technician.id: technician for technician in crew.technicians}
    return {
        "store": store_item(store_id, policies.store(store_id)),
        "waiting": in_turn(ticket for ticket in shown if ticket["status"] in WAITING),
        "technicians": [
            technician_item(technician_id, store_id, known.get(technician_id), load=loads.get(technician_id, 0))
            | {"tickets": by_opening(tickets)}
            for technician_id, tickets in held.items()
        ],
    }


def store_item(store_id: str, store: Store | None) -> dict[str, Any]:
    """A store as lists name it; one that no policy knows (any more) has its id only."""
    if store is None:
        return {"id": store_id, "name": None, "names": {}, "address": None, "division": None, "phone": None}
    names = store.name.model_dump(mode="json", by_alias=True)
    return {
        "id": store_id,
        "name": names.get("zh-CN") or next(iter(names.values())),
        "names": names,
        "address": store.address,
        "division": store.division,
        "phone": store.phone,
    }


def technician_item(
    technician_id: str, store_id: str | None, technician: Technician | None, *, load: int
) -> dict[str, Any]:
    """A technician as lists name them, with what they hold and how much they can."""
    return {
        "id": technician_id,
        "name": None if technician is None else technician.name,
        "store_id": store_id,
        "skills": [] if technician is None else list(technician.skills),
        "on_duty": None if technician is None else technician.on_duty,
        "capacity": None if technician is None else technician.capacity,
        "load": load,
    }


def in_turn(tickets: Iterable[Document]) -> list[Document]:
    """In the order in which they are dispatched: the oldest of the highest priority first."""
    return sorted(by_opening(tickets), key=lambda ticket: PRIORITY_ORDER.index(ticket["priority"]))


def by_opening(tickets: Iterable[Document]) -> list[Document]:
    """Oldest first."""
    return sorted(tickets, key=lambda ticket: (ticket["opened_at"], ticket["ticket_id"]))
