"""Every county and a sample of townships, written in many ways: whatever is dropped, nothing wrong is given as sure."""

import random
from collections.abc import Iterator

import pytest
from opencc import OpenCC

from shared.divisions import parse
from shared.divisions.codes import CITY, COUNTY, PROVINCE, above, number, width, written
from shared.divisions.compile import gazetteer
from shared.divisions.files import lines
from shared.divisions.short import town_short_names
from tests.accuracy.address import SURE

COUNTIES = [code for code in gazetteer().names if code % CITY and code < 710_000_000]
TOWNSHIPS = random.Random(5).sample(
    [code for code in gazetteer().town_codes if (gazetteer().name(code) or "").endswith(("街道", "镇", "乡"))], 1500
)
TRADITIONAL = OpenCC("s2t")
ROADS = ("文一西路969号3号楼201室", "北京西路20号", "朝阳街6号", "长安大道东方明珠花园5栋2单元", "")
RIGHT_MIN = 0.97
SHORT = {number(row[0]): row[2].split("|")[0] or row[1] for row in lines("divisions.tsv")}
EVERYDAY = """
人民路8号 中山东路88号 一环路北段 二环路 南大街 东大街12号 八一路 五一大道 老街 步行街 火车站对面 高铁站 汽车站 客运中心
人民医院 第一中学 一中 实验小学 中心小学 政府大院 工业园 工业园区 开发区 经济开发区 高新区 万达广场 吾悦广场 碧桂园
恒大名都3栋 万科城市花园 新城吾悦3幢 建材市场 农贸市场 商业街 解放路 文化路 新华书店 中心广场 体育馆 滨江花园
江南水岸 西关 东关 南关 北关 河西 河东 城东 城南 城北 城西新区 新区 新城 老城区 城关 乡下 桥头 大桥头
国际大酒店 环城路 迎宾大道 大学城 南门 北门 顺丰速运 菜鸟驿站 某某小区3号楼2单元501
"""
TAILS = EVERYDAY.split()
SHORT_RIGHT_MIN = 0.97


def spoken(code: int) -> dict[str, str]:
    """The names on the way to a division, each once."""
    names = gazetteer()
    province, city, county = above(code)
    found = {"province": names.names[province]}
    if city in names.names and names.names[city] != names.names[province]:
        found["city"] = names.names[city]
    if county != city:
        found["county"] = names.names[county]
    return found


def ways_to_write(code: int) -> Iterator[tuple[str, str]]:
    way, road = spoken(code), ROADS[code // COUNTY % len(ROADS)]
    town = gazetteer().name(code) or "" if code % COUNTY else ""
    upper = way.get("city", way["province"])
    county = way.get("county", "")
    yield "whole", "".join(way.values()) + town + road
    yield "without the province", upper + county + town + road
    yield "Traditional", TRADITIONAL.convert("".join(way.values()) + town + road)
    yield "backwards", f"{road}，{town}{county}，{upper}"
    yield "with marks", "，".join([*way.values(), town, road])
    yield "with a name and number", f"张三 13800138000 {''.join(way.values())}{town}{road}"
    short = town_short_names(town)
    if short and county:
        yield "the township in short", upper + county + short[-1]


@pytest.mark.parametrize("codes", [COUNTIES, TOWNSHIPS], ids=["counties", "townships"])
def test_every_place_is_found_however_it_is_written(codes: list[int]) -> None:
    counts: dict[str, list[int]] = {}
    for code in codes:
        for way, text in ways_to_write(code):
            right, of = counts.setdefault(way, [0, 0])
            counts[way] = [right + (parse(text).code == written(code)), of + 1]
    assert {way: right / of for way, (right, of) in counts.items() if right / of < RIGHT_MIN} == {}


def test_nothing_wrong_is_sure_even_with_the_parents_left_out() -> None:
    names, wrong = gazetteer(), []
    for code in [*COUNTIES, *TOWNSHIPS]:
        town = names.name(code) or "" if code % COUNTY else ""
        county = spoken(code).get("county", "")
        for text in (county + town, f"{county}{town}北京路8号", spoken(code)["province"] + county + town):
            address = parse(text)
            if address.code is None or address.confidence < SURE:
                continue
            given = number(address.code)
            if not given <= code < given + width(given) and given - given % COUNTY != code - code % COUNTY:
                wrong.append(f"{text} → {address.code}")
    assert wrong == []


def test_a_wrong_character_leads_nowhere_else() -> None:
    draw = random.Random(7)
    characters = "州洲杭京精山三河何城成"
    for code in draw.sample(COUNTIES, 1500):
        upper, county = spoken(code).get("city", spoken(code)["province"]), spoken(code)["county"]
        at = draw.randrange(len(county) - 1)
        text = upper + county[:at] + draw.choice(characters) + county[at + 1 :] + "文化路3号"
        address = parse(text)
        if address.code is not None and address.confidence >= SURE and code % PROVINCE:
            given = number(address.code)
            assert given // CITY == code // CITY or given % PROVINCE == 0, text


def holds(given: str | None, code: int) -> bool:
    """Whether the code given is that county, or one above it."""
    wide = number(given or written(code))
    wide -= wide % COUNTY
    return wide <= code < wide + width(wide)


def test_a_county_s_short_name_behind_that_of_its_city_is_found_whatever_follows() -> None:
    right, of, wrong = 0, 0, []
    for code in COUNTIES:
        city = code - code % CITY
        above = SHORT[city if city in SHORT else code - code % PROVINCE]
        for tail in random.Random(code).sample(TAILS, 3):
            address = parse(f"{above}{SHORT[code]}{tail}")
            right, of = right + ((address.code or "")[:6] == written(code)), of + 1
            if address.confidence >= SURE and not holds(address.code, code):
                wrong.append(f"{above}{SHORT[code]}{tail} → {address.code}")
    assert wrong == []
    assert right / of >= SHORT_RIGHT_MIN


def test_a_city_alone_stays_a_city_whatever_follows() -> None:
    names = gazetteer()
    cities = [code for code in names.names if code % CITY == 0 and code % PROVINCE and code < 710_000_000]
    right, of, wrong = 0, 0, []
    for code in cities:
        wide = code - code % PROVINCE
        wide = wide if SHORT[wide] == SHORT[code] else code
        own = tuple(SHORT[county] for county in COUNTIES if wide <= county < wide + width(wide) and county in SHORT)
        for tail in (one for one in random.Random(code).sample(TAILS, 20) if not one.startswith(own)):
            for text in (names.names[code] + tail, SHORT[code] + tail):
                address = parse(text)
                right, of = right + (address.code == written(code)), of + 1
                if address.confidence >= SURE and not holds(address.code, code):
                    wrong.append(f"{text} → {address.code} {address.rules}")
    assert wrong == []
    assert right / of >= SHORT_RIGHT_MIN
