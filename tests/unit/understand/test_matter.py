"""The same matter told again, or another one, and the rule that says so."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.matter import SAME_FROM, compare
from services.intake.understand.matter.telling import telling_of
from tests.accuracy import pair as accuracy
from tests.accuracy.tables import SETS, rows
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("厨房龙头漏水，请安排师傅上门", "厨房龙头漏水，请安排师傅上门！！"),
        ("我的电饭煲不加热了", "煮饭的锅按下去没有热度，米还是生的"),
        ("我的电热水壶漏水", "My electric kettle is leaking"),
        ("扫地机器人不会自动回充", "掃地機器人不會自動回充"),
        ("沙发扶手有划痕，要求更换", "沙发换货要等多久"),
        ("门锁打不开", "智能锁指纹没反应，门开不了"),
        ("The fridge does not cool", "Refrigerator is warm inside, food is spoiling"),
        ("My washing machine leaks", "Water is coming out from under the washer"),
        ("GD-261122-000042 洗碗机漏水", "GD-261122-000042请补充：型号KIT-012"),
    ],
)
def test_the_same_matter_told_again(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("洗碗机漏水", "净水器漏水", "pair.other_product"),
        ("马桶堵了", "洗手池堵了", "pair.other_product"),
        ("电饭煲不加热了", "电饭煲漏电", "pair.other_fault"),
        ("订单DD-241105-0014的盘子碎了", "订单DD-241107-0016的盘子碎了", "pair.other_order_number"),
        ("GD-261122-000042怎么还没处理", "GD-261122-000059怎么还没处理", "pair.other_ticket_number"),
        ("电饭煲不加热了", "电饭煲上周修好了，昨天又不加热了", "pair.later_event"),
        ("电饭煲不加热，请派人来修", "电饭煲修好了，谢谢师傅", "pair.closed"),
        ("主卧的吸顶灯不亮了", "次卧的吸顶灯不亮了", "pair.other_unit"),
        ("洗碗机显示E4", "洗碗机显示E2", "pair.other_code"),
        ("洗碗机漏水", "除了洗碗机，烤箱也坏了", "pair.another"),
        ("电饭煲的内胆坏了", "电饭煲的盖子坏了", "pair.other_part"),
        ("冰箱冷藏室结霜", "冰箱冷冻室结霜", "pair.other_part"),
        ("衣柜少了一块背板", "衣柜少了一根挂衣杆", "pair.other_part"),
        ("枕头太高睡着难受", "枕头太低睡着难受", "pair.opposite"),
        ("热水器水温太高", "热水器水温太低", "pair.opposite"),
        ("灶台里面那个火小", "灶台外面那个火小", "pair.opposite"),
        ("床垫偏硬想换软的", "床垫偏软想换硬的", "pair.opposite"),
        ("扫拖机器人只扫不拖", "扫拖机器人只拖不扫", "pair.opposite"),
        ("The upper oven does not heat", "The lower oven does not heat", "pair.opposite"),
        ("65寸电视黑屏", "75寸电视黑屏", "pair.other_unit"),
        ("3月买的那台电风扇坏了", "5月新买的那台电风扇坏了", "pair.other_unit"),
        ("order #4471 missing a cushion", "order #4518 missing a cushion", "pair.other_unit"),
        ("衣柜第一层抽屉卡", "衣柜第三层抽屉卡", "pair.other_unit"),
        ("电视黑屏", "电视换了主板用了半个月又黑屏了", "pair.later_event"),
    ],
)
def test_another_matter_is_told_by_the_rule_that_makes_it_one(one: str, other: str, rule: str) -> None:
    read = compare(one, other)
    assert (read.same, read.rules) == (False, (rule,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("热水器打开水龙头出来的是冷水", "热水器烧不出热水"),
        ("燃气灶打不着火", "燃气灶打不着火，电池换了新的，只听到哒哒的声音"),
        ("电热水器漏电保护一直跳", "电热水器漏电保护开关一直跳，复位以后过两三分钟又跳"),
        ("沙发退货，已经被你们拉走了，钱没退", "沙发的退款进度帮我查一下"),
    ],
)
def test_a_word_with_an_opposite_or_what_was_tried_makes_no_other_matter(one: str, other: str) -> None:
    assert compare(one, other).same


def test_of_which_single_thing_is_broken_the_other_must_know() -> None:
    assert not compare("扫地机器人充不进电", "扫地机器人老撞墙，避障失灵").same
    assert compare("扫地机器人充不进电", "扫地机器人坏了").same


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("毛衣起球", "裤子起球", False),
        ("羊毛衫起球", "毛衣起球了", True),
        ("洗衣机洗毛衣的时候漏水", "烘干机烘毛衣的时候漏水", False),
        ("洗衣机洗羽绒服不脱水", "洗衣机不脱水，衣服都是湿的", True),
    ],
)
def test_what_is_inside_of_a_product_is_one_only_where_no_other_is_named(
    one: str, other: str, *, is_same: bool
) -> None:
    assert compare(one, other).same is is_same


def test_the_words_say_in_both_languages_why() -> None:
    read = compare("我的电饭煲不加热了", "电饭煲一直不热")
    assert read.zh == "同一商品：电饭煲；同一问题：不加热；都说到：热"
    assert read.en == "the same product: rice cooker; the same problem: does not heat; both say: 热"


@pytest.mark.parametrize("name", SETS)
def test_precision_and_recall_hold_on_both_sets(name: str) -> None:
    counts, _ = accuracy.measured(name)
    assert counts.right_yes / (counts.right_yes + counts.wrong_yes) >= 0.9
    assert counts.right_yes / (counts.right_yes + counts.wrong_no) >= 0.6


def test_the_order_of_the_two_makes_no_difference() -> None:
    for line in rows("pair", "tuned")[::4]:
        there, back = compare(line["a"], line["b"]), compare(line["b"], line["a"])
        assert (there.same, there.score) == (back.same, back.score), line


def test_a_text_tells_of_the_same_matter_as_itself() -> None:
    for line in rows("pair", "tuned")[::4]:
        assert compare(line["a"], line["a"]).same, line["a"]


def test_another_order_number_always_makes_another_matter() -> None:
    for line, (ours, theirs) in zip(
        [line for line in rows("pair", "tuned")[::8] if "DD" not in line["a"].upper()],
        itertools.cycle([("DD-251101-0001", "DD-251102-0002"), ("dd2511010001", "ＤＤ－２５１１０２－０００２")]),
        strict=False,
    ):
        assert not compare(f"{line['a']} {ours}", f"{line['a']} {theirs}").same


@given(st.text(max_size=80), st.text(max_size=80))
@examples(60)
def test_no_two_texts_make_it_fail(one: str, other: str) -> None:
    read = compare(one, other)
    assert 0 <= read.score <= 1
    assert read.same == (read.score >= SAME_FROM)


def test_a_word_that_only_begins_like_app_is_no_fault() -> None:
    assert not telling_of("I'd appreciate an appointment").faults
    assert "app" in telling_of("app连不上").faults


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("三号鞋柜裂了", "四号鞋柜裂了", "pair.other_unit"),
        ("六楼的热水器不热", "七楼的热水器不热", "pair.other_unit"),
        ("2号店买的台灯不亮", "6号店买的台灯不亮", "pair.other_unit"),
        ("奶奶家的电视没声音", "我家的电视没声音", "pair.other_unit"),
        ("去年买的风扇不转", "前几天买的风扇不转", "pair.other_unit"),
        ("淘宝买的炒锅生锈", "店里买的炒锅生锈", "pair.other_unit"),
        ("女儿房间的空调漏水", "儿子房间的空调漏水", "pair.other_unit"),
        ("新房的衣柜门掉了", "老房的衣柜门掉了", "pair.other_unit"),
        ("冰柜噪音大", "冰箱噪音大", "pair.other_product"),
        ("壶盖裂了", "壶身裂了", "pair.other_part"),
        ("发错颜色了", "发错尺码了", "pair.other_part"),
        ("想安装浴霸", "想拆掉浴霸", "pair.other_fault"),
        ("积分不对", "优惠券过期了", "pair.other_fault"),
        ("衣柜送到了，谢谢", "衣柜几点送到", "pair.closed"),
    ],
)
def test_of_several_alike_each_says_which_one_it_means(one: str, other: str, rule: str) -> None:
    read = compare(one, other)
    assert (read.same, read.rules) == (False, (rule,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("灯不亮，订单A12345678", "灯不亮，快递单号YT8801234567890"),
        ("灯不亮，订单12345", "灯不亮，快递单号54321"),
        ("订单A123456 没收到货", "A123456 这个单子什么时候到"),
        ("沙发没送到，訂單20240318001", "20240318001怎么还没到"),
    ],
)
def test_a_parcels_number_parts_no_two_and_an_orders_number_is_one_without_the_word_too(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("去年买的风扇不转", "风扇不转了"),
        ("卧室的空调漏水", "儿子房间的空调漏水"),
        ("我家的衣柜门掉了", "新房的衣柜门掉了"),
        ("3号买的台灯不亮", "昨天买的台灯不亮"),
        ("上个月买的风扇不转", "前几天买的风扇不转"),
    ],
)
def test_words_that_may_mean_the_same_one_do_not_part_two_tellings(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("吸尘器充不进电", "吸尘器充了一天还是没电"),
        ("豆浆机不出豆浆", "豆浆机没有豆浆流出来"),
        ("加湿器不喷雾", "加湿器没有水雾出来"),
        ("床垫弹簧响", "床垫一翻身就吱吱响"),
        ("榨汁机卡住了", "料理机卡住转不动"),
        ("冰箱结霜", "冰箱后面冻住了"),
        ("浴巾掉色", "浴巾洗出来一盆红水"),
    ],
)
def test_one_fault_in_other_words_is_one_matter(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("咖啡机没有咖啡流出来", "leak"),
        ("沙发没有异味", "smell"),
        ("灯没有闪", "flicker"),
        ("there is no leak", "leak"),
    ],
)
def test_a_fault_that_is_denied_is_not_told(text: str, fault: str) -> None:
    assert fault not in telling_of(text).faults


@pytest.mark.parametrize(
    ("text", "fault"), [("洗碗机没用几次就漏水", "leak"), ("水止不住往外流", "leak"), ("灯不停地闪", "flicker")]
)
def test_a_denial_of_another_thing_leaves_the_fault(text: str, fault: str) -> None:
    assert fault in telling_of(text).faults


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the right heater makes a noise", "the left heater makes a noise"),
        ("My second parcel is missing a spoon", "My third parcel is missing a spoon"),
        ("机顶盒的开关松了，想换一个", "路由器的开关松了，想换一个"),
    ],
)
def test_tellings_that_differ_in_one_word_alone_are_two(one: str, other: str) -> None:
    assert not compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The chair is broken, bought in May", "The chair is damaged, bought in May"),
        ("空调突然漏水", "空调忽然漏水"),
        ("电视没声音，昨天开始的", "电视没声音，前天开始的"),
        ("my kettel leaks at the base", "my kettle leaks at the base"),
    ],
)
def test_a_word_for_the_same_a_day_or_a_mistyped_one_makes_no_two(one: str, other: str) -> None:
    assert compare(one, other).same
