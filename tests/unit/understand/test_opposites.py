"""Of one product, what is too much and what is too little, what it does and what it does not do, are two matters."""

import pytest

from services.intake.understand.matter import compare
from services.intake.understand.matter.concepts import FAULTS, concepts
from services.intake.understand.matter.telling import telling_of

OPPOSITES = [
    ("电视没声音", "电视声音太大关不小"),
    ("电视没声音", "电视噪音大"),
    ("电视没有声音了", "电视声音太吵"),
    ("音箱声音太小", "音箱声音太大"),
    ("TV has no sound", "TV is too loud"),
    ("电视黑屏", "电视花屏"),
    ("电视没画面", "电视屏幕有条纹"),
    ("电视有声音没画面", "电视有画面没声音"),
    ("洗衣机不进水", "洗衣机进水"),
    ("洗衣机不进水", "洗衣机进水不停"),
    ("马桶不上水", "马桶一直上水"),
    ("洗衣机不进水", "洗衣机漏水"),
    ("洗碗机不进水", "洗碗机不排水"),
    ("洗衣机不排水", "洗衣机一直排水"),
    ("洗衣机不排水", "洗衣机不脱水"),
    ("洗衣机不脱水", "洗衣机不进水"),
    ("洗衣机甩不干", "洗衣机不排水"),
    ("洗衣机脱不了水", "洗衣机脱水声音大"),
    ("洗衣机不转", "洗衣机转个不停"),
    ("马桶不冲水", "马桶一直冲水"),
    ("马桶堵了", "马桶漏水"),
    ("水龙头不出水", "水龙头关不严滴水"),
    ("水龙头水太小", "水龙头水太大"),
    ("花洒水压太低", "花洒水压太高"),
    ("空调不制冷", "空调太冷"),
    ("空调不制冷", "空调不制热"),
    ("空调不出风", "空调风太大"),
    ("空调滴水", "空调不滴水了但是不冷"),
    ("冰箱不制冷", "冰箱太冷菜都冻坏了"),
    ("冰箱不制冷", "冰箱结冰"),
    ("热水器水不热", "热水器水温太高"),
    ("热水器不出热水", "热水器水太烫"),
    ("取暖器不热", "取暖器过热烫手"),
    ("电饭煲不加热", "电饭煲糊底"),
    ("烤箱温度上不去", "烤箱温度太高"),
    ("燃气灶打不着火", "燃气灶火太大"),
    ("燃气灶火太小", "燃气灶火太大"),
    ("燃气灶打不着火", "燃气灶关不了火"),
    ("台灯太亮", "台灯太暗"),
    ("台灯不亮", "台灯太亮刺眼"),
    ("台灯不亮", "台灯关不掉"),
    ("电视开不了机", "电视关不了机"),
    ("电热水壶不会自动断电", "电热水壶烧一半自动断电"),
    ("电风扇不转", "电风扇转得太快"),
    ("电风扇转得太慢", "电风扇转得太快"),
    ("吸尘器吸力小", "吸尘器吸力太大推不动"),
    ("加湿器不出雾", "加湿器雾太大"),
    ("烘干机烘不干", "烘干机烘得太干缩水"),
    ("柜门打不开", "柜门关不上"),
    ("门锁打不开", "门锁锁不上"),
    ("升降桌升不上去", "升降桌降不下来"),
    ("床垫太硬", "床垫太软"),
    ("手机充不进电", "手机充电发烫"),
    ("洗衣机排不了水", "洗衣机不进水"),
    ("空调吹不出冷风", "空调冷得受不了"),
    ("洗衣机能脱水不能进水", "洗衣机能进水不能脱水"),
]
IN_OTHER_WORDS = [
    ("洗衣机漏水", "洗衣机一直漏水，地上都是水"),
    ("电视没声音", "电视不出声"),
    ("电视没声音", "电视听不到声音"),
    ("空调声音大", "空调噪音大"),
    ("燃气灶打不着火", "灶具点不着火"),
    ("洗衣机不脱水", "洗衣机甩不干"),
    ("洗衣机不脱水", "洗衣机衣服脱不了水"),
    ("洗衣机不进水", "洗衣机进不了水"),
    ("洗衣机不排水", "洗衣机水排不出去"),
    ("电视黑屏", "电视没画面"),
    ("电视花屏", "电视屏幕花了"),
    ("空调不制冷", "空调吹出来的是热风"),
    ("冰箱太冷", "冰箱里的菜都冻坏了"),
    ("热水器水太烫", "热水器水温太高"),
    ("台灯太亮", "台灯亮得刺眼"),
    ("马桶一直上水", "马桶进水停不下来"),
    ("升降桌不会升降", "升降桌降不下来"),
    ("空调漏水", "空调还在漏水，没好"),
    ("空调漏水", "空调一直不停地滴水"),
]


