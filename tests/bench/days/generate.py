"""Days that look like days: places in a city, skills that few have, a morning's peak, priorities with their targets."""

from dataclasses import dataclass
from math import cos, radians, sqrt, tau
from math import sin as sine
from random import Random

from services.routing.geodesy.distance import Place
from shared.events.fact import Priority

CENTRE: Place = (30.27, 120.15)
KM_PER_DEGREE = 111.2
DAY_S = 9 * 3600
TARGETS_S: dict[Priority, int] = {"major": 3600, "urgent": 7200, "high": 14_400, "normal": 28_800, "low": 86_400}
PRIORITIES: tuple[Priority, ...] = ("major", "urgent", "high", "normal", "low")
SHARES = (1, 9, 20, 55, 15)
SKILLS = ("general", "electrical", "plumbing", "textile")


@dataclass(frozen=True, slots=True)
class Scene:
    """What kind of day: how many of what, how much too much, how rare the skills."""

    name: str
    technicians: int
    tickets: int
    radius_km: float = 12.0
    skills_each: int = 2
    capacity: int = 4
    overnight: int = 0
    """So many of the tickets wait when the day begins."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician as generated; `place` is where the day begins."""

    id: str
    skills: frozenset[str]
    place: Place
    capacity: int


@dataclass(frozen=True, slots=True)
class Job:
    """A ticket as generated; times in seconds since the day began."""

    serial: int
    opened_s: float
    priority: Priority
    skill: str
    place: Place
    work_s: float


def generate(scene: Scene, seed: int) -> tuple[list[Worker], list[Job]]:
    """One day; the same seed gives the same day on every machine."""
    chance = Random(f"{scene.name}/{seed}")
    workers = [
        Worker(
            f"t{at:04}",
            frozenset(chance.sample(SKILLS, scene.skills_each)),
            somewhere(chance, scene.radius_km),
            scene.capacity,
        )
        for at in range(scene.technicians)
    ]
    by_day = (chance.triangular(0, DAY_S, DAY_S / 5) for _ in range(scene.tickets - scene.overnight))
    opened = sorted([*by_day, *[0.0] * scene.overnight])
    jobs = [
        Job(
            serial,
            opened_s,
            chance.choices(PRIORITIES, SHARES)[0],
            chance.choices(SKILLS, (5, 3, 2, 1))[0],
            somewhere(chance, scene.radius_km),
            min(3 * 3600.0, chance.lognormvariate(7.7, 0.5)),
        )
        for serial, opened_s in enumerate(opened, 1)
    ]
    return workers, jobs


def somewhere(chance: Random, radius_km: float) -> Place:
    """A point in the city, evenly over its circle."""
    far, turn = radius_km * sqrt(chance.random()), tau * chance.random()
    latitude = CENTRE[0] + far * cos(turn) / KM_PER_DEGREE
    return latitude, CENTRE[1] + far * sine(turn) / (KM_PER_DEGREE * cos(radians(CENTRE[0])))
