import pytest

from services.routing.territory import StoreChoice, choose_store, locate
from shared.policies import Policies


def choice(text: str | None, policies: Policies, *, named: str | None = None) -> StoreChoice:
    return choose_store(locate(text, policies), named_store_id=named, policies=policies)


@pytest.mark.parametrize(
    ("text", "store_id", "rule"),
    [
        ("杭州市余杭区五常大道1号", "hz-yuhang", "territory"),
        ("臺北市信義區松高路11號", "tp-xinyi", "territory"),
        ("上海市徐汇区", "sh-xujiahui", "territory"),
        ("杭州市", "hz-wulin", "territory"),
        ("杭州市桐庐县", "hz-wulin", "territory_parent"),
        ("浙江省宁波市海曙区", "hz-wulin", "territory_parent"),
        ("广州市白云区", "gz-tianhe", "territory_parent"),
        ("上海市宝山区", "sh-wujiaochang", "nearest_store"),
        ("上海市嘉定区", "sh-xujiahui", "nearest_store"),
        ("台北市北投區", "tp-shilin", "nearest_store"),
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
    assert (found.store_id, found.decision.rule) == ("hz-wulin", "territory_parent")
    assert found.decision.removed == {"unknown_store": ["closed"]}


def test_a_place_that_is_not_sure_gives_way_to_the_named_store(sample: Policies) -> None:
    located = locate("上海南京大牌档", sample)
    assert located.confidence < 0.5
    assert choose_store(located, named_store_id="hz-wensan", policies=sample).store_id == "hz-wensan"


def test_the_nearest_store_is_told_with_its_distance(sample: Policies) -> None:
    decision = choice("上海市宝山区", sample).decision
    assert decision.scores["sh-wujiaochang"] == min(decision.scores.values())
    assert "公里" in decision.words["zh"]
    assert "km" in decision.words["en"]


def test_a_decision_names_the_versions_of_all_it_stood_on(sample: Policies) -> None:
    versions = choice("杭州市余杭区", sample).decision.policies
    assert {"territory/zhejiang", "division/sample", "store/hz-yuhang"} <= set(versions)


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
