"""Which store serves which division, compiled once from the `territory/…` policies; and how far places are apart."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from shared.ids import StoreId
from shared.policies import Policies, Territory, Versioned

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Served:
    """One division, the store that serves it, and the policy that says so (`kind/name`, version)."""

    division: str
    store_id: StoreId
    policy: str
    version: int


@dataclass(frozen=True)
class Areas:
    """Every area of every territory, by division."""

    by_division: dict[str, tuple[Served, ...]]
    policies: dict[str, int]

    def on_path(self, path: Iterable[str]) -> list[Served]:
        """The areas of these divisions, the narrowest first."""
        return [served for code in reversed(list(path)) for served in self.by_division.get(code, ())]

    def below(self, prefix: str) -> list[Served]:
        """The areas whose division begins with `prefix`, by division and store."""
        return [one for code in sorted(self.by_division) if code.startswith(prefix) for one in self.by_division[code]]


def areas(policies: Policies) -> Areas:
    """The compiled areas of this snapshot; kept as long as the territories are the same."""
    return _compiled(policies.territories())


@lru_cache(maxsize=8)
def _compiled(territories: tuple[Versioned[Territory], ...]) -> Areas:
    by_division: dict[str, list[Served]] = {}
    for one in territories:
        for area in one.body.areas:
            if area.division is None:
                continue
            served = Served(area.division, StoreId(area.store_id), one.key, one.version)
            by_division.setdefault(area.division, []).append(served)
    return Areas(
        {code: tuple(sorted(found, key=lambda one: one.store_id)) for code, found in by_division.items()},
        {one.key: one.version for one in territories},
    )


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance between two points of latitude and longitude in degrees (haversine)."""
    latitude, longitude = math.radians(one[0]), math.radians(one[1])
    other_latitude, other_longitude = math.radians(other[0]), math.radians(other[1])
    half_chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half_chord))
