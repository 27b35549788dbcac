"""Points on one datum: Chinese maps shift coordinates by 100 to 700 metres, Baidu's by some hundred more.

GCJ-02 is WGS-84 with an offset that its authors never published; the formula in common use reproduces what maps show to
within a metre. BD-09 is GCJ-02 once more shifted. The ways back are found by repeating, to less than a centimetre.
Outside China maps do not shift, and neither does this.
"""

import math
from collections.abc import Callable
from typing import Final

from shared.policies.places import Coordinates, Datum

Point = tuple[float, float]
"""Longitude and latitude in degrees, as in GeoJSON."""

SEMI_MAJOR_M: Final = 6_378_245.0
"""Krasovsky's ellipsoid, on which the shift is reckoned."""
ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
BAIDU: Final = math.pi * 3000 / 180
BAIDU_LONGITUDE, BAIDU_LATITUDE = 0.0065, 0.006
ROUNDS: Final = 12
CHINA_WEST, CHINA_EAST, CHINA_SOUTH, CHINA_NORTH = 72.004, 137.8347, 0.8293, 55.8271


def to_wgs84(point: Point, datum: Datum) -> Point:
    """The point as a satellite receiver would say it."""
    match datum:
        case "WGS-84":
            return point
        case "GCJ-02":
            return _back(point, from_wgs84_to_gcj02)
        case "BD-09":
            return _back(_back(point, _from_gcj02_to_bd09), from_wgs84_to_gcj02)


def point_of(coordinates: Coordinates) -> Point:
    """The point of a policy on WGS-84."""
    return to_wgs84((coordinates.longitude, coordinates.latitude), coordinates.datum)


def from_wgs84_to_gcj02(point: Point) -> Point:
    """The point as Chinese maps show it."""
    longitude, latitude = point
    if not (CHINA_WEST <= longitude <= CHINA_EAST and CHINA_SOUTH <= latitude <= CHINA_NORTH):
        return point
    east, north = _shift(longitude - 105.0, latitude - 35.0)
    radians = math.radians(latitude)
    flat = 1 - ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    metres_east = SEMI_MAJOR_M / math.sqrt(flat) * math.cos(radians)
    metres_north = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (flat * math.sqrt(flat))
    return longitude + math.degrees(east / metres_east), latitude + math.degrees(north / metres_north)


def from_wgs84_to_bd09(point: Point) -> Point:
    """The point as Baidu's maps show it."""
    return _from_gcj02_to_bd09(from_wgs84_to_gcj02(point))


def _from_gcj02_to_bd09(point: Point) -> Point:
    longitude, latitude = point
    reach = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * BAIDU)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * BAIDU)
    return reach * math.cos(angle) + BAIDU_LONGITUDE, reach * math.sin(angle) + BAIDU_LATITUDE


def _back(point: Point, forth: Callable[[Point], Point]) -> Point:
    """The point that `forth` takes to this one."""
    longitude, latitude = point
    for _ in range(ROUNDS):
        there = forth((longitude, latitude))
        longitude += point[0] - there[0]
        latitude += point[1] - there[1]
    return longitude, latitude


def _shift(x: float, y: float) -> tuple[float, float]:
    """Metres to the east and to the north, at degrees from 105° east and 35° north."""
    waves = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y / 30 * math.pi)) * 2 / 3
    return east, north
