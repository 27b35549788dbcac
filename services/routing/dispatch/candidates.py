"""The hard filters: who may be offered a ticket at all. Each removal has a name; weights never bring anybody back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.ids import TechnicianId
from shared.policies import Technician

FilterName = Literal["skills", "on_duty", "already_asked", "capacity"]

FILTERS: tuple[FilterName, ...] = ("skills", "on_duty", "already_asked", "capacity")
"""In this order: each is named by the first thing that stands in the way, the lasting before the passing."""


@dataclass(slots=True)
class Member:
    """A technician at this moment; `load` grows while a batch is matched."""

    id: TechnicianId
    skills: frozenset[str]
    capacity: int
    on_duty: bool
    load: int
    idle_s: float
    """Seconds since the last new work; infinite for who never had any."""


@dataclass(frozen=True, slots=True)
class Sieved:
    """Who is left for a ticket, and whom each filter took away (ids, sorted)."""

    left: tuple[Member, ...]
    removed: dict[str, list[str]]


def member_of(technician: Technician, *, load: int, idle_s: float, on_duty: bool | None) -> Member:
    """The technician of the policy as they are now; `on_duty` None: as the policy says."""
    return Member(
        id=TechnicianId(technician.id),
        skills=frozenset(technician.skills),
        capacity=technician.capacity,
        on_duty=technician.on_duty if on_duty is None else on_duty,
        load=load,
        idle_s=idle_s,
    )


def sieve(members: tuple[Member, ...], *, skills: frozenset[str], asked: frozenset[TechnicianId]) -> Sieved:
    """Every filter in its order; the removed are named by the first that took them away. Total."""
    passes: Mapping[FilterName, Callable[[Member], bool]] = {
        "skills": lambda member: skills <= member.skills,
        "on_duty": lambda member: member.on_duty,
        "already_asked": lambda member: member.id not in asked,
        "capacity": lambda member: member.load < member.capacity,
    }
    left, removed = members, dict[str, list[str]]()
    for name in FILTERS:
        kept = tuple(member for member in left if passes[name](member))
        if len(kept) < len(left):
            removed[name] = sorted({member.id for member in left} - {member.id for member in kept})
        left = kept
    return Sieved(left, removed)
