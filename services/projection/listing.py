"""Lists of tickets: filters, order, keyset cursors, bounded totals, words.

A cursor names the last row that was shown, never a place in a table, so pages neither repeat nor skip while tickets
come in, and a rebuild does not break them.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from services.projection.tables import of_generation
from services.projection.views.filters import COLUMNS, EQUAL_FILTERS, Filters
from services.projection.views.search import terms
from services.projection.views.ticket import Document, due_at
from shared.errors import FieldError, Refused
from shared.instants import in_utc

TOTAL_MAX = 1_000
"""Totals are counted up to here."""

Sort = Literal["-opened_at", "opened_at", "due_at"]

ORDERS: Mapping[Sort, tuple[str, str, str]] = {
    "-opened_at": ("opened_at", "<", "l.opened_at DESC, l.ticket_id DESC"),
    "opened_at": ("opened_at", ">", "l.opened_at, l.ticket_id"),
    "due_at": ("due_at", ">", "l.due_at, l.ticket_id"),
}
"""Column, direction in which a cursor goes on, and order."""


@dataclass(slots=True)
class Conditions:
    """The WHERE of one question and its parameters."""

    now: datetime
    parts: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    is_searching: bool = False
    """Whether something of `ticket_search` is asked for: words, or a customer."""

    def add(self, condition: str, *arguments: object) -> None:
        """One more condition; each `?` in it stands for the next argument."""
        for argument in arguments:
            self.arguments.append(argument)
            condition = condition.replace("?", f"${len(self.arguments)}", 1)
        self.parts.append(condition)

    def where(self) -> str:
        """The clause, empty when everything is asked for."""
        return "WHERE " + " AND ".join(self.parts) if self.parts else ""

    def source(self) -> str:
        """What is read: the list, and beside it what tickets are found by where that is asked for."""
        joined = " JOIN {g}.ticket_search s ON s.ticket_id = l.ticket_id" if self.is_searching else ""
        return "{g}.ticket_list l" + joined


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `total` is None when there are more than `TOTAL_MAX`, or when it was not asked for."""

    documents: list[Document]
    next_cursor: str | None
    total: int | None


async def list_tickets(
    pool: asyncpg.Pool,
    generation: int,
    filters: Filters,
    *,
    now: datetime,
    sort: Sort = "-opened_at",
    cursor: str | None = None,
    limit: int,
) -> Page:
    """One page; the total comes with the first only. Errors: Refused 422 for a cursor that is not of this order."""
    conditions = conditions_of(filters, now=now, sort=sort)
    column, comparison, order = ORDERS[sort]
    if cursor is not None:
        at, ticket_id = parse_cursor(cursor, sort=sort)
        conditions.add(f"(l.{column}, l.ticket_id) {comparison} (?, ?)", at, ticket_id)
    if conditions.is_searching:
        # Keeps the planner from walking the b-tree by itself instead of finding by words (measured).
        order = order.replace(f"l.{column}", f"(l.{column} + interval '0')", 1)
    found = f"SELECT l.document FROM {conditions.source()} {conditions.where()} ORDER BY {order}"  # noqa: S608 - made of the constants above; what came from outside is in the arguments
    statement = of_generation(f"{found} LIMIT ${len(conditions.arguments) + 1}", generation)
    rows = await pool.fetch(statement, *conditions.arguments, limit + 1)
    documents = [orjson.loads(row["document"]) for row in rows]
    if len(documents) <= limit:
        return Page(documents, None, len(documents) if cursor is None else None)
    total = await count(pool, generation, conditions) if cursor is None else None
    if total is not None:
        total = max(total, len(documents))  # counted a moment later: never fewer than the page shows
    return Page(documents[:limit], cursor_after(documents[limit - 1], sort=sort), total)


