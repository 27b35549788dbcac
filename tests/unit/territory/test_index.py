from typing import Any

import pytest

from services.routing.geodesy.datum import from_wgs84_to_bd09, from_wgs84_to_gcj02
from services.routing.territory import Place, Served, check_territories, index
from shared.errors import Refused
from shared.policies import Policies, Problem

SQUARE = [[120.0, 30.0], [120.2, 30.0], [120.2, 30.2], [120.0, 30.2], [120.0, 30.0]]
INSIDE, OUTSIDE = (120.1, 30.1), (121.0, 31.0)


def polygon(ring: list[list[float]], datum: str = "WGS-84") -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring], "datum": datum}


def circle(longitude: float, latitude: float, radius_m: float) -> dict[str, Any]:
    return {"centre": {"latitude": latitude, "longitude": longitude, "datum": "WGS-84"}, "radius_m": radius_m}


def territory(*areas: dict[str, Any]) -> Policies:
    return Policies().with_policy("territory", "all", 1, {"areas": list(areas)})


def first(policies: Policies, place: Place) -> Served | None:
    return next(index(policies).all_that_hold(place), None)


def errors(policies: Policies) -> list[Problem]:
    return [problem for problem in check_territories(policies) if problem.severity == "error"]


EVERY_KIND = (
    {"polygon": polygon(SQUARE), "store_id": "polygon"},
    {"circle": circle(120.1, 30.1, 5000), "store_id": "circle"},
    {"division": "330110005", "store_id": "township"},
    {"postcode": "3111", "store_id": "postcode-long"},
    {"postcode": "31", "store_id": "postcode-short"},
    {"division": "330110", "store_id": "county"},
    {"division": "330100", "store_id": "city"},
    {"division": "330000", "store_id": "province"},
)
ORDER = ["polygon", "circle", "township", "postcode-long", "postcode-short", "county", "city", "province"]


def test_the_most_specific_area_serves_the_place() -> None:
    place = Place("330110005", "311100", INSIDE)
    for at, expected in enumerate(ORDER):
        served = first(territory(*reversed(EVERY_KIND[at:])), place)
        assert served is not None
        assert served.claim.store_id == expected


def test_all_areas_that_hold_the_place_are_told_in_order() -> None:
    found = index(territory(*EVERY_KIND)).all_that_hold(Place("330110005", "311100", INSIDE))
    assert [one.claim.store_id for one in found] == ORDER


def test_a_point_outside_is_served_by_its_division() -> None:
    served = first(territory(*EVERY_KIND), Place("330102", None, OUTSIDE))
    assert served is not None
    assert (served.claim.store_id, served.rule) == ("city", "territory_city")


@pytest.mark.parametrize(("shift", "datum"), [(from_wgs84_to_gcj02, "GCJ-02"), (from_wgs84_to_bd09, "BD-09")])
def test_a_polygon_means_what_its_datum_says(shift: Any, datum: str) -> None:
    edge = (120.0001, 30.1)
    shifted = [list(shift((x, y))) for x, y in SQUARE]
    assert first(territory({"polygon": polygon(shifted, datum), "store_id": "a"}), Place(point=edge)) is not None
    assert first(territory({"polygon": polygon(shifted), "store_id": "a"}), Place(point=edge)) is None


def test_a_hole_is_not_served() -> None:
    hole = [[120.05, 30.05], [120.15, 30.05], [120.15, 30.15], [120.05, 30.15], [120.05, 30.05]]
    areas = territory({"polygon": {"coordinates": [SQUARE, hole], "datum": "WGS-84"}, "store_id": "a"})
    assert first(areas, Place(point=INSIDE)) is None
    assert first(areas, Place(point=(120.01, 30.01))) is not None


def test_the_nearest_areas_of_the_same_city_are_told_with_their_distance() -> None:
    areas = territory({"division": "330127", "store_id": "chunan"}, {"division": "330109", "store_id": "xiaoshan"})
    near = index(areas).near("330108")
    assert [(one.claim.store_id, one.rule) for one in near] == [
        ("xiaoshan", "territory_nearest"),
        ("chunan", "territory_nearest"),
    ]
    assert (near[0].kilometres or 0) < 40


