"""Writing the read model: what a batch changes in one generation, inside the transaction of the reader's position."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from services.projection.handle import HISTORY_COLUMNS, Ticket, history_rows, take_all
from services.projection.tables import of_generation, schema
from services.projection.views.rows import LIST_COLUMNS, ListRow, SearchRow, list_row
from shared.events.policies import PolicyPublished
from shared.log.admission import Admitted

FED_GENERATIONS = "SELECT number FROM generations WHERE state IN ('live', 'retained') ORDER BY state, number"

LOAD_DOCUMENTS = "SELECT ticket_id, document FROM {g}.ticket_list WHERE ticket_id = ANY($1)"
LOAD_FOLDED = "SELECT ticket_id, folded FROM {g}.ticket_search WHERE ticket_id = ANY($1)"

SAVE_LIST = """
    INSERT INTO {g}.ticket_list AS old (
        ticket_id, ticket_number, opened_at, status, store_id, technician_id, channel, category, priority, customer_id,
        phone, due_at, document
    )
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bytea[]
    )
    ON CONFLICT (ticket_id) DO UPDATE SET
        ticket_number = excluded.ticket_number, opened_at = excluded.opened_at, status = excluded.status,
        store_id = excluded.store_id, technician_id = excluded.technician_id, channel = excluded.channel,
        category = excluded.category, priority = excluded.priority, customer_id = excluded.customer_id,
        phone = excluded.phone, due_at = excluded.due_at, document = excluded.document
"""
SAVE_SEARCH = """
    INSERT INTO {g}.ticket_search (ticket_id, opened_at, folded, search)
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::tsvector[])
    ON CONFLICT (ticket_id) DO UPDATE SET
        opened_at = excluded.opened_at, folded = excluded.folded, search = excluded.search
"""
SAVE_POLICIES = """
    INSERT INTO {g}.policies (kind, name, version, event_id, seen_at, body)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::timestamptz[], $6::jsonb[])
    ON CONFLICT DO NOTHING
"""


async def speak_tsvector(connection: Any) -> None:
    """Let this connection write packed words as a tsvector, in statements and in COPY (once per connection)."""
    await connection.set_type_codec("tsvector", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes)


async def fed_generations(connection: Any) -> list[int]:
    """The generations that every batch is written to, the live one first."""
    return [row["number"] for row in await connection.fetch(FED_GENERATIONS)]


async def take_tickets(connection: Any, generation: int, batch: Sequence[Admitted]) -> None:
    """Write what a batch of `tickets` changes: history, documents, search words."""
    tickets = await load_tickets(connection, generation, {admitted.attributes.subject for admitted in batch})
    take_all(tickets, batch)
    await save_tickets(connection, generation, tickets)
    await connection.copy_records_to_table(
        "history", schema_name=schema(generation), columns=HISTORY_COLUMNS, records=history_rows(batch)
    )


async def save_tickets(connection: Any, generation: int, tickets: dict[str, Ticket]) -> None:
    """Write tickets and, where they changed, the words that they are found by."""
    await load_folded(connection, generation, tickets)
    await save_list(connection, generation, [list_row(t.document) for t in tickets.values() if t.document is not None])
    await save_search(connection, generation, [row for t in tickets.values() if (row := t.search_row()) is not None])


async def load_tickets(connection: Any, generation: int, ticket_ids: Iterable[str]) -> dict[str, Ticket]:
    """The tickets as they stand in this generation; those that are not there are left out."""
    rows = await connection.fetch(of_generation(LOAD_DOCUMENTS, generation), sorted(ticket_ids))
    return {ticket_id: Ticket(orjson.loads(document)) for ticket_id, document in rows}


async def load_folded(connection: Any, generation: int, tickets: dict[str, Ticket]) -> None:
    """Read the searched text of those tickets whose words have to be written again, and whose text is not here."""
    missing = [ticket_id for ticket_id, ticket in tickets.items() if ticket.is_search_stale and ticket.folded is None]
    if missing:
        for ticket_id, folded in await connection.fetch(of_generation(LOAD_FOLDED, generation), missing):
            tickets[ticket_id].folded = folded


async def save_list(connection: Any, generation: int, rows: Sequence[ListRow]) -> None:
    """Write rows of `ticket_list`, in order of their ids."""
    if rows:
        await connection.execute(of_generation(SAVE_LIST, generation), *columns(sorted(rows), len(LIST_COLUMNS)))


async def save_search(connection: Any, generation: int, rows: Sequence[SearchRow]) -> None:
    """Write rows of `ticket_search`, in order of their ids."""
    if rows:
        await connection.execute(of_generation(SAVE_SEARCH, generation), *columns(sorted(rows), 4))


async def take_policies(connection: Any, generation: int, batch: Sequence[Admitted]) -> None:
    """Write the policy versions of a batch of `policies`."""
    rows = [policy_row(admitted, admitted.data) for admitted in batch if isinstance(admitted.data, PolicyPublished)]
    if rows:
        await connection.execute(of_generation(SAVE_POLICIES, generation), *columns(rows, 6))


def policy_row(admitted: Admitted, data: PolicyPublished) -> tuple[Any, ...]:
    """One row of `policies`."""
    return data.kind, data.name, data.version, admitted.attributes.id, admitted.seen_at, data.body


def columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """Rows as one list per column, for `unnest`."""
    return [[row[at] for row in rows] for at in range(count)]
