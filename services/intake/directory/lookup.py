"""What the directory knows about the contacts of one batch: one query for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.intake.contact import Arrival, Known, customer_of
from shared.events.intake import Customer, Order, Product

# Four questions rather than one with OR: each goes by its own index, however large the tables are.
FIND: Final = """
    SELECT 'customer' AS kind, p.phone AS key, jsonb_build_object('customer_id', c.customer_id, 'name', c.name,
           'phone', p.phone, 'email', c.email, 'language', c.language) AS found
    FROM customer_phones p JOIN customers c ON c.customer_id = p.customer_id
    WHERE p.phone = ANY ($1::text[]) AND NOT EXISTS (
        SELECT 1 FROM customer_phones other WHERE other.phone = p.phone AND other.customer_id <> p.customer_id)
    UNION ALL
    SELECT 'order', o.order_id, jsonb_build_object('order_id', o.order_id, 'ordered_at', o.ordered_at,
           'store_id', o.store_id, 'skus', o.skus, 'warranty_ends_at', o.warranty_ends_at)
    FROM orders o WHERE o.order_id = ANY ($2::text[])
    UNION ALL
    SELECT 'product', p.sku, jsonb_build_object('sku', p.sku, 'name', p.name, 'category', p.category)
    FROM products p WHERE p.sku = ANY ($3::text[])
    UNION ALL
    SELECT 'product', p.sku, jsonb_build_object('sku', p.sku, 'name', p.name, 'category', p.category)
    FROM orders o JOIN products p ON p.sku = o.skus[1]
    WHERE o.order_id = ANY ($2::text[]) AND cardinality(o.skus) = 1
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The entries of the directory that a batch names. A customer is found by a phone that exactly one of them has."""

    customers: Mapping[str, Customer] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)

    def about(self, arrival: Arrival) -> Known:
        """What is known about one contact. The product is the one it names, else the only one of the order it names."""
        order = self.orders.get(arrival.order_id or "")
        sku = arrival.product_sku or (order.skus[0] if order is not None and len(order.skus) == 1 else "")
        customer = customer_of(arrival, self.customers.get(arrival.phone_e164 or ""))
        return Known(customer=customer, order=order, product=self.products.get(sku))


NOTHING: Final = Found()


async def find(connection: Any, arrivals: Sequence[Arrival]) -> Found:
    """Look up the phones, orders and products of `arrivals`; what is not known is simply absent."""
    phones = {arrival.phone_e164 for arrival in arrivals if arrival.phone_e164}
    orders = {arrival.order_id for arrival in arrivals if arrival.order_id}
    products = {arrival.product_sku for arrival in arrivals if arrival.product_sku}
    if not (phones or orders or products):
        return NOTHING
    rows = await connection.fetch(FIND, list(phones), list(orders), list(products))
    by_kind: dict[str, dict[str, Any]] = {"customer": {}, "order": {}, "product": {}}
    for kind, key, found in rows:
        by_kind[kind][key] = found
    return Found(
        {phone: Customer.model_validate(found) for phone, found in by_kind["customer"].items()},
        {order_id: Order.model_validate(found) for order_id, found in by_kind["order"].items()},
        {sku: Product.model_validate(found) for sku, found in by_kind["product"].items()},
    )
