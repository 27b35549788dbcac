"""Reading what spans tickets: a customer's, a store's, a technician's. All of it is queries, never counters."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from services.projection.queries import attributes_of, data_of
from services.projection.tables import of_generation
from services.projection.views.customer import CONTACT_TYPES, Contacted
from services.projection.views.ticket import HELD, Document

CUSTOMER_TICKETS_MAX = 200
CUSTOMERS_MAX = 50
BOARD_TICKETS_MAX = 500
HELD_STATUSES = sorted(HELD)
UNSETTLED_STATUSES = ["open", "queued", *HELD_STATUSES]

OF_CUSTOMER = """
    SELECT l.document FROM {g}.ticket_search s JOIN {g}.ticket_list l USING (ticket_id)
    WHERE s.customer_id = $1 AND ($2::text IS NULL OR l.store_id = $2)
    ORDER BY s.opened_at DESC, s.ticket_id DESC LIMIT $3
"""
IS_CUSTOMER = "SELECT EXISTS (SELECT FROM {g}.ticket_search WHERE customer_id = $1)"
CONTACTS = """
    SELECT * FROM {g}.history WHERE ticket_id = ANY($1) AND type = ANY($2) ORDER BY seen_at, partition, "offset"
"""
BY_PHONE = """
    SELECT DISTINCT ON (s.customer_id) s.customer_id, l.document
    FROM {g}.ticket_search s JOIN {g}.ticket_list l USING (ticket_id)
    WHERE s.phone = $1 AND ($2::text IS NULL OR l.store_id = $2)
    ORDER BY s.customer_id, s.opened_at DESC LIMIT $3
"""
OF_STORE = """
    SELECT document FROM {g}.ticket_list
    WHERE store_id = $1 AND status = ANY($2) ORDER BY opened_at, ticket_id LIMIT $3
"""
OF_TECHNICIAN = """
    SELECT document FROM {g}.ticket_list
    WHERE technician_id = $1 AND status = ANY($2) ORDER BY opened_at, ticket_id LIMIT $3
"""
LOADS = """
    SELECT technician_id, count(*) AS load FROM {g}.ticket_list
    WHERE technician_id = ANY($1) AND status = ANY($2) GROUP BY technician_id
"""


async def tickets_of_customer(
    pool: asyncpg.Pool, generation: int, customer_id: str, *, store_id: str | None
) -> list[Document]:
    """A customer's newest tickets; of one store only, if one is given."""
    return documents(
        await pool.fetch(of_generation(OF_CUSTOMER, generation), customer_id, store_id, CUSTOMER_TICKETS_MAX)
    )


async def is_customer(pool: asyncpg.Pool, generation: int, customer_id: str) -> bool:
    """Whether any ticket names this customer."""
    return bool(await pool.fetchval(of_generation(IS_CUSTOMER, generation), customer_id))


async def contacts_of(pool: asyncpg.Pool, generation: int, tickets: Sequence[Document]) -> list[Contacted]:
    """The contacts that opened or joined these tickets, oldest first."""
    ticket_ids = [ticket["ticket_id"] for ticket in tickets]
    rows = await pool.fetch(of_generation(CONTACTS, generation), ticket_ids, list(CONTACT_TYPES))
    return [Contacted(attributes_of(row), data_of(row), row["seen_at"]) for row in rows]


async def customers_by_phone(
    pool: asyncpg.Pool, generation: int, phone: str, *, store_id: str | None
) -> list[Document]:
    """The newest ticket of each customer who gave this number; `customer_id` is null where nobody matched."""
    return documents(await pool.fetch(of_generation(BY_PHONE, generation), phone, store_id, CUSTOMERS_MAX))


async def tickets_of_store(pool: asyncpg.Pool, generation: int, store_id: str) -> tuple[list[Document], bool]:
    """A store's tickets that are not settled, oldest first, and whether these are all."""
    rows = await pool.fetch(of_generation(OF_STORE, generation), store_id, UNSETTLED_STATUSES, BOARD_TICKETS_MAX + 1)
    return documents(rows[:BOARD_TICKETS_MAX]), len(rows) <= BOARD_TICKETS_MAX


async def tickets_of_technician(pool: asyncpg.Pool, generation: int, technician_id: str) -> list[Document]:
    """What a technician holds, oldest first."""
    return documents(
        await pool.fetch(of_generation(OF_TECHNICIAN, generation), technician_id, HELD_STATUSES, BOARD_TICKETS_MAX)
    )


async def loads(pool: asyncpg.Pool, generation: int, technician_ids: Sequence[str]) -> dict[str, int]:
    """How many tickets each of them holds; those who hold none are left out."""
    rows = await pool.fetch(of_generation(LOADS, generation), list(technician_ids), HELD_STATUSES)
    return {row["technician_id"]: row["load"] for row in rows}


def documents(rows: Sequence[Any]) -> list[Document]:
    """The documents of rows that have one."""
    return [orjson.loads(row["document"]) for row in rows]
