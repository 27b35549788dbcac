"""Urging: for a form the text that it is for, and beside it the nearest text that must not press."""

import pytest

from services.intake.understand.urging import read_urging

NEIGHBOURS = [
    ("urge.promise_past", "你们说的尽快到底是多久", "你们的马上优惠什么时候开始"),
    ("urge.promise_past", "说三天说了三十天", "说三天到，两天就到了"),
    ("urge.still", "怎么还在“待派单”", "遥控器怎么配对“客厅”"),
    ("urge.still", "状态两天没变过了", "牛奶放两天没变质"),
    ("urge.still", "客诉案件迟未结案", "我还没结婚，先看看单人床"),
    ("urge.still", "到货通知一直没有", "验证码短信一直没有"),
    ("urge.waiting", "这一拿拿了十天", "这一款走的是哪家物流"),
    ("urge.waiting", "订了三个星期啦", "修好三天又坏了"),
    ("urge.unanswered", "能不能找个能做主的人来跟我说", "想找个负责的师傅来装"),
    ("urge.unanswered", "Did my case get forgotten?", "I have forgotten my password."),
    ("urge.unanswered", "Is anyone actually going to turn up?", "Is anyone of my size going to fit in it?"),
    ("urge.ultimatum", "你们不急我急啊", "我不急，你们慢慢来"),
    ("urge.progress", "还有多少单排在我前面", "店门口前面几户是什么店"),
    ("urge.progress", "帮我查一下补发的配件物流", "帮我看一下这个包裹的物流费"),
    ("urge.progress", "我張單而家去到邊？", "去到边学边做"),
    ("urge.progress", "I want to know how my complaint is progressing", "how my sofa is going to fit through the door"),
    ("urge.how_long", "这个月能装上吗，定金都交了", "这个月能装吗"),
    ("urge.hurry_up", "可唔可以快啲呀", "有没有快一点的吹风机"),
    ("urge.hurry_up", "麻烦加快一下，老人家等着床睡", "麻烦尽快，床塌了"),
    ("urge.again", "I have been chasing you for weeks", "My wife has been chasing me to buy a new mattress"),
    ("urge.waiting", "空调都五天了", "马桶一直流水，都三天了"),
    ("urge.hurry", "请快点", "快点餐"),
    ("urge.hurry", "加快一下处理", "空调能加快一下制冷吗"),
    ("urge.waiting", "安装还没有人来，等了三天了", "安装说明还没提供，柜子怎么装"),
    ("urge.word", "没人催的话你们是不是就不修了", "没人催你们，慢慢来"),
    ("urge.word", "不催你们就不修", "不催你们，慢慢修"),
    ("urge.word", "崔一下我的单子", "崔师傅装得不错"),
    ("urge.word", "再帮我催一下", "用户询问能否开专票，无催促"),
    ("urge.word", "客服说催了也没用，我再催一次", "客服说别催，催了也没用，那我就等通知吧"),
    ("urge.unanswered", "我是不是被你们忘了呀", "我把密码忘了"),
    ("urge.waiting", "货在你们仓库躺了八天了", "病人在床上躺了八天"),
    ("urge.waiting", "都过了约的时间了", "约的时间可以改到周六吗"),
    ("urge.ultimatum", "还能不能修了", "下单以后还能不能改收货地址"),
    ("urge.still", "半个月了，还是那句“正在处理”", "说明书上就一句“请勿拆卸”"),
]


@pytest.mark.parametrize(("rule", "urge", "neighbour"), NEIGHBOURS)
def test_a_form_meets_its_text_and_leaves_the_neighbour_alone(rule: str, urge: str, neighbour: str) -> None:
    urging = read_urging(urge)
    assert urging.is_urge
    assert rule in urging.rules
    assert not read_urging(neighbour).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("顾客首次报修：冰箱冷藏室结冰，要求尽快上门", "urge.report"),
        ("你们支持加急配送吗，要加多少钱", "urge.general"),
        ("修好了，就是等得有点久", "urge.settled"),
        ("I've been waiting for a sale on this sofa, is it on now?", "urge.other_sense"),
    ],
)
def test_a_first_call_an_offer_a_thing_done_and_a_sale_are_no_urge(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert not urging.is_urge
    assert rule in urging.rules


def test_a_mail_below_its_label_is_another_s() -> None:
    own = "同意补偿200元的方案。\n\n--------\n"
    assert not read_urging(f"{own}原邮件：到底什么时候给我处理？").is_urge
    assert read_urging("邮件里说了，到底什么时候给我处理？").is_urge


def test_who_was_served_before_the_writer_settles_nothing() -> None:
    assert read_urging("麻烦看看单子是不是漏了，别人比我晚报的都修好了").is_urge


def test_a_number_of_days_before_a_visit_is_no_time_that_has_passed() -> None:
    assert not read_urging("请问预约上门测量要提前几天。").is_urge
    assert read_urging("预约上门测量都三天了。").is_urge
