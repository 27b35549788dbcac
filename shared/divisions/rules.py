"""Every rule by which an address is read: its name, how sure an answer by it can be, and what it says.

The confidence of an answer is that of the weakest rule that it needed; so the rule behind a doubt is always one of the
names that stand beside the answer. `docs/reference/where.md` tells each with an example.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `sure` 0…1."""

    sure: float
    zh: str
    en: str


RULES: Final[dict[str, Rule]] = {
    "full_names_agree": Rule(0.98, "全称与上级一致", "a full name, and what was named above agrees"),
    "full_name_alone": Rule(0.92, "全国只有一处这个全称", "the only place in the country of that full name"),
    "short_names_agree": Rule(0.93, "简称与上级一致", "a short name, and what was named above agrees"),
    "short_name_alone": Rule(
        0.7, "全国只有一处这个简称，没有上级佐证", "the only place of that short name, nothing above it named"
    ),
    "wider_place_only": Rule(0.9, "只写到省或市", "only a province or city was named"),
    "town_short_alone": Rule(
        0.6,
        "全国只有一处这个乡镇街道简称，没有上级佐证",
        "the only township of that short name, nothing above it named",
    ),
    "a_building_agrees": Rule(
        0.6,
        "夹在其他文字中，但与楼名中的地名相符",
        "the name stands amid other words, and a building's name agrees",
    ),
    "a_landmark_follows": Rule(
        0.6,
        "简称后接医院、学校、车站或道路，可能只是其名称的一部分",
        "a hospital, school, station or road follows the short name, which may only be a part of what that is called",
    ),
    "an_area_of_any_city": Rule(
        0.6,
        "区县名也是各市通用的词，没有上级佐证",
        "the county's name is also a word for an area of any city, and nothing above it was named",
    ),
    "short_name_of_a_city_alone": Rule(0.74, "只写到市，且只有简称", "only a city was named, and only in short"),
    "short_name_before_other_words": Rule(
        0.7,
        "只有省或直辖市的简称，后接的不是路名门牌",
        "only a province or municipality, in short, and words go on behind it that are no road and no house",
    ),
    "town_named": Rule(0.97, "乡镇街道写全称", "the township by its full name"),
    "town_short": Rule(0.85, "乡镇街道写简称", "the township by a short name, right after what it lies in"),
    "a_village_is_called_so": Rule(
        0.7,
        "所写的是村名，同名街道可能不辖此村",
        "a village is called as the street office in short, and may lie elsewhere in the county",
    ),
    "town_short_in_the_city": Rule(
        0.74,
        "乡镇街道写简称，未写区县，市内仅此一处",
        "the township by a short name that no other in the city has, no county named",
    ),
    "town_short_amid_words": Rule(
        0.65,
        "乡镇街道写简称，未写区县，后接其他文字",
        "the township by a short name, no county named, other words go on behind it",
    ),
    "a_longer_name_begins_so": Rule(
        0.55,
        "区县简称也是市内另一乡镇街道名的开头",
        "the county's short name also begins that of a township elsewhere in the city",
    ),
    "county_before_township": Rule(
        0.8, "区县与他处乡镇街道同名，取区县", "a county and townships elsewhere have that name; the county is meant"
    ),
    "town_kind_changed": Rule(0.82, "乡镇街道名同类别不同", "the township by its name with another word for its kind"),
    "town_in_the_city": Rule(
        0.9, "市内只有一处这个乡镇街道", "the only township of that name in the city; no county was named"
    ),
    "town_settles": Rule(0.9, "同名区县由乡镇街道确定", "counties of one name, settled by the township"),
    "short_names_settle": Rule(
        0.7,
        "同名区县只写简称，由乡镇街道简称确定",
        "counties of one short name, settled by a short name of a township",
    ),
    "town_alone": Rule(
        0.74, "全国只有一处这个乡镇街道，没有上级佐证", "the only township of that name, nothing above it named"
    ),
    "written_in_simplified": Rule(
        0.8,
        "同名两岸都有，简体书写，取大陆的",
        "several of one name; in Simplified script, so not the one in Taiwan, Hong Kong or Macau",
    ),
    "of_taiwan_in_simplified": Rule(
        0.7,
        "港澳台区县，简体书写，没有上级佐证",
        "in Taiwan, Hong Kong or Macau, but in Simplified script, and nothing above it was named",
    ),
    "near_settles": Rule(0.75, "同名由附近确定", "several of one name, settled by what is near"),
    "best_known_of_a_short_name": Rule(
        0.65, "简称取较大的一处", "a short name of several; the one of the higher level is meant"
    ),
    "one_wrong_character_same_sound": Rule(0.78, "一字之差且同音", "one character differs and sounds the same"),
    "one_wrong_character_alike": Rule(0.75, "一字之差且形近", "one character differs and looks alike"),
    "one_wrong_character": Rule(0.6, "一字之差", "one character differs"),
    "misspelt_alone": Rule(
        0.7, "只有这一个地名，且有错字", "that misspelt name is the only one, and nothing bears it out"
    ),
    "former_name": Rule(0.85, "旧称，已更名或撤并", "a former name, renamed or merged since"),
    "former_name_split": Rule(0.6, "旧称，辖区已拆分，取主要部分", "a former name whose area was split; most of it"),
    "former_county_of_the_town": Rule(0.85, "乡镇街道已划归他县区", "the township has come to another county since"),
    "zone": Rule(
        0.7, "开发区，按所在区县", "a development zone, by the county it lies in, or that the statistics count it as"
    ),
    "other_name": Rule(0.88, "别名", "another name in use"),
    "kind_changed": Rule(0.85, "区县名同类别不同", "the county by its name with another word for its kind"),
    "named_after_the_road": Rule(0.85, "地名写在路名之后", "the place stands behind the road"),
    "inside_other_words": Rule(0.45, "地名夹在其他文字中", "the name stands amid other words and may belong to them"),
    "names_of_elsewhere": Rule(0.5, "另有地名与之矛盾", "another name in the address contradicts"),
    "another_place_above": Rule(0.55, "所写上级与区县不符", "what was named above does not hold that county"),
    "foreign_town": Rule(0.5, "所写乡镇街道不在该区县", "the township that was named does not lie in that county"),
    "several_of_one_name": Rule(0.0, "同名多处，无法确定", "several places of one name, nothing settles it"),
    "no_name_known": Rule(0.0, "没有认得的地名", "no name of a known place"),
    "only_a_road_or_building": Rule(
        0.0, "地名只是路名或楼名的一部分", "names of places only as parts of a road's or a building's name"
    ),
}

SURE: Final[dict[str, float]] = {name: rule.sure for name, rule in RULES.items()}
"""How sure an answer by each rule can be."""
