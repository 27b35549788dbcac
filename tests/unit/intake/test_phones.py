import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.phones import is_withheld, read_phone


@pytest.mark.parametrize(
    ("text", "e164", "kind"),
    [
        ("13800138000", "+8613800138000", "mobile"),
        ("138 0013 8000", "+8613800138000", "mobile"),
        ("+86-138-0013-8000", "+8613800138000", "mobile"),
        ("008613800138000", "+8613800138000", "mobile"),
        ("１３８００１３８０００", "+8613800138000", "mobile"),
        ("0571-87654321", "+8657187654321", "fixed"),
        ("(0571) 87654321", "+8657187654321", "fixed"),
        ("400-800-8200", "+864008008200", "other"),
        ("+886 2 2345 6789", "+886223456789", "fixed"),
    ],
)
def test_a_number_becomes_e164(text: str, e164: str, kind: str) -> None:
    reading = read_phone(text, "CN")
    assert (reading.e164, reading.kind, reading.is_valid) == (e164, kind, True)


@pytest.mark.parametrize(
    "text", ["0571-87654321转802", "０５７１－８７６５４３２１轉８０２", "0571-87654321 分机802", "0571-87654321-802"]
)
def test_an_extension_is_read_in_chinese_too(text: str) -> None:
    reading = read_phone(text, "CN")
    assert (reading.e164, reading.extension) == ("+8657187654321", "802")


def test_a_bare_local_number_needs_an_area_code() -> None:
    assert read_phone("87654321", "CN").e164 is None
    assert read_phone("87654321", "CN", "0571").e164 == "+8657187654321"


def test_a_new_range_of_mobile_numbers_is_taken_though_not_known_as_valid() -> None:
    reading = read_phone("12345678901", "CN")
    assert (reading.e164, reading.is_valid) == ("+8612345678901", False)


@pytest.mark.parametrize("text", ["", "12345", "110", "abc", "138001380001", "1-800-FLOWERS", "00000000000", "1" * 99])
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    assert read_phone(text, "CN").e164 is None


@pytest.mark.parametrize("text", ["", " ", "anonymous", "Anonymous"])
def test_a_withheld_number_is_known_as_such(text: str) -> None:
    assert is_withheld(text)


@given(st.text(max_size=70))
def test_reading_a_number_never_fails(text: str) -> None:
    read_phone(text, "CN", "0571")
