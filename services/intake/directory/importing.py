"""Imports: entries of the directory come in by the thousand, again and again without doubles, good lines only."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from services.intake.directory.entries import (
    UNIT_SEPARATOR,
    CustomerEntry,
    Entry,
    OrderEntry,
    Place,
    ProductEntry,
    read_entry,
)
from services.intake.directory.lines import Line, Lines
from shared.errors import FieldError

BATCH_LINES: Final = 1_000
ERRORS_MAX: Final = 1_000
BREATHE_EVERY_LINES: Final = 50
"""Reading phone numbers takes 0.1 ms each: others get a turn in between."""

# Each statement writes one batch and answers, for what it changed, whether it is new. Rows are sorted by key, so that
# two imports do not deadlock; what equals the stored entry is left alone.
SAVE_CUSTOMERS: Final = """
    WITH saved AS (
        INSERT INTO customers AS c (customer_id, name, phones, email, language)
        SELECT customer_id, name, string_to_array(phones, E'\\x1f'), email, language
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             AS e(customer_id, name, phones, email, language)
        ORDER BY customer_id
        ON CONFLICT (customer_id) DO UPDATE
        SET name = excluded.name, phones = excluded.phones, email = excluded.email, language = excluded.language
        WHERE (c.name, c.phones, c.email, c.language)
              IS DISTINCT FROM (excluded.name, excluded.phones, excluded.email, excluded.language)
        RETURNING c.customer_id, c.phones, c.xmax = 0 AS created
    ), gone AS (
        DELETE FROM customer_phones p USING saved s
        WHERE p.customer_id = s.customer_id AND p.phone <> ALL (s.phones)
    ), come AS (
        INSERT INTO customer_phones (phone, customer_id)
        SELECT DISTINCT phone, s.customer_id FROM saved s, unnest(s.phones) AS phone ORDER BY 2, 1
        ON CONFLICT DO NOTHING
    )
    SELECT created FROM saved
"""
SAVE_ORDERS: Final = """
    INSERT INTO orders AS o (order_id, customer_id, store_id, ordered_at, skus, warranty_ends_at)
    SELECT order_id, customer_id, store_id, ordered_at, string_to_array(skus, E'\\x1f'), warranty_ends_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[])
         AS e(order_id, customer_id, store_id, ordered_at, skus, warranty_ends_at)
    ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE
    SET customer_id = excluded.customer_id, store_id = excluded.store_id, ordered_at = excluded.ordered_at,
        skus = excluded.skus, warranty_ends_at = excluded.warranty_ends_at
    WHERE (o.customer_id, o.store_id, o.ordered_at, o.skus, o.warranty_ends_at) IS DISTINCT FROM
          (excluded.customer_id, excluded.store_id, excluded.ordered_at, excluded.skus, excluded.warranty_ends_at)
    RETURNING xmax = 0 AS created
"""
SAVE_PRODUCTS: Final = """
    INSERT INTO products AS p (sku, name, category)
    SELECT sku, name, category FROM unnest($1::text[], $2::text[], $3::text[]) AS e(sku, name, category)
    ORDER BY sku
    ON CONFLICT (sku) DO UPDATE SET name = excluded.name, category = excluded.category
    WHERE (p.name, p.category) IS DISTINCT FROM (excluded.name, excluded.category)
    RETURNING xmax = 0 AS created
"""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of entry: its model, its key, how a batch is written, and which tables to analyse afterwards."""

    model: type[Entry]
    key: str
    save: str
    tables: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The names that a line may have."""
        return list(self.model.model_fields)


CUSTOMERS: Final = ImportKind(CustomerEntry, "customer_id", SAVE_CUSTOMERS, ("customers", "customer_phones"))
ORDERS: Final = ImportKind(OrderEntry, "order_id", SAVE_ORDERS, ("orders",))
PRODUCTS: Final = ImportKind(ProductEntry, "sku", SAVE_PRODUCTS, ("products",))


@dataclass(slots=True)
class Report:
    """What became of the lines so far."""

    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, number: int, errors: Sequence[FieldError]) -> None:
        """Count a bad line and keep what is wrong with it, up to the limit."""
        self.refused += 1
        room = ERRORS_MAX - len(self.errors)
        self.errors += [{"line": number, **error.document()} for error in errors[: max(0, room)]]

    def document(self) -> dict[str, Any]:
        """The answer."""
        return {
            "received": self.received,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "errors": self.errors,
        }


async def import_entries(
    pool: asyncpg.Pool, kind: ImportKind, chunks: AsyncIterator[bytes], lines: Lines, place: Place
) -> Report:
    """Write the good lines in batches of 1,000, each a transaction; when a line repeats a key, the later one counts.

    When the database goes away in between, what was written stays; the same import again finishes it.
    """
    running = Import(pool, kind, place)
    async for chunk in chunks:
        for line in lines.feed(chunk):
            await running.take(line)
    for line in lines.finish():
        await running.take(line)
    await running.finish()
    return running.report


@dataclass(slots=True)
class Import:
    """One import under way: what came of the lines so far, and the batch that is not yet written."""

    pool: asyncpg.Pool
    kind: ImportKind
    place: Place
    report: Report = field(default_factory=Report)
    batch: dict[str, Entry] = field(default_factory=dict)

    async def take(self, line: Line) -> None:
        """Put one line into the batch, which is written when it is full or has the line's key already."""
        report = self.report
        report.received += 1
        if report.received % BREATHE_EVERY_LINES == 0:
            await asyncio.sleep(0)
        entry = [line.error] if line.error else read_entry(self.kind.model, line.fields, self.place)
        if isinstance(entry, list):
            report.refuse(line.number, entry)
            return
        if entry.key in self.batch or len(self.batch) == BATCH_LINES:
            await self._save()
        self.batch[entry.key] = entry

    async def finish(self) -> None:
        """Write the rest. Plans made while the tables were small would read all of them for every contact."""
        await self._save()
        if self.report.created + self.report.updated > BATCH_LINES:
            await self.pool.execute(f"ANALYZE {', '.join(self.kind.tables)}")

    async def _save(self) -> None:
        """Write one batch of entries with different keys, and count."""
        if not self.batch:
            return
        entries = list(self.batch.values())
        columns = [[column(entry, name) for entry in entries] for name in self.kind.columns]
        changed = await self.pool.fetch(self.kind.save, *columns)
        created = sum(row["created"] for row in changed)
        self.report.created += created
        self.report.updated += len(changed) - created
        self.report.unchanged += len(entries) - len(changed)
        self.batch.clear()


def column(entry: Entry, name: str) -> Any:
    """One value as the statement takes it."""
    value = getattr(entry, name)
    return UNIT_SEPARATOR.join(value) if isinstance(value, list) else value
