import pytest

from shared.divisions import parse


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("不是福田区，是罗湖区，深圳的", "440303"),
        ("不在天河，在越秀，广州", "440104"),
        ("不要送广州，送佛山顺德大良", "440606005"),
        ("我不在家，放上海市徐汇区天平路物业", "310104"),
        ("是不是杭州的师傅来？", "330100"),
        ("我不是深圳的", "440300"),
    ],
)
def test_a_place_that_is_denied_is_not_meant_where_another_is_named(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("徐州穗宁县", "320324"),
        ("浙江丽水金云县五云街道", "331122001"),
        ("重庆九龙波区杨家坪", "500107001"),
        ("大同天真县", "140222"),
    ],
)
def test_a_name_within_a_misspelt_county_s_is_no_place_elsewhere(text: str, code: str) -> None:
    address = parse(text)
    assert (address.code, any(one.startswith("one_wrong_character") for one in address.rules)) == (code, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("哈尔滨工业大学深圳校区", "440300"),
        ("深圳市南山区哈尔滨工业大学深圳校区", "440305"),
        ("西安西北工业大学长安校区", "610116"),
        ("郑州轻工业大学东风校区", "410100"),
    ],
)
def test_a_school_is_where_the_city_of_its_campus_is(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize("text", ["东莞市区南城", "东莞市东莞市区 南城", "广东东莞城区 南城"])
def test_words_for_the_middle_of_a_city_part_no_township_from_it(text: str) -> None:
    assert parse(text).code == "441900004"


def test_words_behind_the_road_are_no_township() -> None:
    assert parse("天津滨海新区第一大街88号万通新城").code == "120116"
