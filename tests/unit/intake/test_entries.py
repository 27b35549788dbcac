from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.directory.entries import CustomerEntry, OrderEntry, Place, ProductEntry, read_entry

PLACE = Place("CN", "0571", ZoneInfo("Asia/Shanghai"))


def test_a_customers_phones_become_e164() -> None:
    entry = read_entry(CustomerEntry, {"customer_id": "C-1", "phones": "13800138000; 0571-87654321"}, PLACE)
    assert isinstance(entry, CustomerEntry)
    assert entry.phones == ["+8613800138000", "+8657187654321"]


def test_an_empty_cell_is_not_given() -> None:
    entry = read_entry(CustomerEntry, {"customer_id": "C-1", "name": "", "phones": "", "language": ""}, PLACE)
    assert entry == CustomerEntry(customer_id="C-1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customer_id": "C-1", "phones": "12345"}, "phones"),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "C-1", "language": "fr"}, "language"),
        ({"customer_id": "C-1", "name": "a\x00b"}, "name"),
        ({"customer_id": "C-1", "colour": "red"}, "colour"),
    ],
)
def test_a_line_that_cannot_be_taken_names_its_field(fields: dict[str, Any], field: str) -> None:
    errors = read_entry(CustomerEntry, fields, PLACE)
    assert isinstance(errors, list)
    assert errors[0].field.startswith(field)


def test_a_date_without_offset_is_meant_in_the_chains_own_zone() -> None:
    entry = read_entry(OrderEntry, {"order_id": "O-1", "ordered_at": "2026-11-22", "skus": "A;B"}, PLACE)
    assert isinstance(entry, OrderEntry)
    assert entry.ordered_at == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert entry.skus == ["A", "B"]


def test_a_product_may_be_no_more_than_its_sku() -> None:
    assert read_entry(ProductEntry, {"sku": "A"}, PLACE) == ProductEntry(sku="A")


@pytest.mark.parametrize("ordered_at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01"])
def test_an_instant_beyond_the_calendar_costs_its_own_line_only(ordered_at: str) -> None:
    errors = read_entry(OrderEntry, {"order_id": "O-1", "ordered_at": ordered_at}, PLACE)
    assert isinstance(errors, list)
    assert errors[0].field == "ordered_at"


@pytest.mark.parametrize("name", ["a\x1b[31m", "a\x7f", "a\rb", "a\nb", "a\tb"])
def test_a_name_is_one_line_without_control_characters(name: str) -> None:
    errors = read_entry(CustomerEntry, {"customer_id": "C-1", "name": name}, PLACE)
    assert isinstance(errors, list)
    assert errors[0].field == "name"
