"""Who serves a place: all areas of all territories, compiled once; the most specific one that holds the place wins.

From the most specific on: polygon, circle, township, postcode (the longer beginning first), county, city, province. A
point says more than a name, and a name less the wider it is. Where no area holds the place, the nearest one in the same
city does (`near`), by the centres of the divisions. Points are compared on WGS-84.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from services.routing.geodesy.datum import Point, point_of
from services.routing.geodesy.distance import km_between
from shared.divisions.centres import centre
from shared.divisions.codes import above, number, written
from shared.ids import StoreId
from shared.policies import Divisions, Policies, Territory, Versioned
from shared.policies.places import Area, Circle, Polygon

Rule = Literal[
    "territory_polygon",
    "territory_circle",
    "territory_township",
    "territory_postcode",
    "territory_county",
    "territory_city",
    "territory_province",
    "territory_nearest",
]
COUNTY_DIGITS = 6
TOWNSHIP_DIGITS = 9
ONE_CITY = ("11", "12", "31", "50", "81", "82")
"""Provinces that are one city: what their codes begin with."""
NO_CITY = "90"
"""In the place of the city: counties right under a province, far from one another."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where something is: any of a division's code, a postcode, a point on WGS-84."""

    code: str | None = None
    postcode: str | None = None
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One area, the store that serves it, and where it stands: policy (`kind/name`), version, place in its list."""

    area: Area
    store_id: StoreId
    policy: str
    version: int
    at: int


@dataclass(frozen=True, slots=True)
class Served:
    """Whose a place is, by which rule; kilometres where the nearest was taken."""

    claim: Claim
    rule: Rule
    kilometres: float | None = None


class Around(Protocol):
    """The polygons of an index."""

    def around(self, point: Point) -> list[int]:
        """The places in the list of those that hold the point, the smallest first."""
        ...


class NoShapes:
    """No polygons."""

    def around(self, point: Point) -> list[int]:  # noqa: ARG002 - as the protocol says
        """None holds anything."""
        return []


@dataclass(frozen=True)
class Index:
    """The compiled areas."""

    by_division: dict[str, tuple[Claim, ...]]
    by_postcode: dict[str, tuple[Claim, ...]]
    polygons: tuple[Claim, ...]
    shapes: Around
    circles: tuple[tuple[Point, float, Claim], ...]
    centres: Mapping[str, tuple[float, float]]
    """Latitude and longitude in degrees, of the divisions that the policies say one of."""

    def all_that_hold(self, place: Place) -> Iterator[Served]:
        """Every area that holds the place, the most specific first."""
        if place.point is not None:
            yield from self._polygons_around(place.point)
            yield from self._circles_around(place.point)
        code = place.code or ""
        if len(code) == TOWNSHIP_DIGITS:
            yield from self._of_division(code, "territory_township")
        yield from self._of_postcode(place.postcode or "")
        for digits, rule in _levels(code):
            yield from self._of_division(digits, rule)

    def near(self, code: str) -> list[Served]:
        """The areas in the same city that are a division's or township's, the nearest first, then by store.

        A province is too wide for that, unless it is one city: who lives in Guangdong does not live near Guangzhou.
        """
        city, here = city_prefix(code), self._centre(code)
        if city is None or here is None:
            return []
        found = [
            Served(claim, "territory_nearest", round(km_between(here, there), 1))
            for division, claims_ in self.by_division.items()
            if division.startswith(city) and (there := self._centre(division)) is not None
            for claim in claims_
        ]
        return sorted(found, key=lambda one: (one.kilometres, one.claim.store_id, one.claim.area.division))

    def _centre(self, code: str) -> tuple[float, float] | None:
        """Of the division or of the county of a township; the chain's own lists first."""
        return self.centres.get(code[:COUNTY_DIGITS]) or centre(code)

    def _polygons_around(self, point: Point) -> Iterator[Served]:
        for at in self.shapes.around(point):
            yield Served(self.polygons[at], "territory_polygon")

    def _circles_around(self, point: Point) -> Iterator[Served]:
        hits = [
            (radius_m, claim)
            for centre_, radius_m, claim in self.circles
            if km_between(point[::-1], centre_[::-1]) * 1000 <= radius_m
        ]
        for _, claim in sorted(hits, key=lambda one: (one[0], one[1].store_id)):
            yield Served(claim, "territory_circle")

    def _of_postcode(self, postcode: str) -> Iterator[Served]:
        for digits in range(len(postcode), 0, -1):
            for claim in self.by_postcode.get(postcode[:digits], ()):
                yield Served(claim, "territory_postcode")

    def _of_division(self, code: str, rule: Rule) -> Iterator[Served]:
        for claim in self.by_division.get(code, ()):
            yield Served(claim, rule)


