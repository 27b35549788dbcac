import re
from dataclasses import replace
from typing import Any

import pytest

from services.routing.territory import StoreChoice, choose_store, locate
from shared.policies import Policies

NORTH_HILL = "杭州市西湖区北山街道"
AROUND_IT = [[120.1, 30.2], [120.2, 30.2], [120.2, 30.3], [120.1, 30.3], [120.1, 30.2]]
IN_IT = (120.15, 30.26)
MORE_SPECIFIC: dict[str, dict[str, Any]] = {
    "territory_polygon": {"polygon": {"coordinates": [AROUND_IT], "datum": "WGS-84"}},
    "territory_circle": {
        "circle": {"centre": {"latitude": 30.26, "longitude": 120.15, "datum": "WGS-84"}, "radius_m": 3000}
    },
    "territory_township": {"division": "330106002"},
    "territory_postcode": {"postcode": "3100"},
}


def choice(text: str | None, policies: Policies, *, named: str | None = None) -> StoreChoice:
    return choose_store(locate(text, policies), named_store_id=named, policies=policies)


@pytest.mark.parametrize(
    ("text", "store_id", "rule"),
    [
        ("杭州市余杭区五常大道1号", "hz-yuhang", "territory_county"),
        ("臺北市信義區松高路11號", "tp-xinyi", "territory_county"),
        ("上海市徐汇区", "sh-xujiahui", "territory_county"),
        ("杭州市", "hz-wulin", "territory_city"),
        ("杭州市桐庐县", "hz-wulin", "territory_city"),
        ("浙江省宁波市海曙区", "hz-wulin", "territory_province"),
        ("广州市白云区", "gz-tianhe", "territory_city"),
        ("上海市宝山区", "sh-wujiaochang", "territory_nearest"),
        ("上海市嘉定区", "sh-xujiahui", "territory_nearest"),
        ("台北市北投區", "tp-shilin", "territory_nearest"),
    ],
)
def test_the_most_specific_area_serves_the_place(text: str, store_id: str, rule: str, sample: Policies) -> None:
    found = choice(text, sample)
    assert (found.store_id, found.decision.rule) == (store_id, rule)


def test_the_place_counts_more_than_the_store_that_was_named(sample: Policies) -> None:
    assert choice("杭州市余杭区", sample, named="sh-xujiahui").store_id == "hz-yuhang"


@pytest.mark.parametrize("text", [None, "纽约", "鼓楼区", "哈尔滨市道里区"])
def test_without_a_place_that_is_served_the_named_store_takes_it(text: str | None, sample: Policies) -> None:
    found = choice(text, sample, named="gz-tianhe")
    assert (found.store_id, found.decision.rule) == ("gz-tianhe", "named_store")


@pytest.mark.parametrize("text", [None, "纽约", "哈尔滨市"])
def test_without_place_and_store_a_dispatcher_decides(text: str | None, sample: Policies) -> None:
    found = choice(text, sample)
    assert (found.store_id, found.decision.rule) == (None, "no_store")
    assert "调度员" in found.decision.words["zh"]
    assert "dispatcher" in found.decision.words["en"]


def test_a_store_that_nobody_knows_is_set_aside_and_never_refuses(sample: Policies) -> None:
    found = choice(None, sample, named="B" * 300)
    assert found.store_id is None
    assert found.decision.removed == {"unknown_store": ["B" * 300]}


def test_an_area_of_a_store_that_closed_falls_to_the_area_above(sample: Policies) -> None:
    areas = {"areas": [{"division": "330127", "store_id": "closed"}]}
    found = choice("杭州市淳安县", sample.with_policy("territory", "new", 1, areas))
    assert (found.store_id, found.decision.rule) == ("hz-wulin", "territory_city")
    assert found.decision.removed == {"unknown_store": ["closed"]}


def test_a_place_that_is_not_sure_gives_way_to_the_named_store(sample: Policies) -> None:
    located = locate("上海南京大牌档", sample)
    assert located.code == "310000"
    found = choose_store(located, named_store_id="hz-wensan", policies=sample)
    assert (found.store_id, found.decision.rule) == ("hz-wensan", "named_store")
    assert "把握不足" in found.decision.words["zh"]


def test_an_address_that_contradicts_itself_is_a_dispatchers(sample: Policies) -> None:
    found = choice("朋友在杭州，我在宁波海曙区", sample)
    assert (found.store_id, found.decision.rule) == (None, "no_store")
    assert found.decision.inputs["confidence"] == 0.55
    assert "another_place_above" in found.decision.inputs["address_rules"]


def test_the_nearest_store_is_told_with_its_distance(sample: Policies) -> None:
    decision = choice("上海市宝山区", sample).decision
    assert decision.scores["sh-wujiaochang"] == min(decision.scores.values())
    assert "公里" in decision.words["zh"]
    assert "km" in decision.words["en"]


