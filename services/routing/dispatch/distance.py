"""Kilometres between two places as the crow flies."""

from math import asin, cos, radians, sin, sqrt

from services.routing.dispatch.waiting import Place

EARTH_KM = 6371.0088
"""The mean radius (IUGG)."""


def km_between(one: Place, other: Place) -> float:
    """The great-circle distance (haversine); both places on the same datum."""
    latitude, other_latitude = radians(one[0]), radians(other[0])
    half_across = sin((other_latitude - latitude) / 2) ** 2
    half_along = sin(radians(other[1] - one[1]) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half_across + cos(latitude) * cos(other_latitude) * half_along)))
