"""Names that are nearly one: a part of a longer one, a former one in short, a word that is also a county's name."""

import pytest

from deploy.divisions.naming import short_names, zone_names
from shared.divisions import parse
from shared.divisions.compile import gazetteer
from shared.divisions.files import lines
from tests.accuracy.address import SURE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("大同市城区", "140213"),
        ("山西省大同市城区新建南路", "140213"),
        ("长治市城区", "140403"),
        ("济南莱芜", "370116"),
        ("伊春市翠峦区", "230718"),
        ("重庆开县", "500154"),
        ("上海市南市区", "310101"),
        ("保定市南市区", "130606"),
    ],
)
def test_a_former_name_is_that_of_the_city_before_it(text: str, code: str) -> None:
    assert parse(text).code == code


def test_a_former_name_whose_main_part_lies_elsewhere_stays_in_the_city() -> None:
    address = parse("大同市南郊区")
    assert {one.code[:4] for one in address.candidates} == {"1402"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("上海闸北共和新路", "310106"),
        ("南京白下", "320104"),
        ("杭州下城", "330105"),
        ("杭州江干", "330102"),
        ("宁波江东", "330212"),
        ("北京宣武", "110102"),
        ("北京崇文", "110101"),
        ("无锡北塘", "320213"),
        ("邢台桥西", "130503"),
    ],
)
def test_a_former_county_is_read_in_short_behind_its_city(text: str, code: str) -> None:
    address = parse(text)
    assert (address.code, address.rules) == (code, ("former_name",))


@pytest.mark.parametrize(
    ("text", "code"), [("下城", None), ("桥西", None), ("厦门杏林", "350211003"), ("重庆江北", "500105")]
)
def test_a_former_county_in_short_is_nothing_alone_nor_where_another_is_called_so_now(
    text: str, code: str | None
) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("万柏林区", ["万柏林"]),
        ("碑林区", ["碑林"]),
        ("清新区", ["清新"]),
        ("浦东新区", ["浦东"]),
        ("神农架林区", ["神农架"]),
        ("六枝特区", ["六枝"]),
        ("大兴安岭地区", ["大兴安岭"]),
    ],
)
def test_a_county_is_called_by_its_name_without_the_word_for_its_kind_and_no_more(name: str, short: list[str]) -> None:
    assert short_names(name) == short


def test_a_zone_that_is_named_as_a_county_is_called_as_one() -> None:
    assert (zone_names("松岭区", ""), zone_names("西藏文化旅游创意园区", "拉萨市")) == (["松岭"], [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("太原万柏林", "140109"),
        ("山西太原万柏林和平南路", "140109"),
        ("西安市碑林", "610103"),
        ("西安碑林友谊西路", "610103"),
        ("清远清新", "441803"),
        ("绥化北林", "231202"),
        ("大兴安岭呼中", "232764"),
        ("东营开发区府前大街", "370571"),
        ("呼市", "150100"),
        ("锡盟", "152500"),
        ("怀化市洪江区", "431271"),
        ("怀化市洪江市", "431281"),
    ],
)
def test_a_county_is_found_as_people_call_it(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(("text", "upper"), [("雄安新区", ("河北省", "保定市")), ("两江新区", ("重庆市", "重庆市"))])
def test_a_zone_of_several_counties_of_one_city_tells_them(text: str, upper: tuple[str, str]) -> None:
    address = parse(text)
    assert (address.code, address.names[:2], len(address.candidates)) == (None, upper, 3)


@pytest.mark.parametrize(
    "text", ["新社区5号楼", "恒大新社区", "幸福新社区3栋", "翠湖新社区", "碧桂园大社区3栋", "万科大社区"]
)
def test_an_everyday_word_is_no_county_of_taiwan(text: str) -> None:
    assert parse(text).code is None


def test_an_everyday_word_contradicts_no_county() -> None:
    assert parse("济宁泗水县新社区").confidence >= SURE
    assert parse("台中市新社区").code == "710440"


def test_a_county_of_taiwan_alone_in_simplified_script_is_not_sure() -> None:
    address = parse("板桥区文化路")
    assert (address.code, "of_taiwan_in_simplified" in address.rules, address.confidence < SURE) == (
        "711132",
        True,
        True,
    )
    assert "of_taiwan_in_simplified" not in parse("台北市中山路").rules
    assert min(parse("板橋區文化路").confidence, parse("新北市板桥区文化路").confidence) >= SURE


@pytest.mark.parametrize(
    "text",
    ["前河口区解放路3号", "大沙河口区中山路", "新海港区文化路", "家丰县解放路3号", "镇和县解放路3号", "唐和县解放路"],
)
def test_a_county_s_name_with_a_character_before_it_may_be_another_s(text: str) -> None:
    assert "inside_other_words" in parse(text).rules


@pytest.mark.parametrize(
    "text",
    [
        "收货人李四余杭区文一西路3号",
        "我家余杭区文一西路3号",
        "老家丰县解放路",
        "苏北睢宁县",
        "在余杭区文一西路",
        "3号余杭区",
    ],
)
def test_a_county_s_full_name_behind_words_that_lead_to_it_is_sure(text: str) -> None:
    assert parse(text).confidence >= SURE


def test_a_county_s_short_name_is_not_read_in_a_longer_one_misspelt() -> None:
    assert parse("通辽市科尔沁左治后旗").code == "150522"
    assert parse("通辽市科尔沁红旗街").code == "150502"


def test_a_direction_before_other_words_is_no_part_of_a_township_s_short_name() -> None:
    assert parse("邯郸丛台东柳大街").code == "130403"
    assert parse("邯郸丛台东").code == "130403005"


def test_a_village_that_is_called_as_a_street_office_may_lie_elsewhere_in_the_county() -> None:
    assert parse("沈阳市苏家屯区解放村三组").code == "210111"
    assert "a_village_is_called_so" in parse("青岛即墨区北安村").rules
    assert parse("杭州余杭区瓶窑村").rules == ("town_short", "full_names_agree")


def test_a_city_behind_its_province_is_sure_before_a_road_that_every_town_has() -> None:
    assert parse("福建福州五四路").confidence >= SURE > parse("福州五四路").confidence
    assert parse("郑州农业路3号").code == "410100"


def test_the_short_names_of_former_counties_are_no_names_that_others_have_now() -> None:
    names = gazetteer()
    assert all(set(codes).isdisjoint(names.upper_codes[name]) for name, codes in names.once.items())


@pytest.mark.parametrize("text", ["内蒙古通辽科尔沁区", "内蒙古赤峰红山区", "内蒙古呼和浩特新城区"])
def test_a_province_whose_short_name_is_three_characters_leaves_none_of_them(text: str) -> None:
    read = parse(text)
    assert (read.names[0], read.rest.text) == ("内蒙古自治区", "")


SAID_ALIKE = {"临夏", "和田", "伊宁"}
"""A city and a county of one prefecture that have one short name."""


def test_every_county_is_read_whole_behind_the_short_names_of_what_holds_it() -> None:
    rows = {row[0]: row for row in lines("divisions.tsv")}
    for code, name, shorts, kind, *_ in rows.values():
        short = shorts.split("|")[0] or name
        if code.endswith("00") or kind == "zone" or short in SAID_ALIKE:
            continue
        province, city = rows[f"{code[:2]}0000"], rows.get(f"{code[:4]}00")
        holders = [province] if city is None or city[1] == province[1] else [province, city]
        before = "".join(holder[2].split("|")[0] or holder[1] for holder in holders)
        for said in (name, short):
            read = parse(f"{before}{said}")
            assert (read.code, read.rest.text) == (code, ""), f"{before}{said}"
