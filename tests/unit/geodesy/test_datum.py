import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.geodesy.datum import from_wgs84_to_bd09, from_wgs84_to_gcj02, to_wgs84
from services.routing.geodesy.distance import km_between

IN_CHINA = st.tuples(st.floats(75, 134), st.floats(4, 53))


def test_tiananmen_is_shifted_as_maps_shift_it() -> None:
    assert from_wgs84_to_gcj02((116.391349, 39.907375)) == pytest.approx((116.397585, 39.908778), abs=2e-5)
    assert from_wgs84_to_bd09((116.391349, 39.907375)) == pytest.approx((116.403963, 39.915119), abs=2e-5)


@given(IN_CHINA)
def test_a_point_comes_back_from_both_datums_to_the_decimetre(point: tuple[float, float]) -> None:
    for shifted, datum in ((from_wgs84_to_gcj02(point), "GCJ-02"), (from_wgs84_to_bd09(point), "BD-09")):
        back = to_wgs84(shifted, datum)  # type: ignore[arg-type]  # both are datums
        assert km_between(back[::-1], point[::-1]) < 0.0001


@given(IN_CHINA)
def test_the_datums_lie_some_hundred_metres_apart(point: tuple[float, float]) -> None:
    there = from_wgs84_to_gcj02(point)
    assert 0.01 < km_between(there[::-1], point[::-1]) < 1.5


def test_outside_china_nothing_is_shifted() -> None:
    assert from_wgs84_to_gcj02((2.35, 48.85)) == (2.35, 48.85)
