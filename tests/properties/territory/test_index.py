"""The compiled index against a naive reading of the areas one by one, which shares nothing with it but the inputs."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.routing.territory import Place, check_territories, index
from shared.policies import Policies
from tests.support.examples import examples

CODES = ("330110005", "330110", "330109", "330100", "330000", "310101", "310000")
WEST, SOUTH = 120.0, 30.0
steps = st.integers(0, 8)
points = st.tuples(steps, steps).map(lambda at: (WEST + at[0] * 0.01 + 0.005, SOUTH + at[1] * 0.01 + 0.005))


@st.composite
def areas(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["division", "postcode", "polygon", "circle"]))
    store = draw(st.sampled_from(["a", "b", "c"]))
    if kind == "division":
        return {"division": draw(st.sampled_from(CODES)), "store_id": store}
    if kind == "postcode":
        return {"postcode": draw(st.sampled_from(["3", "31", "3111", "311100", "200000"])), "store_id": store}
    x, y = draw(steps) * 0.01 + WEST, draw(steps) * 0.01 + SOUTH
    if kind == "circle":
        centre = {"longitude": x, "latitude": y, "datum": "WGS-84"}
        return {"circle": {"centre": centre, "radius_m": draw(st.sampled_from([700, 1900, 5100]))}, "store_id": store}
    wide, high = draw(st.integers(1, 5)) * 0.01, draw(st.integers(1, 5)) * 0.01
    ring = [[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]]
    return {"polygon": {"coordinates": [ring], "datum": "WGS-84"}, "store_id": store}


def holds(area: dict[str, Any], place: Place) -> tuple[int, int] | None:
    """How specific an area is that holds the place (less is more so), by looking."""
    if "polygon" in area and place.point is not None:
        (west, south), (east, north) = area["polygon"]["coordinates"][0][0], area["polygon"]["coordinates"][0][2]
        inside = west <= place.point[0] <= east and south <= place.point[1] <= north
        return (0, round((east - west) * (north - south) * 1e6)) if inside else None
    if "circle" in area and place.point is not None:
        centre = area["circle"]["centre"]
        north_m = (place.point[1] - centre["latitude"]) * 111_195
        east_m = (place.point[0] - centre["longitude"]) * 111_195 * math.cos(math.radians(centre["latitude"]))
        inside = math.hypot(north_m, east_m) <= area["circle"]["radius_m"]
        return (1, area["circle"]["radius_m"]) if inside else None
    if "postcode" in area and place.postcode is not None:
        return (3, -len(area["postcode"])) if place.postcode.startswith(area["postcode"]) else None
    if "division" in area and place.code is not None:
        code = area["division"]
        if len(code) == 9:
            return (2, 0) if place.code == code else None
        if code.endswith("0000"):
            return (6, 0) if place.code[:2] == code[:2] else None
        if code.endswith("00"):
            return (5, 0) if place.code[:4] == code[:4] else None
        return (4, 0) if place.code[:6] == code else None
    return None


@given(
    st.lists(areas(), min_size=1, max_size=12),
    st.builds(
        Place,
        st.none() | st.sampled_from(CODES),
        st.none() | st.sampled_from(["311100", "310000", "200000"]),
        st.none() | points,
    ),
)
@examples(200)
def test_the_index_finds_what_looking_at_every_area_finds(every: list[dict[str, Any]], place: Place) -> None:
    policies = Policies().with_policy("territory", "all", 1, {"areas": every})
    found = [(how, area["store_id"]) for area in every if (how := holds(area, place)) is not None]
    told = list(index(policies).all_that_hold(place))
    assert len(told) == len(found)
    if found:
        best = min(found)[0]
        assert told[0].claim.store_id in {store for how, store in found if how == best}


@given(st.lists(areas(), min_size=2, max_size=10))
@examples(60)
def test_what_is_checked_as_free_of_overlaps_has_one_answer_everywhere(every: list[dict[str, Any]]) -> None:
    policies = Policies().with_policy("territory", "all", 1, {"areas": every})
    if any(problem.severity == "error" for problem in check_territories(policies)):
        return
    compiled = index(policies)
    for x in range(9):
        for y in range(9):
            point = (WEST + x * 0.01 + 0.005, SOUTH + y * 0.01 + 0.005)
            rules = [one.rule for one in compiled.all_that_hold(Place(point=point))]
            assert len(rules) == len(set(rules))