def index(policies: Policies) -> Index:
    """The compiled areas of this snapshot; kept as long as territories and divisions are the same."""
    return _compiled(policies.territories(), policies.divisions())


def city_prefix(code: str) -> str | None:
    """What all codes of the same city begin with; None for a province, and for a county that lies in no city."""
    if code.startswith(ONE_CITY):
        return code[:2]
    return None if code[2:4] in ("00", NO_CITY) else code[:4]


@lru_cache(maxsize=8)
def _compiled(territories: tuple[Versioned[Territory], ...], lists: tuple[Versioned[Divisions], ...]) -> Index:
    by_division: dict[str, list[Claim]] = defaultdict(list)
    by_postcode: dict[str, list[Claim]] = defaultdict(list)
    polygons: list[tuple[Polygon, Claim]] = []
    circles: list[tuple[Point, float, Claim]] = []
    for claim in claims(territories):
        area = claim.area
        if area.division is not None:
            by_division[area.division].append(claim)
        elif area.postcode is not None:
            by_postcode[area.postcode].append(claim)
        elif area.polygon is not None:
            polygons.append((area.polygon, claim))
        elif area.circle is not None:
            circles.append((*round_of(area.circle), claim))
    return Index(
        by_division=_in_order(by_division),
        by_postcode=_in_order(by_postcode),
        polygons=tuple(claim for _, claim in polygons),
        shapes=shapes_of([polygon for polygon, _ in polygons]),
        circles=tuple(circles),
        centres={one.code: one.centre for listed in lists for one in listed.body.divisions if one.centre is not None},
    )


def claims(territories: Iterable[Versioned[Territory]]) -> Iterator[Claim]:
    """Every area of every territory."""
    for one in territories:
        for at, area in enumerate(one.body.areas):
            yield Claim(area, StoreId(area.store_id), one.key, one.version, at)


def shapes_of(polygons: list[Polygon]) -> Around:
    """The polygons in a tree; nothing is loaded for none."""
    if not polygons:
        return NoShapes()
    from services.routing.territory.shapes import Shapes  # noqa: PLC0415 - 19 MB that a house without polygons spares

    return Shapes(polygons)


def round_of(circle: Circle) -> tuple[Point, float]:
    """The centre on WGS-84, and the radius in metres."""
    return point_of(circle.centre), circle.radius_m


def _in_order(found: dict[str, list[Claim]]) -> dict[str, tuple[Claim, ...]]:
    """By store where two serve the same: the answer does not depend on the order of the files."""
    return {key: tuple(sorted(claims_, key=lambda one: (one.store_id, one.policy))) for key, claims_ in found.items()}


def _levels(code: str) -> list[tuple[str, Rule]]:
    """The county, city and province of a code, each where it is named or lies above."""
    if not code:
        return []
    province, city, county = map(written, above(number(code)))
    levels: list[tuple[str, Rule]] = []
    if county != city:
        levels.append((county, "territory_county"))
    if city != province:
        levels.append((city, "territory_city"))
    return [*levels, (province, "territory_province")]
