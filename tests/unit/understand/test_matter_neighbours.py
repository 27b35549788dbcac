"""For a rule that parts two matters: a pair that it parts, and beside it the nearest pair that must stay one."""

import pytest

from services.intake.understand.matter import compare

PARTED = [
    ("pair.other_figure", ("押金200没退", "押金1500没退"), ("押金200没退", "押金200到现在没退")),
    ("pair.other_figure", ("少了两把椅子", "少了四把椅子"), ("少了两把椅子", "椅子少了2把")),
    ("pair.other_figure", ("等了3天，6把椅子没到", "等了5天，8把椅子没到"), ("等了3天，椅子没到", "等了5天，椅子没到")),
    (
        "pair.other_figure",
        ("请问JD55102什么时候安装", "请问JD55930什么时候安装"),
        ("请问JD55102什么时候装", "JD55102什么时候安装"),
    ),
    ("pair.other_figure", ("约的6月3号送货没来", "约的7月18号送货没来"), ("约的6月3号送货没来", "6月3号约的送货没来")),
    ("pair.undone", ("沙发没收到", "沙发收到了"), ("沙发没收到", "物流说沙发收到了，其实没收到")),
    ("pair.undone", ("退款还没到", "退款已经到了"), ("退款还没到", "退款到了没有")),
    ("pair.undone", ("催一下床垫发货", "床垫到了，包装破了"), ("催一下床垫发货", "床垫怎么还不发货")),
    ("pair.only_asks", ("净水器滤芯漏水", "净水器滤芯多久换一次"), ("净水器滤芯漏水", "净水器滤芯一直漏水怎么办")),
    ("pair.closed", ("热水器没有热水", "热水器有热水了，刚才是停气"), ("热水器没有热水", "热水器还是没有热水")),
    ("pair.closed", ("扫地机连不上网了", "扫地机连上网了，刚才重启了一下就好"), ("扫地机连不上网了", "扫地机连不上网")),
    ("pair.closed", ("沙发掉皮，怎么处理", "沙发坐着挺舒服的，都说好"), ("沙发掉皮，怎么处理", "沙发掉皮掉得厉害")),
    (
        "pair.later_event",
        ("冰箱不制冷", "冰箱师傅来换了压缩机，今天又是常温"),
        ("冰箱不制冷", "冰箱不制冷，请师傅来修，谢谢"),
    ),
    (
        "pair.other_unit",
        ("解放路店的店员态度差", "中山路店的店员态度也很差"),
        ("解放路店的店员态度差", "你们解放路店店员态度真差"),
    ),
    ("pair.other_unit", ("阳台的灯不亮", "地下室的灯不亮"), ("阳台的灯不亮", "阳台那个灯一直不亮")),
    (
        "pair.other_unit",
        ("2022年买的洗衣机不转", "2024年买的洗衣机不转"),
        ("2022年买的洗衣机不转", "洗衣机不转，22年买的"),
    ),
    ("pair.other_product", ("炒锅粘锅", "平底锅粘锅"), ("炒锅粘锅", "锅粘锅")),
    ("pair.other_product", ("台灯不亮了", "落地灯不亮了，灯泡换了也不亮"), ("台灯不亮了", "台灯换了灯泡也不亮")),
    ("pair.another", ("赠品没给", "赠品也没给"), ("赠品没给", "赠品还没给")),
]


