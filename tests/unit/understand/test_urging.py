"""Urging: what presses, what only looks like it, and why."""

import pytest

from services.intake.understand.urging import read_urging
from tests.accuracy import text as accuracy
from tests.accuracy.tables import SETS, rows


@pytest.mark.parametrize(
    "text",
    [
        "催一下，我那个电饭煲的维修单",
        "怎么还没人联系我",
        "第三次打电话了",
        "請儘快處理，謝謝",
        "how far are you with my repair",
        "Any update?",
        "再不处理我直接退货",
        "约的今天上午，现在下午两点了还没见人",
    ],
)
def test_who_presses_for_progress_urges(text: str) -> None:
    assert read_urging(text).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("不用催了，师傅已经到了", "urge.denied"),
        ("我不是来催的，就是补充一张照片", "urge.denied"),
        ("No rush, take your time.", "urge.denied"),
        ("快递小哥一直催我确认收货", "urge.reported"),
        ("之前等了三天没人理，今天终于有人来了，修得不错", "urge.settled"),
        ("不着急，周末之前弄好就行", "urge.calm"),
        ("如果三天内没人联系我，我会再打来", "urge.condition"),
        ("加湿器进度条一直不动", "urge.other_sense"),
        ("退货一般几天能到账？", "urge.general"),
        ("处理得很快，点赞", "urge.praise"),
        ("不好意思，刚才误点了催单按钮", "urge.denied"),
        ("等你们报价，报完再决定修不修", "urge.other_sense"),
        ("Customer was called twice, no answer.", "urge.other_sense"),
        ("我要取消订单，等太久了不想买了", "urge.settled"),
    ],
)
def test_what_only_looks_like_an_urge_is_none_and_the_rule_says_why(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert not urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("修个手机要修到过年吗", "urge.ultimatum"),
        ("昨天说今天，今天说明天", "urge.promise_past"),
        ("The driver said he'd be back in an hour. That was yesterday.", "urge.promise_past"),
        ("你们还记得有我这么个客户吗", "urge.unanswered"),
        ("No technician, no call, no message.", "urge.unanswered"),
        ("If they don't come today I want my money back", "urge.threat"),
        ("来电人表示已等待一周，要求主管回电", "urge.waiting"),
        ("为啥别人的都到了就我的没到", "urge.still"),
    ],
)
def test_who_was_put_off_or_passed_over_presses(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


def test_what_others_said_in_quotation_marks_is_not_ones_own_urge() -> None:
    assert not read_urging("店員說「請儘快來取」，好的").is_urge
    assert read_urging("店员说「三天内一定送到」，今天第五天了还没送").is_urge


def test_the_mail_below_the_answer_is_not_ones_own_urge() -> None:
    below = "\n\n> 怎么还没人处理？\n> 催了三次了"
    assert not read_urging(f"收到，谢谢。{below}").is_urge
    assert read_urging(f"到底什么时候来？{below}").is_urge


def test_a_wish_for_speed_is_an_urge_unless_it_comes_with_a_first_report() -> None:
    assert not read_urging("热水壶漏电，请尽快处理").is_urge
    assert read_urging("请尽快处理").is_urge
    assert read_urging("昨天报修的热水壶漏电，请尽快处理").is_urge


def test_what_presses_after_something_was_settled_still_presses() -> None:
    assert read_urging("水壶修好了，可是退款怎么还没到账").is_urge


@pytest.mark.parametrize("name", SETS)
def test_precision_and_recall_hold_on_both_sets(name: str) -> None:
    counts, _ = accuracy.measured("urging", "urge", lambda text: read_urging(text).is_urge, name)
    assert counts.right_yes / (counts.right_yes + counts.wrong_yes) >= 0.92
    assert counts.right_yes / (counts.right_yes + counts.wrong_no) >= 0.85


def test_full_width_and_capital_letters_change_nothing() -> None:
    for line in rows("urging", "tuned")[::10]:
        wide = line["text"].translate({code: code + 0xFEE0 for code in range(0x41, 0x7B)})
        assert read_urging(line["text"].upper()).is_urge == read_urging(line["text"]).is_urge, line["text"]
        assert read_urging(wide).is_urge == read_urging(line["text"]).is_urge, line["text"]


@pytest.mark.parametrize(
    "text",
    [
        "床板断了一根，请帮我补发，希望快点",
        "沙发收到就是破的，要求立即退款",
        "发错颜色了，请尽快给我换货",
        "刚买的洗衣机第一天就漏水，请尽快安排师傅上门",
        "用了第三天就坏了，赶紧给我处理",
        "我家空调要清洗，能不能早点安排",
        "The lamp I bought two weeks ago is broken. I want a refund immediately.",
        "I received the wrong item, please replace it urgently.",
    ],
)
def test_what_is_asked_for_in_a_first_report_makes_no_earlier_contact_of_it(text: str) -> None:
    assert not read_urging(text).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("等很久才恢复", "urge.other_sense"),
        ("The heater takes ages to warm up, is that normal?", "urge.other_sense"),
        ("Please call me before you come.", "urge.other_sense"),
        ("帮我看看这个订单能不能开发票", "urge.general"),
        ("下单后多久能发货", "urge.general"),
        ("请问退货地址，我想尽快寄回去", "urge.denied"),
        ("抱歉之前一直催你们，问题已经解决", "urge.settled"),
    ],
)
def test_words_of_haste_about_something_else_are_no_urge(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert not urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("至今未收到退款", "urge.still"),
        ("不是说24小时内回电吗？", "urge.promise_past"),
        ("说好今天上午来，现在都下午四点了", "urge.promise_past"),
        ("前天说今天来，今天又说明天来", "urge.promise_past"),
        ("安装师傅失约了", "urge.unanswered"),
        ("客服一直说在处理，处理了十天", "urge.waiting"),
        ("快递一周都没动了", "urge.waiting"),
        ("烦请跟进", "urge.progress"),
        ("I was promised a callback within 24 hours, that was Tuesday.", "urge.waiting"),
    ],
)
def test_a_broken_promise_or_a_matter_that_stands_still_presses(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    "text",
    [
        "书桌抽屉拉不出来，望尽快上门处理",
        "燃气热水器有煤气味，害怕，赶紧来人检查",
        "电视遥控器丢了，想再买一个，尽快发货",
    ],
)
def test_who_names_the_product_and_asks_for_speed_reports_for_the_first_time(text: str) -> None:
    urging = read_urging(text)
    assert not urging.is_urge
    assert "urge.names_its_matter" in urging.rules


