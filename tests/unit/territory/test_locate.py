import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.territory import locate
from shared.policies import Policies

COUNTIES = [
    ("浙江省杭州市余杭区五常大道168号", "330110"),
    ("浙江 杭州 西湖 文三路478号", "330106"),
    ("杭州余杭五常", "330110"),
    ("杭州市余杭區文一西路969號", "330110"),
    ("浙江余杭仓前街道", "330110"),
    ("余杭区五常街道", "330110"),
    ("上海市黄浦区南京东路300号", "310101"),
    ("上海市浦東新區張楊路500號", "310115"),
    ("上海浦东张江", "310115"),
    ("臺北市信義區松高路11號", "710107"),
    ("台北市大安區信義路四段1號", "710105"),
    ("台北市中山區南京東路二段", "710103"),
    ("廣州越秀區中山五路", "440104"),
    ("广东省广州市天河区北京路小区", "440106"),
    ("广州番禺市桥", "440113"),
    ("南京鼓楼", "320106"),
    ("徐州市鼓楼区淮海东路", "320302"),
    ("汕尾市城区", "441502"),
    ("杭州市西湖区北京西路", "330106"),
    ("杭州市 西湖区 文三路", "330106"),
    ("杭州市，西湖区，文三路", "330106"),
    ("杭州下城区中山北路", "330105"),
    ("Hangzhou Yuhang District", "330110"),
    ("12 Xihu Road, Tianhe, Guangzhou", "440106"),
    ("杭州余杭街道", "330110"),
    ("杭州临平南苑街道", "330113"),
    ("上海市崇明县", "310151"),
    ("杭州市余杭区安康花苑3幢", "330110"),
    ("徐州市鼓楼区宁波路", "320302"),
]

NO_COUNTY = [
    ("上海南京东路300号", "310000"),
    ("重庆北京路", "500000"),
    ("广州天河路385号", "440100"),
    ("台北中山北路二段", "710100"),
    ("上海中山公园", "310000"),
    ("广州白云机场", "440100"),
    ("北京市朝阳区建国路", "110000"),
    ("东莞市南城街道", "441900"),
    ("宁波", "330200"),
    ("江苏省", "320000"),
    ("吉林", "220000"),
    ("12 Tianhe Road, Guangzhou", "440100"),
    ("杭州安康花苑", "330100"),
    ("东莞松山湖", "441900"),
]


@pytest.mark.parametrize(("text", "code"), COUNTIES)
def test_the_county_is_read_from_the_names(text: str, code: str, sample: Policies) -> None:
    found = locate(text, sample)
    assert (found.code, found.level) == (code, "county")
    assert found.confidence >= 0.6


@pytest.mark.parametrize(("text", "code"), NO_COUNTY)
def test_a_county_that_nobody_wrote_is_not_invented(text: str, code: str, sample: Policies) -> None:
    assert locate(text, sample).code == code


@pytest.mark.parametrize(
    "text", [None, "", "   ", "纽约第五大道", "家里", "南京东路300号", "中山公园门口", "朝阳区", "x" * 10_000]
)
def test_an_address_that_names_no_place_finds_nothing(text: str | None, sample: Policies) -> None:
    found = locate(text, sample)
    assert (found.code, found.confidence, found.names) == (None, 0.0, (None, None, None, None))


def test_a_county_implies_its_city_and_province(sample: Policies) -> None:
    assert locate("余杭区", sample).names == ("浙江省", "杭州市", "余杭区", None)


def test_a_municipality_is_named_as_its_own_city(sample: Policies) -> None:
    assert locate("上海市徐汇区", sample).names == ("上海市", "上海市", "徐汇区", None)


def test_a_name_of_two_places_gives_both_and_no_code(sample: Policies) -> None:
    found = locate("鼓楼区中山路1号", sample)
    assert found.code is None
    assert [one.code for one in found.candidates] == ["320106", "320302"]
    assert "徐州市鼓楼区" in found.words["zh"]


def test_more_names_that_agree_make_it_surer(sample: Policies) -> None:
    sure = [locate(text, sample).confidence for text in ("余杭", "余杭区", "杭州市余杭区")]
    assert sure == sorted(sure)
    assert sure[0] < sure[-1]


def test_a_name_of_elsewhere_makes_it_less_sure_and_is_named(sample: Policies) -> None:
    found = locate("上海南京大牌档", sample)
    assert found.code == "310000"
    assert found.confidence < locate("上海", sample).confidence
    assert "南京" in found.words["zh"]


def test_a_name_of_elsewhere_after_the_county_hardly_matters(sample: Policies) -> None:
    assert locate("杭州市余杭区南京大牌档", sample).confidence > 0.85


def test_the_reason_is_given_in_both_languages(sample: Policies) -> None:
    words = locate("杭州余杭", sample).words
    assert "余杭" in words["zh"]
    assert "by" in words["en"]


def test_the_versions_of_the_names_are_kept(sample: Policies) -> None:
    assert locate("杭州", sample).policies == (("division/sample", 1),)


def test_without_any_divisions_nothing_is_found() -> None:
    assert locate("浙江省杭州市", Policies()).code is None


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_has_an_answer(sample: Policies, text: str) -> None:
    found = locate(text, sample)
    assert 0 <= found.confidence <= 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_county_with_its_city_is_found_again(sample: Policies, data: st.DataObject) -> None:
    divisions = {one.code: one for found in sample.divisions() for one in found.body.divisions}
    county = divisions[data.draw(st.sampled_from([code for code in divisions if not code.endswith("00")]))]
    city = divisions[county.code[:4] + "00"]
    assert locate(f"{city.name}{county.name}解放路1号", sample).code == county.code
