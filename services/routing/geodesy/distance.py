"""Kilometres between two places as the crow flies."""

from functools import lru_cache
from math import asin, cos, dist, radians, sin

Place = tuple[float, float]
"""Latitude and longitude in degrees, on WGS-84."""
UnitVector = tuple[float, float, float]
"""Where a place lies on a sphere of radius 1."""

EARTH_KM = 6371.0088
"""The mean radius (IUGG)."""
DIAMETER_KM = 2 * EARTH_KM


def km_between(one: Place, other: Place) -> float:
    """The great-circle distance, by the chord between two points of a sphere."""
    return km_of_chord(dist(unit_vector(one), unit_vector(other)))


def km_of_chord(chord: float) -> float:
    """Along the ground, for two points so far apart through the earth."""
    return DIAMETER_KM * asin(min(1.0, chord / 2))


@lru_cache(maxsize=16_384)
def unit_vector(place: Place) -> UnitVector:
    """The place on the sphere; technicians are measured again and again."""
    latitude, longitude = radians(place[0]), radians(place[1])
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)
