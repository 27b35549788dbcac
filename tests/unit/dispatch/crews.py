"""Builders: a crew, what waits before it, and one call of `match`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.dispatch import Match, WaitingTicket, match
from shared.events.fact import Priority
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies, Technician

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STORE = StoreId("hz-wulin")


def a_technician(id_: str, *, skills: str = "general", capacity: int = 2, on_duty: bool = True) -> Technician:
    return Technician(id=id_, name=f"{id_}师傅", skills=tuple(skills.split()), capacity=capacity, on_duty=on_duty)


def a_crew(*technicians: Technician) -> Crew:
    return Crew(technicians=technicians)


def a_ticket(
    serial: int, *, priority: Priority = "normal", minutes_old: int = 0, skills: str = "", asked: str = ""
) -> WaitingTicket:
    return WaitingTicket(
        ticket_id=TicketId(UUID(int=serial)),
        priority=priority,
        opened_at=NOW - timedelta(minutes=minutes_old),
        skills=frozenset(skills.split()),
        asked=frozenset(map(TechnicianId, asked.split())),
    )


def matched(
    crew: Crew,
    waiting: Sequence[WaitingTicket],
    held: Mapping[str, int] | None = None,
    *,
    weights: dict[str, float] | None = None,
    **more: Any,
) -> list[Match]:
    policies = Policies().with_policy("crew", STORE, 3, crew)
    if weights is not None:
        policies = policies.with_policy("dispatch", "default", 1, {"weights": weights})
    load = {TechnicianId(id_): count for id_, count in (held or {}).items()}
    return match(crew, waiting, load, policies, NOW, store_id=STORE, **more)


def chosen(matches: Sequence[Match]) -> dict[int, str | None]:
    """Who got what: ticket serial → technician id."""
    return {one.ticket_id.int: one.technician_id for one in matches}
