import orjson

from services.intake.contact import answer_of, customer_of, event_of
from services.intake.directory.lookup import Found
from services.intake.handle import sort_by_key
from services.intake.store import Repeat
from shared.events.intake import Customer, Order, Product, TicketFollowedUp, TicketOpened
from shared.events.registry import decode, encode
from shared.ids import TicketId, uuid7
from tests.unit.intake.builders import an_arrival, recorded

DIRECTORY = Found(
    customers={"+8613800138000": Customer(customer_id="C-1", name="李雷", email="li@example.cn", language="zh-CN")},
    orders={"O-1": Order(order_id="O-1", skus=["CUP-1"]), "O-2": Order(order_id="O-2", skus=["CUP-1", "CUP-2"])},
    products={"CUP-1": Product(sku="CUP-1", category="cup")},
)


def test_the_answer_is_the_same_bytes_for_the_same_stored_contact() -> None:
    arrival = an_arrival()
    stored = recorded(arrival)
    again = recorded(arrival, is_new=False, ticket_id=stored.ticket_id)
    assert answer_of(stored) == answer_of(again)


def test_the_answer_has_the_shape_of_the_contract() -> None:
    other = uuid7()
    stored = recorded(an_arrival(), related_ticket_ids=[other])
    answer = orjson.loads(answer_of(stored))
    assert list(answer) == [
        "contact_id", "disposition", "ticket_id", "ticket_number", "related_ticket_ids", "position",
    ]  # fmt: skip
    assert answer["ticket_number"] == "GD-261122-000042"
    assert answer["related_ticket_ids"] == [str(other)]


def test_an_opened_ticket_carries_every_initial_value() -> None:
    arrival = an_arrival(
        phone="+8613800138000", phone_e164="+8613800138000", order_id="O-1", store_id="hz-wulin", address="文三路",
        urgency="high", details={"clerk": "王芳"},
    )  # fmt: skip
    event = event_of(arrival, DIRECTORY.about(arrival), recorded(arrival))
    assert isinstance(event.data, TicketOpened)
    assert event.data.contact.digest == arrival.digest.hex()
    assert event.data.customer.customer_id == "C-1"
    assert event.data.customer.language == "zh-CN"
    assert event.data.order == DIRECTORY.orders["O-1"]
    assert event.data.product == DIRECTORY.products["CUP-1"]
    assert (event.data.address_text, event.data.urgency, event.data.store_id) == ("文三路", "high", "hz-wulin")
    assert (event.sequence, event.causation_id) == (1, recorded(arrival).contact_id)
    assert decode(event.type, event.version, encode(event.data)) == event.data


def test_a_contact_that_joins_is_a_follow_up_of_the_ticket() -> None:
    arrival = an_arrival()
    ticket_id, opening = TicketId(uuid7()), uuid7()
    stored = recorded(arrival, disposition="follow_up", ticket_id=ticket_id, sequence=3, opening_contact_id=opening)
    event = event_of(arrival, DIRECTORY.about(arrival), stored)
    assert isinstance(event.data, TicketFollowedUp)
    assert (event.subject, event.sequence, event.correlation_id) == (str(ticket_id), 3, opening)


def test_a_product_is_not_guessed_from_an_order_with_several() -> None:
    arrival = an_arrival(order_id="O-2")
    assert DIRECTORY.about(arrival).product is None


def test_unknown_orders_and_products_are_kept_by_name_only() -> None:
    arrival = an_arrival(order_id="O-9", product_sku="X")
    known = DIRECTORY.about(arrival)
    assert (known.order, known.product) == (None, None)
    event = event_of(arrival, known, recorded(arrival))
    assert isinstance(event.data, TicketOpened)
    assert (event.data.order_id, event.data.product_sku) == ("O-9", "X")


def test_what_the_contact_says_comes_before_what_the_directory_knows() -> None:
    found = Customer(customer_id="C-1", name="李雷", email="li@example.cn", language="zh-CN")
    said = customer_of(an_arrival(customer_name="韩梅梅", language="en"), found)
    assert (said.customer_id, said.name, said.email, said.language) == ("C-1", "韩梅梅", "li@example.cn", "en")


def test_a_batch_is_sorted_by_key_and_keeps_the_first_of_doubles() -> None:
    first, double = an_arrival(external_id="b"), an_arrival(external_id="b", digest=b"\x02" * 32)
    batch = [first, an_arrival(external_id="c"), double, an_arrival(channel="phone", external_id="z")]
    firsts, repeats = sort_by_key(batch)
    assert [arrival.key for arrival in firsts] == [("phone", "z"), ("store", "b"), ("store", "c")]
    assert firsts[1] is first
    assert repeats == [Repeat(2, double.digest)]