@pytest.mark.parametrize("code", ["330000", "310101", "429004"])
def test_a_whole_province_another_city_and_a_county_without_a_city_have_none_near(code: str) -> None:
    areas = territory({"division": "330109", "store_id": "xiaoshan"}, {"division": "429005", "store_id": "qianjiang"})
    assert index(areas).near(code) == []


@pytest.mark.parametrize("code", ["310000", "310113", "310113001"])
def test_in_a_province_that_is_one_city_there_are_areas_near(code: str) -> None:
    assert [one.claim.store_id for one in index(territory({"division": "310101", "store_id": "a"})).near(code)] == ["a"]


def test_the_centres_of_the_chains_own_lists_come_first() -> None:
    areas = territory({"division": "330106", "store_id": "west"}, {"division": "330109", "store_id": "south"})
    assert index(areas).near("330110")[0].claim.store_id == "west"
    own = {"code": "330110", "name": "余杭区", "centre": [30.18, 120.26]}
    lists = {"source": "our own", "as_of": "2026-01", "divisions": [own]}
    assert index(areas.with_policy("division", "own", 1, lists)).near("330110")[0].claim.store_id == "south"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"postcode": "3111"}, {"postcode": "3111"}),
        ({"polygon": polygon(SQUARE)}, {"polygon": polygon([[x + 0.1, y] for x, y in SQUARE])}),
        ({"circle": circle(120.1, 30.1, 5000)}, {"circle": circle(120.15, 30.1, 1000)}),
    ],
)
def test_areas_of_one_kind_that_overlap_name_each_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    kind = next(iter(one))
    found = errors(territory({**one, "store_id": "a"}, {**other, "store_id": "b"}))
    assert [(problem.policy, problem.error.field) for problem in found] == [
        ("territory/all", f"areas.0.{kind}"),
        ("territory/all", f"areas.1.{kind}"),
    ]


def test_neighbours_that_share_a_border_do_not_overlap() -> None:
    beside = polygon([[x + 0.2, y] for x, y in SQUARE])
    policies = territory({"polygon": polygon(SQUARE), "store_id": "a"}, {"polygon": beside, "store_id": "b"})
    assert errors(policies) == []


def test_a_longer_and_a_shorter_postcode_do_not_overlap() -> None:
    assert (
        check_territories(territory({"postcode": "3111", "store_id": "a"}, {"postcode": "31", "store_id": "b"})) == []
    )


@pytest.mark.parametrize(
    ("area", "field"),
    [
        ({"polygon": polygon(SQUARE)}, "areas.0.polygon"),
        ({"circle": circle(120.1, 30.1, 5000)}, "areas.0.circle"),
        ({"division": "330110999"}, "areas.0.division"),
    ],
)
def test_an_area_that_can_never_serve_anybody_is_warned_of(area: dict[str, Any], field: str) -> None:
    found = check_territories(territory({**area, "store_id": "a"}))
    assert [(one.error.field, one.severity) for one in found] == [(field, "warning")]
    assert "serves nobody" in found[0].error.expected


def test_townships_counties_and_postcodes_are_used(sample: Policies) -> None:
    areas = [{"division": "330106002", "store_id": "a"}, {"division": "330106", "store_id": "a"}]
    assert check_territories(territory(*areas, {"postcode": "310012", "store_id": "a"})) == []
    assert check_territories(sample) == []


@pytest.mark.parametrize(
    "area",
    [
        {},
        {"division": "330110", "postcode": "3111"},
        {"division": "3301"},
        {"postcode": "31x"},
        {"polygon": {"coordinates": [SQUARE[:-1]], "datum": "WGS-84"}},
        {"polygon": {"coordinates": [SQUARE]}},
        {"circle": {"centre": {"latitude": 30, "longitude": 120, "datum": "WGS-84"}, "radius_m": 0}},
    ],
)
def test_an_area_that_is_no_one_place_is_refused(area: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        territory({**area, "store_id": "a"})


def test_the_old_form_of_a_territory_reads_as_before() -> None:
    policies = territory({"division": "330110", "store_id": "a"})
    served = first(policies, Place("330110"))
    assert served is not None
    assert served.claim.area.model_dump(exclude_none=True) == {"division": "330110", "store_id": "a"}


def test_a_snapshot_is_compiled_once() -> None:
    policies = territory({"division": "330110", "store_id": "a"})
    assert index(policies) is index(policies)
    assert index(policies) is index(policies.with_policy("chain", "default", 1, {"name": {"zh-CN": "样例"}}))
