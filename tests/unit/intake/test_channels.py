from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.channels.body import canonical
from services.intake.channels.phone import CallEvent, PhoneContact, phone_arrival
from services.intake.channels.store import StoreContact, store_arrival
from services.intake.contact import Arrival
from services.intake.limits import DESCRIPTION_LENGTH_MAX
from services.intake.understand.ticket_number import read_ticket_number
from shared.errors import Refused
from shared.http.body import validate_json
from tests.unit.intake.builders import a_call, a_visit


def visit(**changes: Any) -> StoreContact:
    return validate_json(orjson.dumps(a_visit(**changes)), StoreContact)


def arrive(**changes: Any) -> Arrival:
    return store_arrival(visit(**changes), actor="store:wang", region="CN")


def call(**changes: Any) -> Arrival:
    body = validate_json(orjson.dumps(a_call(**changes)), PhoneContact)
    return phone_arrival(body, actor="agent:li", region="CN")


def refused_fields(**changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        arrive(**changes)
    assert refused.value.status == 422
    return [error.field for error in refused.value.errors]


def test_a_visit_becomes_an_arrival_with_its_number_in_e164() -> None:
    arrival = arrive(order_id="O-1", address="文三路 1 号", urgency="high")
    assert arrival.key == ("store", "visit-1")
    assert arrival.phone == arrival.phone_e164 == "+8613800138000"
    assert (arrival.order_id, arrival.address, arrival.urgency) == ("O-1", "文三路 1 号", "high")
    assert arrival.details == {"clerk": "王芳"}


@pytest.mark.parametrize("phone", ["anonymous", ""])
def test_a_withheld_number_is_kept_as_it_came_and_names_nobody(phone: str) -> None:
    arrival = arrive(customer={"phone": phone})
    assert (arrival.phone, arrival.phone_e164) == (phone, None)
    assert call(caller=phone).phone == phone


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"customer": {"phone": "12345"}}, ["customer.phone"]),
        ({"description": "水" * (DESCRIPTION_LENGTH_MAX + 1)}, ["description"]),
        ({"description": 7}, ["description"]),
        ({"description": ""}, ["description"]),
        ({"description": " \n\u3000"}, ["description"]),
        ({"visit_id": "a\nb"}, ["visit_id"]),
        ({"clerk": "王\x1b芳"}, ["clerk"]),
        ({"customer": {"name": "李\r\n雷"}}, ["customer.name"]),
        ({"descriptoin": "x"}, ["descriptoin"]),
        ({"customer": {"nmae": "x"}}, ["customer.nmae"]),
        ({"customer": None}, ["customer"]),
        ({"visit_id": ""}, ["visit_id"]),
        ({"urgency": "now"}, ["urgency"]),
        ({"description": "a\x00b"}, ["description"]),
        ({"customer": {"email": "nobody"}}, ["customer.email"]),
    ],
)
def test_a_body_that_cannot_be_taken_names_its_field(changes: dict[str, Any], fields: list[str]) -> None:
    assert refused_fields(**changes) == fields


def test_a_description_keeps_its_line_breaks_and_tabs() -> None:
    assert arrive(description="one\r\ntwo\n\tthree").description == "one\r\ntwo\n\tthree"


def test_a_lone_surrogate_names_its_field() -> None:
    body = orjson.dumps(a_visit()).replace("杯子漏水".encode(), b"\\ud83d")
    with pytest.raises(Refused) as refused:
        validate_json(body, StoreContact)
    assert [error.field for error in refused.value.errors] == ["description"]


def test_a_caller_that_cannot_be_a_number_names_its_field() -> None:
    with pytest.raises(Refused) as refused:
        call(caller="12345")
    assert [error.field for error in refused.value.errors] == ["caller"]


def test_a_ticket_number_in_the_body_names_the_ticket() -> None:
    assert arrive(ticket_number="gd-261122-000042").named == read_ticket_number("GD-261122-000042")
    assert call(ticket_number="GD-261122-000042").named == read_ticket_number("GD-261122-000042")
    assert arrive(ticket_number="the one of last week").named is None


def test_a_null_and_an_absent_field_have_one_digest() -> None:
    assert visit(order_id=None).digest() == visit().digest()
    assert visit(order_id="O-1").digest() != visit().digest()


def test_the_order_of_fields_does_not_change_the_digest() -> None:
    body = a_visit()
    turned = dict(reversed(body.items()))
    assert validate_json(orjson.dumps(turned), StoreContact).digest() == visit().digest()


values = st.recursive(
    st.text() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), values, max_size=4))
def test_the_canonical_form_is_that_of_rfc_8785(document: dict[str, Any]) -> None:
    assert canonical(document) == rfc8785.dumps(document)


def test_a_call_event_takes_the_customers_side_as_the_outside_number() -> None:
    event = {"event": "newCall", "call_id": "c", "direction": "in", "from": "13800138000", "to": "802"}
    assert validate_json(orjson.dumps(event), CallEvent).outside_number == "13800138000"
    assert validate_json(orjson.dumps(event | {"direction": "out"}), CallEvent).outside_number == "802"
