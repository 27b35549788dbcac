from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.ticket_number import TicketNumber, luhn_digit, read_ticket_number

DAY = date(2026, 11, 22)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
serials = st.integers(1, 10**9)


def test_the_number_of_the_contract_is_the_fourth_of_its_day() -> None:
    assert str(TicketNumber(DAY, 4)) == "GD-261122-000042"


def test_a_serial_beyond_five_digits_grows() -> None:
    assert str(TicketNumber(DAY, 123456)).startswith("GD-261122-123456")


@pytest.mark.parametrize(("digits", "check"), [("7992739871", 3), ("00000", 0), ("00004", 2)])
def test_the_check_digit_is_that_of_luhn(digits: str, check: int) -> None:
    assert luhn_digit(digits) == check


@given(days, serials)
def test_every_number_that_is_made_is_read_back(day: date, serial: int) -> None:
    number = TicketNumber(day, serial)
    assert read_ticket_number(str(number)) == number


@given(days, serials, st.data())
def test_no_single_wrong_digit_is_taken_for_another_ticket_of_its_day(
    day: date, serial: int, data: st.DataObject
) -> None:
    text = str(TicketNumber(day, serial))
    place = data.draw(st.integers(10, len(text) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    assert read_ticket_number(text[:place] + wrong + text[place + 1 :]) is None


@pytest.mark.parametrize("text", [" gd-261122-000042 ", "ＧＤ－２６１１２２－００００４２"])
def test_a_number_is_read_however_it_was_typed(text: str) -> None:
    assert read_ticket_number(text) == TicketNumber(DAY, 4)


@pytest.mark.parametrize(
    "text", ["", "GD", "GD-261122-00042", "GD-261322-000042", "GD-261122-0000042", "GD-261122-000000", "x" * 10_000]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_ticket_number(text) is None


@given(st.text(max_size=60))
def test_reading_a_number_never_fails(text: str) -> None:
    read_ticket_number(text)