@pytest.mark.parametrize(("one", "other"), OPPOSITES)
def test_an_opposite_is_another_matter(one: str, other: str) -> None:
    assert not compare(one, other).same


@pytest.mark.parametrize(("one", "other"), IN_OTHER_WORDS)
def test_the_same_in_other_words_is_the_same_matter(one: str, other: str) -> None:
    assert compare(one, other).same


DENIED = {
    "leak": ("不漏水", "没有滴水", "不怎么漏"),
    "frost": ("没结冰", "不结霜"),
    "noise": ("不响了", "没声音", "不吵", "噪音不大"),
    "smoke": ("不冒烟",),
    "smell": ("没有异味", "不臭了"),
    "flicker": ("不闪了",),
    "fogged": ("不进水", "没进水"),
    "snap": ("没断", "不断漏水"),
    "loose": ("不松", "没有松动", "不晃"),
    "detach": ("没有脱落", "关不掉了", "不往下掉"),
    "coating": ("不掉漆", "没有掉皮"),
    "fade": ("不掉色", "没褪色"),
    "shed": ("不掉毛", "不起球"),
    "deform": ("没变形",),
    "collapse": ("不塌", "没有塌陷"),
    "no_drain": ("没堵", "没有积水"),
    "trip": ("不跳闸了",),
    "shock": ("不漏电", "没有电", "有电流声"),
    "air_leak": ("不漏气",),
    "error_code": ("不报警了", "没报错"),
    "grow_hot": ("不发烫", "不太烫", "不过热水漫出来"),
    "too_cold": ("不太冷",),
    "too_bright": ("不太亮",),
    "no_display": ("不黑屏了",),
    "no_spin_dry": ("能脱水不能进水",),
    "keeps_running": ("一直转不动",),
}


@pytest.mark.parametrize(("fault", "said"), [(fault, said) for fault, texts in DENIED.items() for said in texts])
def test_to_deny_a_fault_is_not_to_tell_of_it(fault: str, said: str) -> None:
    assert fault not in telling_of(f"洗衣机{said}").faults


def test_only_what_is_there_can_be_denied() -> None:
    """A fault that is a denial itself (不热, 没电) would be hidden by its own words."""
    assert not [concept.name for concept in concepts(FAULTS) if concept.is_seen and concept.name.startswith("no_")]


@pytest.mark.parametrize(
    ("said", "told_before"),
    [
        ("洗衣机不漏水了，谢谢", "洗衣机漏水"),
        ("空调不漏水了", "空调漏水"),
        ("冰箱不响了，谢谢师傅", "冰箱声音很响"),
        ("冰箱没有异味了，谢谢", "冰箱有异味"),
        ("床垫不塌了，谢谢", "床垫塌了"),
        ("电视不黑屏了", "电视黑屏"),
        ("The kettle no longer leaks, thank you", "The kettle leaks"),
    ],
)
def test_what_has_stopped_is_closed(said: str, told_before: str) -> None:
    assert compare(said, told_before).rules == ("pair.closed",)


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        ("上周修的洗衣机又漏水了", "修、换、装过以后", "after a repair or other work"),
        ("洗衣机又漏水了", "又", "again"),
        ("洗衣机好了两天又漏水", "又", "again"),
        ("你们换的洗衣机又漏水", "换来补来的", "the replacement"),
    ],
)
def test_a_later_event_is_called_what_it_is(said: str, zh: str, en: str) -> None:
    read = compare(said, "洗衣机漏水")
    assert (read.rules, read.zh, read.en) == (
        ("pair.later_event",),
        f"一方说的是之后发生的事：{zh}",
        f"one tells of a later event: {en}",
    )
