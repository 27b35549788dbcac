"""One text: its numbers with their places, noise, and that nothing makes the reader fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.numbers import find_numbers
from services.intake.understand.phones.forms import plain
from services.intake.understand.quoted import own_words
from services.intake.understand.text import understand
from tests.accuracy import text as accuracy
from tests.accuracy.tables import SETS
from tests.support.examples import examples


@pytest.mark.parametrize(
    "text",
    [
        "GD-261122-000042",
        "gd 261122 000042",
        "ＧＤ－２６１１２２－００００４２",
        "单号GD261122000042的",
        "工单261122-000042",
    ],
)
def test_a_ticket_number_is_found_however_it_is_written(text: str) -> None:
    assert understand(text).written("ticket") == ["GD-261122-000042"]


@pytest.mark.parametrize("text", ["GD-261122-000043", "GD-261322-000042", "XGD-261122-000042", "GD-261122-0000427"])
def test_without_its_check_digit_and_a_day_it_is_no_ticket_number(text: str) -> None:
    assert understand(text).written("ticket") == []


@pytest.mark.parametrize("text", ["DD-241105-0014", "dd241105 0014", "訂單ＤＤ－２４１１０５－００１４"])
def test_an_order_number_is_found_however_it_is_written(text: str) -> None:
    assert understand(text).written("order") == ["DD-241105-0014"]


def test_a_number_of_another_form_is_an_order_only_after_the_word() -> None:
    assert understand("订单号：2024110100012345").written("order") == ["2024110100012345"]
    assert understand("2024110100012345").written("order") == []


@pytest.mark.parametrize(
    "text",
    [
        "快递单号SF1234567890123",
        "運單號YT8801234567890",
        "保修单号20240318001",
        "售后单号A12345678",
        "银行流水单号20240318001122",
        "工单号12345678",
        "提货单号20240318001",
        "单号YT8801234567890",
    ],
)
def test_the_number_of_a_parcel_a_repair_or_a_payment_is_no_order(text: str) -> None:
    assert understand(text).written("order") == []


@pytest.mark.parametrize(
    "text", ["单号20240318001", "我的單號20240318001", "查一下单号：20240318001", "是单号20240318001吗"]
)
def test_the_bare_word_for_a_number_means_an_order(text: str) -> None:
    assert understand(text).written("order") == ["20240318001"]


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("订单20240318001和20240318002", ["20240318001", "20240318002"]),
        ("订单编号:A12345678,A12345679、A12345680", ["A12345678", "A12345679", "A12345680"]),
        ("order no. 20240318001 and 20240318002", ["20240318001", "20240318002"]),
        ("订单20240318001，13800138000", ["20240318001"]),
        ("订单20240318001，20240318", ["20240318001"]),
    ],
)
def test_after_one_word_for_them_all_orders_of_one_shape_are_found(text: str, orders: list[str]) -> None:
    read = understand(text)
    assert read.written("order") == orders
    assert [text[number.start : number.end] for number in read.numbers] == orders


def test_a_product_number_is_found() -> None:
    assert understand("型号kit-012，还有ＢＡＴ　００１").written("product") == ["KIT-012", "BAT-001"]


def test_every_number_has_its_place() -> None:
    text = "单号ＧＤ－261122-000042，订单DD-241105-0014"
    places = [(number.kind, text[number.start : number.end]) for number in find_numbers(plain(text))]
    assert places == [("ticket", "ＧＤ－261122-000042"), ("order", "DD-241105-0014")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (" \n", "noise.empty"),
        ("👍👍。。。", "noise.only_signs"),
        ("[微笑][赞]", "noise.emoticons"),
        ("测试一下", "noise.test"),
        ("asdfghjkl", "noise.keyboard"),
        ("自动回复：我正在休假", "noise.auto_reply"),
        ("Undelivered Mail Returned to Sender", "noise.machine_mail"),
        ("【速贷】低息贷款，秒批，退订回T", "noise.unsubscribe"),
        ("代开发票，加微信fp8888", "noise.advertising"),
        ("【家居馆】双11最后一天，全馆5折起，立即抢购", "noise.advertising"),
        ("【银行】您的验证码是482913，5分钟内有效，请勿泄露", "noise.code"),
        ("Your security code is 334455. Do not share it.", "noise.code"),
        ("【移动】尊敬的客户，您本月流量剩余1.8GB", "noise.notice"),
        ("您好，来信已收到（自动回复）", "noise.auto_reply"),
    ],
)
def test_noise_is_told_by_the_name_of_its_rule(text: str, rule: str) -> None:
    assert understand(text).noise == rule


@pytest.mark.parametrize(
    "text",
    [
        "嗯",
        "1",
        "[图片]",
        "请问能代开发票吗",
        "你们只会自动回复",
        "测试报告什么时候出来",
        "GD-261122-000042",
        "开门验证码是4071，师傅来了按就行",
        "My verification code is 334455, please confirm",
        "【圆通】您的快件已签收，为什么没见到？",
    ],
)
def test_doubtful_is_not_noise(text: str) -> None:
    assert understand(text).noise is None


@pytest.mark.parametrize("name", SETS)
def test_hardly_a_customer_is_taken_for_noise(name: str) -> None:
    counts, _ = accuracy.measured("noise", "noise", lambda text: understand(text).noise is not None, name)
    assert counts.wrong_yes == 0
    assert counts.right_yes / (counts.right_yes + counts.wrong_no) >= 0.9


@pytest.mark.parametrize(
    "below",
    [
        "> 怎么还没来",
        "On Mon, 16 Nov 2026 at 09:12, Anju <a@b.example> wrote:\n> hello",
        "-----Original Message-----\nFrom: A",
        "在 2026年11月18日，王芳 <w@mail.example> 写道：\n怎么还没来",
        "於 2026年11月19日 週四 上午9:12，陳小姐 <c@mail.example> 寫道：\n何時",
        "发件人: 安居家品\n主题: 报修",
        "*发件人:* 安居家品",
        "------------------ 原始邮件 ------------------\n您好",
        "---- 回复的原邮件 ----\n怎么还没来人",
        "-------- 转发的消息 --------\n怎么还没来人",
        "———— 您发来的信件 ————\n怎么还没来人",
        "主题: Re: 维修\n怎么还没来人",
        "Sent: Monday\nTo: us\n怎么还没来人",
        "日期：2026-11-19\n收件人：客服\n怎么还没来人",
        "| 发件人 | 我 |\n| 日期 | 2026 |\n怎么还没来人",
        "| 日期 | 2026 |\n| --- | --- |\n| 发件人 | 我 |\n怎么还没来人",
        "主题: 维修\r\n日期: 2026\r\n\r\n怎么还没来人",
    ],
)
def test_of_an_answered_mail_only_the_answer_is_ones_own(below: str) -> None:
    assert own_words(f"好的，谢谢\n\n{below}").strip() == "好的，谢谢"


@pytest.mark.parametrize(
    "text",
    [
        "你好\n时间：今天下午\n怎么还没来人",
        "你好\n\n时间：今天下午\n怎么还没来人",
        "时间：今天下午\n收件人：王芳\n怎么还没来人",
        "主题：维修\n怎么还没来人",
        "--我没收到消息\n怎么还没来人",
    ],
)
def test_clauses_that_look_like_headers_are_the_writers_own(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    "head",
    [
        "From: a@b.example\nSubject: x\n",
        "发件人: 我\n主题: x\n日期: 2026\n",
        "---- 转发的消息 ----\n发件人: 我\n主题: x\n",
        "2026年11月22日 客服 写道：\n> 您好\n",
        "> 您好\n",
        "发自我的iPhone",
    ],
)
def test_where_nothing_stands_above_a_mails_head_only_the_head_is_left_out(head: str) -> None:
    assert own_words(f"{head}\n怎么还没来人").strip() == "怎么还没来人"


@pytest.mark.parametrize(
    "signature", ["发自我的iPhone", "发自我的华为手机", "發自我的 iPhone", "從我的 iPhone 傳送", "Sent from my iPhone"]
)
def test_a_signature_takes_away_itself_only(signature: str) -> None:
    assert own_words(f"好的\n{signature}\n怎么还没来人") == "好的\n\n怎么还没来人"
    assert own_words(f"{signature}，怎么还没来人") == "，怎么还没来人"


def test_a_mention_hides_no_more_than_the_name() -> None:
    assert own_words("@海尔客服怎么还没来人？") == "□怎么还没来人？"
    assert own_words("@海尔官方旗舰店今天有人来么") == "□今天有人来么"
    assert own_words("谢谢@海尔 到底来不来") == "谢谢□ 到底来不来"
    assert own_words("@安安催一下") == "@安安催一下"


def test_a_repost_and_the_name_of_whom_one_answers_are_not_ones_own() -> None:
    assert own_words("转发微博 //@路人甲:等了半个月") == "转发微博 "
    assert "安居" not in own_words("回复@安居家品官方:收到")


def test_a_text_that_stands_in_quotation_marks_as_a_whole_is_ones_own() -> None:
    assert own_words("「怎么还没人来」") == "「怎么还没人来」"


@given(st.text(max_size=200) | st.text(alphabet='催不急了没人>@\n「」"GD-26112000 13８,。说', max_size=120))
@examples(100)
def test_no_text_makes_the_reader_fail(text: str) -> None:
    read = understand(text, "CN", "0571")
    assert not (read.is_urge and read.noise)


@pytest.mark.parametrize(
    "piece",
    [
        "还没有人来",
        "等了三天",
        "0571-",
        "1 3 8 ",
        "「",
        ">",
        "@a:",
        "have been ",
        "订单",
        " ",
        "-",
        "--\n",
        "时间:\n",
        "|",
    ],
)
def test_a_long_text_of_one_kind_takes_no_longer_than_its_length(piece: str) -> None:
    understand((piece * 65_536)[:65_536])
