"""The crew at this moment: what the policy says of each technician, and what is known of them beside it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from services.routing.geodesy.distance import Place
from shared.ids import TechnicianId
from shared.policies import Crew

Span = tuple[datetime, datetime]
"""Half-open, aware: `[from, to)`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be known of a technician beside the crew's policy; a fact that is not known stands in nobody's way."""

    levels: Mapping[str, int] | None = None
    """Skill → level; a skill that is not here is had at level 1."""
    stores: frozenset[str] | None = None
    """The stores that they work for; None: the one that asks."""
    divisions: tuple[str, ...] = ()
    """Codes of the places that they go to; none: wherever their store goes."""
    shift: tuple[Span, ...] | None = None
    """When they work; None: whenever they are on duty."""
    leave: tuple[Span, ...] = ()
    place: Place | None = None
    radius_km: float | None = None
    excluded: frozenset[str] = frozenset()
    """Customers to whom they are not sent."""
    parts: frozenset[str] = frozenset()
    given: int = 0
    """How often they were chosen automatically within the fairness guard's time."""


UNKNOWN = Facts()


@dataclass(slots=True, eq=False)
class Member:
    """A technician at this moment; `load`, `idle_s` and `given` change while a batch is matched."""

    id: TechnicianId
    name: str
    skills: frozenset[str]
    capacity: int
    """In units."""
    on_duty: bool
    load: int
    """In units: offered, accepted, in progress and waiting."""
    idle_s: float
    """Seconds since the last new work; infinite for who never had any."""
    facts: Facts = UNKNOWN
    given: int = 0
    turn: int = 0
    """The how-manieth choice of this batch was the last that fell on them; 0: none did."""
    standing: float = 0.0
    """The part of every score that only they change (`score.py`)."""


@dataclass(frozen=True, slots=True)
class Now:
    """What is known at this moment of the members of a crew, by id; who is missing has nothing special."""

    held: Mapping[TechnicianId, int]
    on_duty: Mapping[TechnicianId, bool]
    idle_since: Mapping[TechnicianId, datetime]
    facts: Mapping[TechnicianId, Facts]
    at: datetime


def members_of(crew: Crew, now: Now) -> list[Member]:
    """The crew as it is now, by id, so that the order in the policy never matters."""
    held, on_duty, idle_since, facts, at = now.held, now.on_duty, now.idle_since, now.facts, now.at
    found = []
    for id_, name, skills, capacity, is_on_duty in _by_id(_Same(crew)):
        since, known = idle_since.get(id_), facts.get(id_, UNKNOWN) if facts else UNKNOWN
        found.append(
            Member(
                id_,
                name,
                skills,
                capacity,
                on_duty.get(id_, is_on_duty) if on_duty else is_on_duty,
                held.get(id_, 0),
                math.inf if since is None else idle_s_of(since, at),
                known,
                known.given,
            )
        )
    return found


def idle_s_of(since: datetime | None, now: datetime) -> float:
    """Seconds since the last new work; infinite without any, 0 for a clock that is behind."""
    return math.inf if since is None else max(0.0, (now - since).total_seconds())


def is_within(spans: tuple[Span, ...], at: datetime) -> bool:
    """Whether an instant lies in one of the spans."""
    return any(start <= at < end for start, end in spans)


class _Same:
    """A crew as the key of what is compiled from it: compared by identity, for comparing 3,000 technicians is slow."""

    __slots__ = ("crew",)

    def __init__(self, crew: Crew) -> None:
        self.crew = crew

    def __hash__(self) -> int:
        return id(self.crew)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.crew is other.crew


@lru_cache(maxsize=1024)
def _by_id(same: _Same) -> tuple[tuple[TechnicianId, str, frozenset[str], int, bool], ...]:
    """What does not change between two calls; the crews of a chain fit in."""
    technicians = sorted(same.crew.technicians, key=lambda technician: technician.id)
    return tuple(
        (TechnicianId(one.id), one.name, frozenset(one.skills), one.capacity, one.on_duty) for one in technicians
    )
