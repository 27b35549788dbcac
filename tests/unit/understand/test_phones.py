"""Phones in the forms that people write, and in running text with their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.phones import find_phones, read_phone
from services.intake.understand.phones.forms import plain
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("text", "e164", "extension"),
    [
        ("一三八零零一三八零零零", "+8613800138000", None),
        ("幺三九一二三四五六七八", "+8613912345678", None),
        ("138OO138OOO", "+8613800138000", None),
        ("手机：138 0013 8000（王女士）", "+8613800138000", None),
        ("0571-87654321 按 2", "+8657187654321", "2"),
        ("0571-87654321(802)", "+8657187654321", "802"),
        ("010-6532-1234-801", "+861065321234", "801"),
        ("13800138000-1234", "+8613800138000", "1234"),
        ("852 9123 4567", "+85291234567", None),
        ("0912-345-678", "+886912345678", None),
        ("(02)2345-6789", "+886223456789", None),
        ("+86 (0)571 8765 4321", "+8657187654321", None),
        ("0571-88888888转分机 12", "+8657188888888", "12"),
        ("010-65321234总机转6021", "+861065321234", "6021"),
        ("0755 26770000 8001", "+8675526770000", "8001"),
        ("+86 021 68881234 - 330", "+862168881234", "330"),
        ("13912345678.0", "+8613912345678", None),
    ],
)
def test_a_number_is_read_in_the_forms_that_people_write(text: str, e164: str, extension: str | None) -> None:
    reading = read_phone(text, "CN")
    assert (reading.e164, reading.extension, reading.is_valid) == (e164, extension, True)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("13800138000/13900139000", ("+8613900139000",)),
        ("0571-87654321/22", ("+8657187654322",)),
        ("13800138000、0571-87654321转802", ("+8657187654321",)),
        ("13800138000 13800138000", ()),
    ],
)
def test_of_several_numbers_in_a_field_the_first_counts_and_the_others_are_named(
    text: str, others: tuple[str, ...]
) -> None:
    assert read_phone(text, "CN").others == others


@pytest.mark.parametrize(
    ("text", "first", "other"),
    [
        ("87654321 13800138000", "+8657187654321", "+8613800138000"),
        ("8765 4321 13800138000", "+8657187654321", "+8613800138000"),
        ("87654321（家）13800138000（手机）", "+8657187654321", "+8613800138000"),
        ("家87654321 单位87654322", "+8657187654321", "+8657187654322"),
        ("0755-26543210-26543211", "+8675526543210", "+8675526543211"),
        ("0571-87654321-13800138000", "+8657187654321", "+8613800138000"),
        ("138 0013 8000 139 0013 9000", "+8613800138000", "+8613900139000"),
    ],
)
def test_of_two_numbers_the_first_is_not_lost_whatever_stands_between_them(text: str, first: str, other: str) -> None:
    reading = read_phone(text, "CN", "0571")
    assert (reading.e164, reading.others, "phone.several" in reading.rules) == (first, (other,), True)


def test_in_a_field_a_local_number_after_the_word_for_another_number_is_no_phone() -> None:
    assert read_phone("订单87654321 电话13800138000", "CN", "0571").e164 == "+8613800138000"


@pytest.mark.parametrize("text", ["1380013", "12345678", "01234567", "1380-0138"])
def test_no_local_number_begins_with_0_or_1(text: str) -> None:
    assert read_phone(text, "CN", "0571").e164 is None


@pytest.mark.parametrize(
    "text", ["110", "114", "10086", "12315", "12345", "95588", "951888", "电话：12315", "+86 95588"]
)
def test_the_short_number_of_a_service_is_none_that_could_be_kept_and_says_so(text: str) -> None:
    reading = read_phone(text, "CN", "0571")
    assert (reading.e164, reading.is_valid, reading.rules[0]) == (None, False, "phone.service_number")
    assert read_phone(text, "HK").rules[0] != "phone.service_number"


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("17951013800138000", "+8613800138000"),
        ("17909 013800138000", "+8613800138000"),
        ("1795113800138000", "+8613800138000"),
        ("179510571-87654321", "+8657187654321"),
    ],
)
def test_what_is_dialled_before_a_number_for_a_cheaper_call_is_no_part_of_it(text: str, e164: str) -> None:
    assert read_phone(text).e164 == e164


@pytest.mark.parametrize("sign", ["\u2060", "\u200b", "\u202a", "\u2068", "\ufeff", "\u00ad"])
def test_what_nobody_sees_breaks_no_number(sign: str) -> None:
    assert read_phone(f"{sign}1{sign}380013{sign}8000{sign}").e164 == "+8613800138000"
    assert [phone.reading.e164 for phone in find_phones(f"请打138{sign}0013{sign}8000")] == ["+8613800138000"]


@pytest.mark.parametrize("area", ["0571", "571"])
@pytest.mark.parametrize(("text", "extension"), [("8765-4321", None), ("87654321-802", "802"), ("87654321转8", "8")])
def test_a_local_number_takes_the_area_of_the_place(text: str, extension: str | None, area: str) -> None:
    reading = read_phone(text, "CN", area)
    assert (reading.e164, reading.extension) == ("+8657187654321", extension)
    assert "phone.area" in reading.rules


@pytest.mark.parametrize("text", ["23800138000", "+86 138 0013 800", "2026-11-22", "330106199001011234", "一三五"])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert read_phone(text, "CN").e164 is None


@pytest.mark.parametrize("text", ["87654321", "8765-4321转802", "６７６５４３２"])
def test_a_landline_of_which_nobody_knows_the_area_says_so(text: str) -> None:
    reading = read_phone(text)
    assert (reading.e164, reading.rules) == (None, ("phone.area_missing",))
    assert read_phone(f"座机：{text}").rules == ("phone.area_missing", "phone.label")


def test_where_there_are_no_area_codes_none_is_missing() -> None:
    assert read_phone("41234567", "HK").rules == ("phone.no_number",)


@pytest.mark.parametrize("text", ["1100", "", "12345678", "2026-11-22", "abc", "138001380001", "1" * 99])
def test_what_can_be_no_number_says_so(text: str) -> None:
    reading = read_phone(text)
    assert (reading.e164, reading.rules) == (None, ("phone.no_number",))


def test_numbers_stand_in_a_text_with_their_place() -> None:
    text = "我电话１３８００１３８０００，座机0571-87654321转802，请回电"
    found = [(text[one.start : one.end], one.reading.e164, one.reading.extension) for one in find_phones(text)]
    assert found == [
        ("１３８００１３８０００", "+8613800138000", None),
        ("0571-87654321转802", "+8657187654321", "802"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "订单号13800138000",
        "运单 13800138000",
        "DD-241101-0001",
        "身份证330106199001011234",
        "13800138000@qq.com",
        "2026-11-22 10:00-18:00",
        "卡号 6222 0213 8001 3800 000",
        "要87654321个",
    ],
)
def test_other_numbers_in_a_text_are_no_phones(text: str) -> None:
    assert find_phones(text, "CN", "0571") == []


def test_eight_digits_in_a_text_are_a_phone_only_after_a_word_for_one() -> None:
    assert [one.reading.e164 for one in find_phones("打87654321找我", "CN", "0571")] == ["+8657187654321"]


@given(st.text(alphabet="０1２3八〇 +-()（）转ext./，OlGD\n电话", max_size=80))
@examples(60)
def test_finding_numbers_never_fails_and_places_hold_what_was_read(text: str) -> None:
    for found in find_phones(text, "CN", "0571"):
        again = read_phone(text[found.start : found.end], "CN", "0571")
        assert again.e164 == found.reading.e164


@given(st.text(max_size=60))
@examples(60)
def test_the_plain_form_keeps_every_place(text: str) -> None:
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("021-68881234/68881235", "+862168881234", "+862168881235"),
        ("(0755)26770000、26770001", "+8675526770000", "+8675526770001"),
        ("010-65321234 65321235", "+861065321234", "+861065321235"),
        ("1391234567813800138000", "+8613912345678", "+8613800138000"),
    ],
)
def test_the_second_number_of_a_field_needs_no_area_code_and_no_sign_before_it(
    text: str, first: str, second: str
) -> None:
    reading = read_phone(text)
    assert (reading.e164, reading.others) == (first, (second,))


def test_an_extension_after_a_blank_is_read_where_the_area_is_given() -> None:
    reading = read_phone("26770000 8001", area="0755")
    assert (reading.e164, reading.extension) == ("+8675526770000", "8001")


def test_a_second_landline_in_a_text_shares_the_area_code_of_the_first() -> None:
    found = find_phones("请打021-68881234或68881235")
    assert [phone.reading.e164 for phone in found] == ["+862168881234", "+862168881235"]


@pytest.mark.parametrize("text", ["密码13912345678", "驗證碼是13912345678"])
def test_a_password_is_no_phone(text: str) -> None:
    assert find_phones(text) == []