@pytest.mark.parametrize(("rule", "two", "one"), PARTED)
def test_a_rule_parts_two_matters_and_leaves_one_whole(rule: str, two: tuple[str, str], one: tuple[str, str]) -> None:
    parted = compare(*two)
    assert (parted.same, parted.rules) == (False, (rule,))
    assert rule not in compare(*one).rules


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("冰箱不制冷了，麻烦派个师傅来看看", "冰厢不治冷了，麻烦派个师付来看看"),
        ("洗衣机漏水，客厅都淹了", "洗依机漏水，客听都淹了"),
        ("请问我的定金什么时候退", "请问我的订金神么时候退"),
    ],
)
def test_what_is_typed_by_ear_is_a_copy(one: str, other: str) -> None:
    assert compare(one, other).rules == ("pair.sounds_alike",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杯子破了", "被子破了"),
        ("灯坏了", "凳坏了"),
        ("床断了", "窗帘断了"),
        ("冰箱不亮了", "冰箱不凉了"),
        ("电线短了一截", "电线断了一截"),
    ],
)
def test_known_words_that_sound_the_same_are_two(one: str, other: str) -> None:
    assert not compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("手环已经充电了一晚上还是开不了机", "手环开不了机"),
        ("热水器已经通电了两小时没热水", "热水器没热水"),
        ("电视现在通电了，没反应", "电视开不了机"),
        ("之前很喜欢这款沙发，结果掉皮了", "沙发掉皮了"),
        ("沙发坐着不是很舒服", "沙发坐着不舒服"),
        ("打了5个电话没人管，沙发掉皮", "打了8个电话没人管，沙发掉皮"),
        ("十二个杯子碎了", "12个杯子碎了"),
        ("多收了1,200元安装费", "多收了1200元安装费"),
        ("在万达店买的冰箱不制冷", "在万达广场店买的冰箱不制冷"),
        ("三楼的灯不亮", "3楼的灯不亮"),
        ("冰箱不制冷，师傅说要换了压缩机才行", "冰箱不制冷，师傅说要换压缩机"),
    ],
)
def test_what_was_tried_what_grows_and_another_spelling_part_nothing(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("合同2024-07那批饮水机少送两台", "合同2024-11那批饮水机少送两台", "pair.other_unit"),
        ("我A20231108号单子的发票没收到", "A20231126这张单子发票也没开", "pair.other_unit"),
        ("请开订单A77120的发票", "麻烦再开一张A77983的发票", "pair.other_order_number"),
        ("体重秤不准，差两公斤", "厨房秤不准，差好多", "pair.other_product"),
        ("冲牙器漏水", "电动牙刷漏水", "pair.other_product"),
        ("电视有亮线，要求更换", "请问电视的保固卡弄丢了要怎么补", "pair.other_fault"),
        ("洗衣机不排水要维修", "来修洗衣机的师傅没开收据，单位要报销", "pair.other_fault"),
        ("窗帘要上门测量尺寸", "窗帘已测量，主卧面料改为浅灰", "pair.later_event"),
    ],
)
def test_other_numbers_goods_papers_and_steps_are_other_matters(one: str, other: str, rule: str) -> None:
    assert compare(one, other).rules == (rule,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("合同2024-07那批饮水机少送两台", "饮水机少送了两台，合同号2024-07"),
        ("请开订单A77120的发票", "麻烦把A77120的发票开一张"),
        ("电子秤不准", "厨房秤称东西不准"),
        ("洗衣机脱水时往前跑", "滚筒洗衣机甩干震动得移位"),
        ("除湿机水箱空的老提示水满", "抽湿机报满水停机，倒掉还是这样，水满灯亮"),
        ("能不能晚几天送床垫", "床垫客户要求延迟配送"),
        ("晾衣架升上去下不来了", "阳台电动晾衣机降不下来"),
    ],
)
def test_in_everyday_words_they_stay_one_matter(one: str, other: str) -> None:
    assert compare(one, other).same


@pytest.mark.parametrize("text", ["", " ", "👍", "。。。"])
def test_where_nothing_is_said_nothing_sounds_alike(text: str) -> None:
    assert not compare(text, text).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("安装师傅没来", "约好今天安装没人来"),
        ("客服电话打不通", "打你们热线一直占线"),
        ("洗碗机洗不干净", "洗碗机洗完碗上面油腻腻的，不干净"),
        ("颜色发错了，我买的是灰色沙发，送来是米色", "沙发送错颜色，订单写的深灰，到手是白色的"),
        ("你们师傅把我家地板划了", "送货的人把我家木地板刮坏了"),
    ],
)
def test_how_a_matter_goes_what_a_product_works_on_and_two_colours_part_nothing(one: str, other: str) -> None:
    assert compare(one, other).same


def test_in_long_texts_a_word_that_both_hold_joins_nothing() -> None:
    one = "我家那台滚筒洗衣机最近洗完衣服上全是白色的絮，过滤器也清过了，漂洗加了两次还是有。"
    other = "滚筒洗衣机今天早上门圈破了个口子，前面湿了一大片，请尽快派人来。"
    assert not compare(one, other).same


@pytest.mark.parametrize("text", ["物流三天没动了", "I still haven't received my package", "沙发收到了，有一处破了"])
def test_thanks_at_the_end_of_a_copy_make_no_other_matter(text: str) -> None:
    assert compare(text, f"{text}，谢谢").same


def test_a_copy_with_thanks_is_no_other_matter_but_news_with_thanks_is() -> None:
    assert compare("师傅刚走，油烟机装好了", "师傅刚走，油烟机装好了，谢谢").same
    assert not compare("油烟机要安装", "油烟机装好了，谢谢").same
