import re
from pathlib import Path

import pytest

from shared.divisions.codes import CITY, COUNTY, PROVINCE, level, number, written
from shared.divisions.compile import gazetteer
from shared.divisions.files import lines, sources
from shared.divisions.rules import RULES
from shared.divisions.short import town_short_names
from shared.divisions.traditional import traditional

ROOT = Path(__file__).parents[3]


def test_every_list_names_its_source_and_licence_or_says_that_it_is_written_by_hand() -> None:
    for name, head in sources().items():
        text = "\n".join(head)
        assert "written by hand" in text or re.search(r"(npm|pip) \S+ [0-9.]+ \(", text), name


def test_the_lists_are_whole() -> None:
    names = gazetteer()
    mainland = [code for code in names.names if code < 710_000_000]
    assert sum(code % PROVINCE == 0 for code in mainland) == 31
    assert sum(code % PROVINCE != 0 and code % CITY == 0 for code in mainland) >= 333
    assert sum(code % CITY != 0 for code in mainland) >= 2844
    assert len(names.town_codes) > 41_000
    assert list(names.town_codes) == sorted(set(names.town_codes))


def test_every_township_stands_under_a_county_or_a_city_without_counties() -> None:
    names = gazetteer()
    orphans = {code - code % COUNTY for code in names.town_codes} - names.names.keys()
    assert orphans == set()


def test_every_other_name_points_at_a_division_that_there_is() -> None:
    names = gazetteer()
    pointed = {code for meant in names.upper_codes for code in meant}
    assert pointed <= names.names.keys()


def test_every_moved_township_points_at_one_that_there_is() -> None:
    names = gazetteer()
    assert all(names.name(code) for code in names.moved.values())


def test_a_division_is_added_by_a_line_of_the_overrides() -> None:
    assert [row[1] for row in lines("overrides.tsv") if gazetteer().name(number(row[1])) != row[2]] == []


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("330110005", ("浙江省", "杭州市", "余杭区", "五常街道")),
        ("441900119", ("广东省", "东莞市", None, "长安镇")),
        ("429004", ("湖北省", None, "仙桃市", None)),
        ("310000", ("上海市", None, None, None)),
        ("310101", ("上海市", "上海市", "黄浦区", None)),
    ],
)
def test_a_path_has_four_names_or_none_where_there_is_no_such_level(code: str, path: tuple[str | None, ...]) -> None:
    assert gazetteer().path(number(code)) == path


@pytest.mark.parametrize(
    ("code", "expected"), [("33", "province"), ("3301", "city"), ("330110", "county"), ("330110005", "township")]
)
def test_a_code_tells_its_level_and_comes_back_as_it_is_written(code: str, expected: str) -> None:
    assert level(number(code)) == expected
    assert written(number(code)) == code.ljust(6, "0")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("五常街道", ("五常",)),
        ("周巷镇", ("周巷",)),
        ("南京东路街道", ()),
        ("唐镇", ()),
        ("莪山畲族乡", ("莪山畲族", "莪山")),
        ("松山湖", ()),
    ],
)
def test_a_township_is_called_by_what_people_call_it(name: str, short: tuple[str, ...]) -> None:
    assert town_short_names(name) == short


@pytest.mark.parametrize(
    ("name", "expected"), [("余杭区", "餘杭區"), ("台北市", "臺北市"), ("后里区", "后里區"), ("沈阳市", "瀋陽市")]
)
def test_a_name_is_shown_in_traditional_script(name: str, expected: str) -> None:
    assert traditional(name) == expected


def test_every_rule_is_explained_by_its_name() -> None:
    page = (ROOT / "docs/reference/where.md").read_text(encoding="utf-8")
    assert [name for name in RULES if f"`{name}`" not in page] == []
