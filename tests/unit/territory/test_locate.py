from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.territory import locate
from shared.divisions import parse
from shared.policies import Policies

CODES = [
    ("浙江省杭州市余杭区五常大道168号", "330110"),
    ("浙江 杭州 西湖 文三路478号", "330106"),
    ("杭州余杭五常", "330110005"),
    ("杭州市余杭區文一西路969號", "330110"),
    ("上海浦东张江", "310115125"),
    ("臺北市信義區松高路11號", "710107"),
    ("徐州市鼓楼区淮海东路", "320302"),
    ("杭州下城区中山北路", "330105"),
    ("北京市朝阳区建国路", "110105"),
    ("东莞市南城街道", "441900004"),
    ("上海南京东路300号", "310000"),
    ("广州天河路385号", "440100"),
]
OWN = {
    "source": "our own",
    "as_of": "2026-01",
    "divisions": [
        {"code": "330110", "name": "余杭区", "aliases": ["梦想小镇"], "en": "Yuhang"},
        {"code": "330100", "name": "杭州市", "en": "Hangzhou"},
        {"code": "330190", "name": "云栖新城"},
        {"code": "320100", "name": "南京市", "en": "Nanjing"},
        {"code": "320500", "name": "苏州市", "en": "Suzhou"},
        {"code": "341300", "name": "宿州市", "en": "Suzhou"},
    ],
}


@pytest.fixture(scope="module")
def own() -> Policies:
    return Policies().with_policy("division", "own", 3, OWN)


@pytest.mark.parametrize(("text", "code"), CODES)
def test_an_address_is_read_as_the_parser_reads_it(text: str, code: str, sample: Policies) -> None:
    found, address = locate(text, sample), parse(text)
    assert found.code == code
    assert (found.code, found.level, found.names, found.confidence, found.rules) == (
        address.code,
        address.level,
        address.names,
        address.confidence,
        address.rules,
    )


@pytest.mark.parametrize("text", [None, "", "   ", "纽约第五大道", "南京东路300号", "中山公园门口", "x" * 10_000])
def test_an_address_that_names_no_place_finds_nothing(text: str | None, sample: Policies) -> None:
    found = locate(text, sample)
    assert (found.code, found.confidence, found.names) == (None, 0.0, (None, None, None, None))


def test_a_name_of_several_places_gives_all_and_no_code(sample: Policies) -> None:
    found = locate("鼓楼区中山路1号", sample)
    assert found.code is None
    assert {"320106", "320302"} < {one.code for one in found.candidates}
    assert "徐州市鼓楼区" in found.words["zh"]


def test_a_name_of_very_many_places_tells_ten(sample: Policies) -> None:
    assert len(locate("城关镇", sample).candidates) == 10


@pytest.mark.parametrize("text", ["朋友在杭州，我在宁波海曙区", "上海南京大牌档"])
def test_names_that_contradict_are_no_sure_answer(text: str, sample: Policies) -> None:
    assert 0 < locate(text, sample).confidence < 0.6


def test_the_reason_is_given_in_both_languages(sample: Policies) -> None:
    words = locate("杭州余杭", sample).words
    assert words["zh"] == "地址指浙江省杭州市余杭区（简称与上级一致）"
    assert "above agrees" in words["en"]


def test_without_policies_the_official_lists_are_read() -> None:
    found = locate("浙江省杭州市", Policies())
    assert (found.code, found.policies) == ("330100", ())


@pytest.mark.parametrize(
    ("text", "code", "confidence"),
    [
        ("Yuhang District", "330110", 0.7),
        ("Hangzhou Yuhang District", "330110", 0.85),
        ("12 Yuhang Road, Hangzhou", "330100", 0.7),
        ("杭州梦想小镇3幢", "330110", 0.85),
        ("梦想小镇", "330110", 0.7),
        ("杭州市云栖新城5号", "330190", 0.85),
        ("Nanjing 鼓楼区", "320106", 0.85),
    ],
)
def test_a_chains_own_name_says_what_the_lists_do_not(text: str, code: str, confidence: float, own: Policies) -> None:
    found = locate(text, own)
    assert (found.code, found.confidence) == (code, confidence)
    assert found.policies == (("division/own", 3),)
    assert "自有名称" in found.words["zh"]


def test_an_own_division_is_named_with_what_lies_above(own: Policies) -> None:
    found = locate("云栖新城", own)
    assert (found.names, found.level) == (("浙江省", "杭州市", "云栖新城", None), "county")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("宁波市梦想小镇", "330200"),
        ("杭州市余杭区五常街道梦想小镇", "330110005"),
        ("杭州梦想小镇路1号", "330100"),
        ("Hangzhou 鼓楼区", None),
        ("Suzhou", None),
        ("Yuhangs", None),
    ],
)
def test_an_own_name_says_nothing_against_the_lists_and_nothing_unclear(
    text: str, code: str | None, own: Policies
) -> None:
    assert locate(text, own).code == code


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("杭州市余杭区 邮编311100", "311100"),
        ("郵遞區號：110 臺北市信義區", "110"),
        ("Hangzhou, postcode 310012", "310012"),
        ("杭州市余杭区五常大道3幢311100", None),
        ("邮编3111001", None),
    ],
)
def test_a_postcode_is_one_where_the_address_says_so(text: str, postcode: str | None, sample: Policies) -> None:
    assert locate(text, sample).postcode == postcode


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_has_an_answer(sample: Policies, text: str) -> None:
    assert 0 <= locate(text, sample).confidence <= 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_county_with_its_city_is_found_again(sample: Policies, data: st.DataObject) -> None:
    divisions: dict[str, Any] = {one.code: one for found in sample.divisions() for one in found.body.divisions}
    county = divisions[data.draw(st.sampled_from([code for code in divisions if not code.endswith("00")]))]
    city = divisions[county.code[:4] + "00"]
    assert locate(f"{city.name}{county.name}解放路1号", sample).code == county.code