async def count(pool: asyncpg.Pool, generation: int, conditions: Conditions) -> int | None:
    """How many there are, None when there are more than `TOTAL_MAX`."""
    found = f"SELECT FROM {conditions.source()} {conditions.where()} LIMIT {TOTAL_MAX + 1}"
    statement = of_generation(f"SELECT count(*) FROM ({found}) AS found", generation)  # noqa: S608 - as above
    total: int = await pool.fetchval(statement, *conditions.arguments)
    return total if total <= TOTAL_MAX else None


def conditions_of(filters: Filters, *, now: datetime, sort: Sort) -> Conditions:
    """The conditions of the filters; `now` is when `overdue` is asked."""
    conditions = Conditions(now)
    if filters.q is not None:
        add_words(conditions, filters.q)
    for name in EQUAL_FILTERS:
        wanted = getattr(filters, name)
        if wanted:
            column = COLUMNS[name]
            conditions.is_searching |= column.startswith("s.")
            conditions.add(
                f"{column} = ANY(?)" if len(wanted) > 1 else f"{column} = ?",
                list(wanted) if len(wanted) > 1 else wanted[0],
            )
    if filters.bound_store is not None:
        conditions.add("l.store_id = ?", filters.bound_store)
    if filters.opened_from is not None:
        conditions.add("l.opened_at >= ?", filters.opened_from)
    if filters.opened_to is not None:
        conditions.add("l.opened_at < ?", filters.opened_to)
    if filters.overdue is not None:
        conditions.add("l.due_at < ?" if filters.overdue else "(l.due_at IS NULL OR l.due_at >= ?)", now)
    if sort == "due_at":
        conditions.add("l.due_at IS NOT NULL")
    return conditions


def add_words(conditions: Conditions, question: str) -> None:
    """One condition per word, and the text itself checked again. Errors: Refused 422 when it holds no word."""
    asked = terms(question)
    if not asked:
        wrong = FieldError("q", "at least one letter, digit or character", question[:80])
        raise Refused(422, "Nothing to look for", "q holds no word", errors=[wrong])
    conditions.is_searching = True
    for lexeme in dict.fromkeys(lexeme for term in asked for lexeme in term.lexemes):
        conditions.add("s.search @@ ?::tsquery", lexeme)
    for term in asked:
        conditions.add("strpos(s.folded, ?) > 0", term.text)


def cursor_after(document: Document, *, sort: Sort) -> str:
    """The cursor that goes on after this ticket."""
    at = due_at(document) if sort == "due_at" else document["opened_at"]
    return base64.urlsafe_b64encode(orjson.dumps([sort, at, document["ticket_id"]])).rstrip(b"=").decode()


def parse_cursor(text: str, *, sort: Sort) -> tuple[datetime, str]:
    """The place in a cursor. Errors: Refused 422 for one that this order did not make."""
    try:
        made_for, at, ticket_id = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        place = in_utc(datetime.fromisoformat(at)), str(UUID(ticket_id))
    except (binascii.Error, ValueError, TypeError, AttributeError):
        made_for, place = None, None
    if made_for != sort or place is None:
        wrong = FieldError("cursor", f"a next_cursor of a list in the order {sort}", text[:60])
        raise Refused(422, "Unknown cursor", "cursor is not one of this list", errors=[wrong])
    return place


async def matching(
    pool: asyncpg.Pool, generation: int, filters: Filters, ticket_ids: Iterable[str], *, now: datetime
) -> dict[str, Document]:
    """Those of these tickets that are asked for, as they are now, by id."""
    conditions = conditions_of(filters, now=now, sort="-opened_at")
    conditions.add("l.ticket_id = ANY(?)", sorted(set(ticket_ids)))
    statement = f"SELECT l.ticket_id, l.document FROM {conditions.source()} {conditions.where()}"  # noqa: S608 - as above
    rows = await pool.fetch(of_generation(statement, generation), *conditions.arguments)
    return {row["ticket_id"]: orjson.loads(row["document"]) for row in rows}