def test_a_decision_names_the_versions_of_all_it_stood_on(sample: Policies) -> None:
    decision = choice("杭州市余杭区", sample).decision
    assert {"territory/zhejiang", "division/sample", "store/hz-yuhang"} <= set(decision.policies)
    assert decision.inputs["address_rules"] == ["full_names_agree"]
    assert re.fullmatch("[0-9a-f]{12}", decision.inputs["address_lists"])


def test_the_fallback_says_whose_place_it_is(sample: Policies) -> None:
    words = choice("杭州市桐庐县", sample).decision.words
    assert words["zh"] == "浙江省杭州市桐庐县没有专属门店，由负责浙江省杭州市的杭州武林店受理"


def test_a_new_territory_holds_for_the_next_ticket(sample: Policies) -> None:
    assert choice("杭州市桐庐县", sample).store_id == "hz-wulin"
    areas = {"areas": [{"division": "330122", "store_id": "hz-yuhang"}]}
    assert choice("杭州市桐庐县", sample.with_policy("territory", "new", 1, areas)).store_id == "hz-yuhang"


def test_of_a_whole_city_the_named_store_in_it_says_more(sample: Policies) -> None:
    assert choice("杭州市", sample, named="hz-wensan").store_id == "hz-wensan"
    assert choice("上海南京东路300号", sample, named="sh-lujiazui").store_id == "sh-lujiazui"
    assert choice("杭州市", sample, named="sh-lujiazui").store_id == "hz-wulin"


@pytest.mark.parametrize("rule", MORE_SPECIFIC)
def test_a_more_specific_area_serves_before_the_county(rule: str, sample: Policies) -> None:
    located = replace(locate(f"{NORTH_HILL}，邮编310012", sample), point=IN_IT)
    areas = {"areas": [{**MORE_SPECIFIC[rule], "store_id": "hz-wulin"}]}
    before = choose_store(located, named_store_id=None, policies=sample)
    after = choose_store(located, named_store_id=None, policies=sample.with_policy("territory", "new", 1, areas))
    assert (before.store_id, before.decision.rule) == ("hz-wensan", "territory_county")
    assert (after.store_id, after.decision.rule) == ("hz-wulin", rule)
    assert "杭州武林店" in after.decision.words["zh"]


def test_of_all_areas_the_most_specific_serves(sample: Policies) -> None:
    located = replace(locate(f"{NORTH_HILL}，邮编310012", sample), point=IN_IT)
    stores = ["hz-wulin", "hz-yuhang", "hz-xiaoshan", "sh-xujiahui"]
    every = [{**area, "store_id": store} for area, store in zip(MORE_SPECIFIC.values(), stores, strict=True)]
    for at, rule in enumerate(MORE_SPECIFIC):
        policies = sample.with_policy("territory", "new", 1, {"areas": every[at:]})
        found = choose_store(located, named_store_id=None, policies=policies)
        assert (found.store_id, found.decision.rule) == (stores[at], rule)


def test_a_township_without_an_area_is_served_by_its_county(sample: Policies) -> None:
    found = choice(NORTH_HILL, sample)
    assert (found.store_id, found.decision.rule) == ("hz-wensan", "territory_county")
    assert "没有专属门店，由负责浙江省杭州市西湖区的杭州文三店受理" in found.decision.words["zh"]


def test_a_postcode_serves_where_no_place_was_read(sample: Policies) -> None:
    policies = sample.with_policy("territory", "new", 1, {"areas": [{"postcode": "31", "store_id": "hz-wulin"}]})
    found = choice("灵隐支路1号 邮编：310013", policies)
    assert (found.store_id, found.decision.rule) == ("hz-wulin", "territory_postcode")
    assert found.decision.inputs["postcode"] == "310013"


def test_a_postcode_says_more_than_the_store_that_was_named_in_the_city(sample: Policies) -> None:
    policies = sample.with_policy("territory", "new", 1, {"areas": [{"postcode": "31", "store_id": "hz-wulin"}]})
    assert choice("杭州市 邮编310013", policies, named="hz-wensan").store_id == "hz-wulin"
    assert choice("杭州市", policies, named="hz-wensan").store_id == "hz-wensan"


def test_the_nearest_store_that_closed_gives_way_to_the_next(sample: Policies) -> None:
    areas = {"areas": [{"division": "310114", "store_id": "closed"}]}
    found = choice("上海市嘉定区", sample.with_policy("territory", "new", 1, areas))
    assert (found.store_id, found.decision.rule) == ("sh-xujiahui", "territory_nearest")
    assert found.decision.removed == {"unknown_store": ["closed"]}