def test_the_product_named_where_speed_is_asked_for_makes_no_report_of_it() -> None:
    assert read_urging("快点修我的空调").is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("上次說會回電也沒有", "urge.promise_past"),
        ("今天周五了，周一报的", "urge.promise_past"),
        ("能不能给个痛快话", "urge.waiting"),
        ("你们说派人了，人在哪", "urge.unanswered"),
        ("再帮我看下，还是没有收到", "urge.still"),
        ("Do you even read these messages?", "urge.unanswered"),
    ],
)
def test_what_was_said_and_did_not_happen_presses(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    "text",
    [
        "烤箱要等半个小时才烤好",
        "电视开机要等很久",
        "饮水机等了一上午还不出热水",
        "除湿机一直显示还要等五分钟",
        "灶台打了四次火都打不着",
        "The washing machine takes two hours and still isn't finished",
        "I waited an hour and the kettle is still cold",
    ],
)
def test_a_product_that_is_slow_presses_nobody(text: str) -> None:
    assert not read_urging(text).is_urge


@pytest.mark.parametrize(
    "text",
    [
        "烤箱报修了，等了半天",
        "电视等了三天了",
        "饮水机一直没来修",
        "我的衣柜等了好久",
        "空调都五天了",
        "I have been waiting for my dishwasher for ages",
    ],
)
def test_who_waits_for_the_house_presses_also_where_the_product_is_named(text: str) -> None:
    assert read_urging(text).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("货总算到了，等了半个月", "urge.settled"),
        ("算了，不等了，把钱退我吧", "urge.settled"),
        ("拖了一周，我已经请别人装好了", "urge.settled"),
        ("前几天催得太急，不好意思", "urge.denied"),
        ("催倒是不催，想问问能不能开发票", "urge.denied"),
        ("我在家等着呢，师傅随时上门都行", "urge.other_sense"),
        ("I'm waiting here, whenever you are ready", "urge.other_sense"),
        ("还没拆封就发现箱子破了", "urge.other_sense"),
    ],
)
def test_what_is_over_given_up_or_taken_back_presses_no_more(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert not urging.is_urge
    assert rule in urging.rules


def test_waiting_of_another_thing_than_what_came_still_presses() -> None:
    assert read_urging("沙发送到了，可是等了三天没人来装").is_urge
    assert read_urging("柜子收到了，退款等了一周").is_urge


def test_what_was_reposted_is_not_ones_own_urge() -> None:
    assert not read_urging("转发微博：报修一个月没人理").is_urge
    assert read_urging("请转发领导：报修一个月没人理").is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("慢死了", "urge.slowness"),
        ("时效呢？", "urge.slowness"),
        ("第七天了", "urge.slowness"),
        ("三天了", "urge.slowness"),
        ("都六点了", "urge.slowness"),
        ("一点消息都没有", "urge.slowness"),
        ("又改约了", "urge.slowness"),
        ("候复", "urge.hurry"),
        ("还有后续吗", "urge.progress"),
        ("排到几号了", "urge.progress"),
        ("麻烦跟一下", "urge.progress"),
        ("谁在处理我的事", "urge.progress"),
        ("货今天还送吗", "urge.progress"),
        ("麻烦查一下师傅的排班", "urge.progress"),
        ("换了三个人，我找谁", "urge.unanswered"),
        ("再耗下去就退货", "urge.ultimatum"),
        ("承诺的两天早过了", "urge.promise_past"),
        ("说给我寄的配件呢", "urge.promise_past"),
        ("You told me the plumber would come yesterday", "urge.promise_past"),
        ("The visit was due last Friday", "urge.promise_past"),
        ("It was planned for Monday. Now it's Wednesday.", "urge.promise_past"),
        ("Where do we stand on this?", "urge.progress"),
    ],
)
def test_bare_slowness_counted_days_and_questions_of_progress_press(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize("text", ["仲未有人嚟呀", "唔該快手啲", "幾耐先有師傅嚟", "整好未呀", "點解冇人理我"])
def test_cantonese_is_read_in_the_words_of_the_written_standard(text: str) -> None:
    assert read_urging(text).is_urge


@pytest.mark.parametrize("text", ["不用催？不催你们会来吗", "我没催已经够客气了，一周了", "我能不急吗"])
def test_a_denial_that_is_rhetorical_presses(text: str) -> None:
    assert read_urging(text).is_urge


@pytest.mark.parametrize(
    "text",
    [
        "水龙头出水太慢了",
        "灯用了第三次了",
        "今天报修，后天能来吗",
        "今天刚下单，什么时候能送到",
        "加急吗？要多少钱",
        "第二次从沙发上掉下来",
    ],
)
def test_slowness_and_counting_of_other_things_press_nobody(text: str) -> None:
    assert not read_urging(text).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("客服答应昨天给我换的", "urge.promise_past"),
        ("热线一直占线", "urge.unanswered"),
        ("安装工联系不上", "urge.unanswered"),
        ("物流好几天没更新", "urge.still"),
        ("上门时间一推再推", "urge.waiting"),
        ("求你们快点", "urge.hurry_up"),
        ("明天会不会来", "urge.when"),
        ("I was wondering if there is any update", "urge.progress"),
    ],
)
def test_promises_deaf_lines_and_matters_that_do_not_move_press(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    "text",
    [
        "没关系，我可以再等几天",
        "那我等着就好",
        "请问换货要多久",
        "麻烦尽快处理一下，台灯不亮",
        "还没安装，先咨询一下用法",
        "洗碗机进水要等好半天",
    ],
)
def test_patience_and_general_questions_press_nobody(text: str) -> None:
    assert not read_urging(text).is_urge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("GD-261122-000042怎么样了", "urge.progress"),
        ("订单20261122000013怎么样了", "urge.progress"),
        ("不能再等了", "urge.waiting"),
        ("我没有耐心再等", "urge.waiting"),
        ("I don't want to wait any longer", "urge.waiting"),
        ("We can't wait forever", "urge.waiting"),
        ("I won't wait any longer", "urge.waiting"),
        ("If nobody comes tomorrow I'm cancelling the order", "urge.threat"),
        ("上次催了三遍才来，这次又没人来", "urge.unanswered"),
    ],
)
def test_numbers_asked_after_and_the_end_of_patience_press(text: str, rule: str) -> None:
    urging = read_urging(text)
    assert urging.is_urge
    assert rule in urging.rules


@pytest.mark.parametrize(
    "text",
    [
        "X200怎么样",
        "上次催了三遍才来，这次挺快，谢谢",
        "退款多久到账，有规定吗",
        "你们规定几天到账",
        "If you can't repair it, can I get a refund?",
        "If it isn't suitable any more, could I get a refund?",
        "收到。\n\n---- 回复的原邮件 ----\n怎么还没来人，催了三次了",
    ],
)
def test_what_is_past_a_rule_or_a_polite_condition_presses_nobody(text: str) -> None:
    assert not read_urging(text).is_urge


@pytest.mark.parametrize(
    "text",
    [
        "发自我的iPhone\n怎么还没来人，催了三次了",
        "From: a@b.example\nSubject: x\n\n怎么还没来人，催了三次了",
        "@海尔客服怎么还没来人？",
        "时间：今天下午\n怎么还没来人",
    ],
)
def test_signatures_heads_and_mentions_hide_no_urge(text: str) -> None:
    assert read_urging(text).is_urge
