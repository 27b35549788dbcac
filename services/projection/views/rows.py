"""The columns that are kept beside a ticket's document, so that lists and searches find it."""

import struct
from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.projection.views.search import lexemes
from services.projection.views.ticket import Document, due_at, to_bytes

ListRow = tuple[Any, ...]
SearchRow = tuple[str, datetime, str | None, str | None, str | None, str, bytes]

LIST_COLUMNS = (
    "ticket_id",
    "opened_at",
    "status",
    "store_id",
    "technician_id",
    "channel",
    "category",
    "priority",
    "due_at",
    "document",
)
SEARCH_COLUMNS = ("ticket_id", "opened_at", "ticket_number", "customer_id", "phone", "folded", "search")


def list_row(document: Document) -> ListRow:
    """The ticket's row of `ticket_list`, in the order of `LIST_COLUMNS`."""
    due = due_at(document)
    return (
        document["ticket_id"],
        datetime.fromisoformat(document["opened_at"]),
        document["status"],
        column(document["store_id"]),
        column(document["technician_id"]),
        document["channel"],
        column(document["category"]),
        document["priority"],
        None if due is None else datetime.fromisoformat(due),
        to_bytes(document),
    )


def search_row(document: Document, folded: str) -> SearchRow:
    """The ticket's row of `ticket_search`, in the order of `SEARCH_COLUMNS`; the last is its words, packed."""
    opened_at, customer = document["opened_at"], document["customer"]
    words = lexemes(folded, phone=customer["phone"], store_id=column(document["store_id"]), opened_at=opened_at)
    return (
        document["ticket_id"],
        datetime.fromisoformat(opened_at),
        column(document["ticket_number"]),
        column(customer["customer_id"]),
        column(customer["phone"]),
        folded,
        pack_words(words),
    )


def pack_words(words: Collection[str]) -> bytes:
    """A tsvector in PostgreSQL's binary form: the count, then each word, its end, and no places."""
    return struct.pack("!I", len(words)) + "\0\0\0".join((*words, "")).encode()


def column(text: str | None) -> str | None:
    """The text without U+0000, which a fact may hold and PostgreSQL may not."""
    return text if text is None or "\x00" not in text else text.replace("\x00", "")
