"""Who is calling: what the screen of whoever takes the call shows."""

from typing import Any, Final

from services.intake.understand.ticket_number import TicketNumber

MATCHES_MAX: Final = 20
ORDERS_MAX: Final = 50
TICKETS_MAX: Final = 50
CONTACTS_MAX: Final = 20

CUSTOMERS: Final = """
    SELECT c.customer_id, c.name, c.phones, c.email, c.language
    FROM customer_phones p JOIN customers c ON c.customer_id = p.customer_id
    WHERE p.phone = $1 ORDER BY c.customer_id LIMIT $2
"""
ORDERS: Final = """
    SELECT order_id, customer_id, store_id, ordered_at, skus, warranty_ends_at
    FROM orders WHERE customer_id = $1 ORDER BY ordered_at DESC NULLS LAST, order_id LIMIT $2
"""
PRODUCTS: Final = "SELECT sku, name, category FROM products WHERE sku = ANY ($1::text[]) ORDER BY sku"
OPEN_TICKETS: Final = """
    SELECT ticket_id, day, serial, status, customer_id, opened_at FROM tickets
    WHERE is_open AND (customer_id = $1 OR phone = $2) AND ($4::text IS NULL OR store_id = $4)
    ORDER BY opened_at DESC, ticket_id DESC LIMIT $3
"""
CONTACTS: Final = """
    SELECT c.contact_id, c.channel, c.external_id, c.disposition, c.ticket_id, t.day, t.serial, c.recorded_at, c.excerpt
    FROM contacts c JOIN tickets t ON t.ticket_id = c.ticket_id
    WHERE (c.customer_id = $1 OR c.phone = $2) AND ($4::text IS NULL OR t.store_id = $4)
    ORDER BY c.recorded_at DESC, c.contact_id LIMIT $3
"""


async def caller_screen(
    connection: Any, number: str, *, e164: str | None, store_id: str | None = None
) -> dict[str, Any]:
    """What is known about a number. `customer` only when exactly one matches; nobody is guessed.

    `number` as it came; without `e164` (withheld, or nobody's) there is nothing to look up by but the text itself.
    With `store_id` only tickets of that store and their contacts: whoever stands at its counter is known by name, and
    their orders with their warranties, but not what they told other stores.
    """
    phone = e164 or number
    matches = await connection.fetch(CUSTOMERS, e164, MATCHES_MAX) if e164 else []
    customer = matches[0] if len(matches) == 1 else None
    customer_id = customer["customer_id"] if customer else None
    orders = await connection.fetch(ORDERS, customer_id, ORDERS_MAX) if customer_id else []
    skus = sorted({sku for order in orders for sku in order["skus"]})
    products = await connection.fetch(PRODUCTS, skus) if skus else []
    # A withheld number is nobody's: all who hide theirs would seem to be one caller.
    tickets = await connection.fetch(OPEN_TICKETS, customer_id, phone, TICKETS_MAX, store_id) if e164 else []
    contacts = await connection.fetch(CONTACTS, customer_id, phone, CONTACTS_MAX, store_id) if e164 else []
    return {
        "number": number,
        "e164": e164,
        "customer": dict(customer) if customer else None,
        "matches": [dict(match) for match in matches],
        "orders": [dict(order) for order in orders],
        "products": [dict(product) for product in products],
        "open_tickets": [numbered(ticket) for ticket in tickets],
        "contacts": [numbered(contact) for contact in contacts],
    }


def numbered(row: Any) -> dict[str, Any]:
    """A row with its ticket's number in place of day and serial."""
    document = dict(row)
    document["ticket_number"] = str(TicketNumber(document.pop("day"), document.pop("serial")))
    return document
