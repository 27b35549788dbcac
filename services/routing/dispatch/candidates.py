"""The hard filters: who may be offered a ticket at all. Each removal has a name; weights never bring anybody back."""

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
    """The filters whose answer lasts for a whole batch, in their order; `without_full` is the last one. Total."""
    able = tuple(member for member in members if skills <= member.skills)
    present = tuple(member for member in able if member.on_duty)
    left = tuple(member for member in present if member.id not in asked)
    taken: dict[FilterName, list[str]] = {
        "skills": _taken(members, able),
        "on_duty": _taken(able, present),
        "already_asked": _taken(present, left),
    }
    return Sieved(left, {name: ids for name, ids in taken.items() if ids})


def without_full(sieved: Sieved) -> Sieved:
    """Who of those left has room for one more at this moment."""
    left = tuple(member for member in sieved.left if member.load < member.capacity)
    if len(left) == len(sieved.left):
        return sieved
    return Sieved(left, {**sieved.removed, "capacity": _taken(sieved.left, left)})


def _taken(before: tuple[Member, ...], after: tuple[Member, ...]) -> list[str]:
    """Who is no longer there, by id; members come sorted by id, and a filter keeps their order."""
    kept = {member.id for member in after}
    return sorted(member.id for member in before if member.id not in kept)
