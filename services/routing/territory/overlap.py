"""Areas that are as specific as one another and hold the same place: which of them would serve it is an error."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from services.routing.geodesy.distance import km_between
from services.routing.territory.index import Claim, round_of
from shared.errors import FieldError
from shared.policies import Problem


def overlaps(everything: list[Claim]) -> Iterator[Problem]:
    """Postcodes that stand twice, polygons and circles that overlap: both sides are told.

    Divisions that stand twice are told by `shared.policies.check_policies`.
    """
    for one, other, kind in (*_postcodes(everything), *_polygons(everything), *_circles(everything)):
        yield _told(one, other, kind)
        yield _told(other, one, kind)


def _postcodes(everything: list[Claim]) -> Iterator[tuple[Claim, Claim, str]]:
    by_postcode: dict[str, list[Claim]] = defaultdict(list)
    for claim in everything:
        if claim.area.postcode is not None:
            by_postcode[claim.area.postcode].append(claim)
    for same in by_postcode.values():
        yield from ((one, other, "postcode") for one, other in combinations(same, 2))


def _polygons(everything: list[Claim]) -> Iterator[tuple[Claim, Claim, str]]:
    found = [(claim.area.polygon, claim) for claim in everything if claim.area.polygon is not None]
    if len(found) > 1:
        from services.routing.territory.shapes import Shapes  # noqa: PLC0415 - 19 MB that a house without polygons spares

        for one, other in Shapes([polygon for polygon, _ in found]).overlaps():
            yield found[one][1], found[other][1], "polygon"


def _circles(everything: list[Claim]) -> Iterator[tuple[Claim, Claim, str]]:
    rounds = [(*round_of(claim.area.circle), claim) for claim in everything if claim.area.circle is not None]
    for (centre, radius_m, claim), (other_centre, other_radius_m, other) in combinations(rounds, 2):
        apart_m = 1000 * km_between(centre[::-1], other_centre[::-1])
        if apart_m < radius_m + other_radius_m:
            yield claim, other, "circle"


def _told(one: Claim, other: Claim, kind: str) -> Problem:
    expected = f"a {kind} that overlaps none of another area, it overlaps {other.policy} areas.{other.at}.{kind}"
    return Problem(one.policy, FieldError(f"areas.{one.at}.{kind}", expected, f"{one.store_id} and {other.store_id}"))
