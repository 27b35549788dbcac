"""The directory on a real database: found by index, however large it has become."""

import asyncpg

from services.intake.directory.lookup import FIND, find
from services.intake.main import open_recording_pool
from tests.support.databases import FreshDatabases
from tests.unit.intake.builders import an_arrival

FILL = """
    INSERT INTO products (sku, name, category) SELECT 'P-' || n, 'cup', 'cup' FROM generate_series(1, 20000) n;
    INSERT INTO orders (order_id, customer_id, skus) SELECT 'O-' || n, 'C-' || n, ARRAY['P-' || n]
        FROM generate_series(1, 20000) n;
    INSERT INTO customers (customer_id, phones) SELECT 'C-' || n, ARRAY['+86' || n] FROM generate_series(1, 20000) n;
    INSERT INTO customer_phones SELECT '+86' || n, 'C-' || n FROM generate_series(1, 20000) n;
    ANALYZE products, orders, customers, customer_phones
"""


async def test_a_large_directory_is_never_read_whole_for_a_contact(pool: asyncpg.Pool) -> None:
    await pool.execute(FILL)
    phones, orders, skus = ["+867", "+868"], ["O-7", "O-8"], ["P-9"]
    plan = await pool.fetch(f"EXPLAIN {FIND}", phones, orders, skus)
    lines = [row[0] for row in plan]
    assert not [line for line in lines if "Seq Scan" in line], "\n".join(lines)


async def test_the_recorders_plans_go_by_index_though_they_were_made_when_the_directory_was_small(
    fresh_databases: FreshDatabases,
) -> None:
    pool = await open_recording_pool(fresh_databases.new("intake"))
    try:
        await pool.execute(FILL.replace("20000", "5"))
        plan = await pool.fetch(f"EXPLAIN {FIND}", ["+862"], ["O-2"], ["P-2"])
    finally:
        pool.terminate()
    assert "Seq Scan" not in str(plan)


async def test_the_only_product_of_a_known_order_is_found_through_it(pool: asyncpg.Pool) -> None:
    await pool.execute(FILL)
    arrival = an_arrival(order_id="O-7", phone="+868", phone_e164="+868")
    async with pool.acquire() as connection:
        known = (await find(connection, [arrival])).about(arrival)
    assert known.order is not None
    assert known.product is not None
    assert (known.customer.customer_id, known.order.order_id, known.product.sku) == ("C-8", "O-7", "P-7")
