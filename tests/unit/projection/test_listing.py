"""Questions become conditions, and pages go on from cursors."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projection.listing import ORDERS, Sort, conditions_of, cursor_after, parse_cursor
from services.projection.views.filters import COLUMNS, EQUAL_FILTERS, Filters
from services.projection.views.ticket import UNOPENED, instant_text
from shared.errors import Refused
from tests.unit.projection.builders import MORNING, a_ticket_id

TICKET = UNOPENED | {"ticket_id": a_ticket_id(), "opened_at": instant_text(MORNING), "accept_by": instant_text(MORNING)}


@pytest.mark.parametrize("sort", get_args(Sort))
def test_a_cursor_leads_back_to_its_ticket(sort: Sort) -> None:
    assert parse_cursor(cursor_after(TICKET, sort=sort), sort=sort) == (MORNING, TICKET["ticket_id"])


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(Refused):
        parse_cursor(cursor_after(TICKET, sort="opened_at"), sort="-opened_at")


@given(st.text(max_size=80))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_cursor(text, sort="-opened_at")


def test_every_filter_becomes_a_condition_with_its_value_as_argument() -> None:
    filters = Filters(
        **{name: (f"a {name}",) for name in EQUAL_FILTERS},
        overdue=True,
        q="漏水",
        opened_from=MORNING,
        opened_to=MORNING,
        bound_store="own",
    )

    conditions = conditions_of(filters, now=MORNING, sort="-opened_at")

    assert len(conditions.parts) == len(EQUAL_FILTERS) + 6
    assert {f"a {name}" for name in EQUAL_FILTERS} <= set(map(str, conditions.arguments))
    assert all(f"${number}" in conditions.where() for number in range(1, len(conditions.arguments) + 1))
    assert "漏水" not in conditions.where()


def test_nothing_asked_is_everything() -> None:
    assert conditions_of(Filters(), now=MORNING, sort="-opened_at").where() == ""


def test_every_filter_has_its_column_and_every_order_its_direction() -> None:
    assert set(COLUMNS) == set(EQUAL_FILTERS)
    assert set(ORDERS) == set(get_args(Sort))
