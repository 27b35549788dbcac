"""The local mailbox: where letters go, in this database, when no SMTP server is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.senders import Letter
from services.notify.store.scope import OF_TICKET, Scope

INSERT = """
    INSERT INTO mails (delivery_id, ticket_id, message_id, sender, address, subject, text, html, raw)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::bytea[])
    ON CONFLICT (delivery_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in the local mailbox."""

    delivery_id: UUID
    place: int
    ticket_id: UUID
    ticket_number: str | None
    message_id: str
    sender: str
    address: str
    subject: str
    text: str
    html: str
    received_at: datetime


LIST = f"""
    SELECT m.delivery_id, m.place, m.ticket_id, t.number AS ticket_number, m.message_id, m.sender, m.address, m.subject,
           m.text, m.html, m.received_at
    FROM mails m LEFT JOIN tickets t ON t.ticket_id = m.ticket_id
    WHERE {OF_TICKET}
      AND ($3::uuid IS NULL OR m.ticket_id = $3)
      AND ($4::text IS NULL OR lower(m.address) = lower($4))
      AND ($5::bigint IS NULL OR m.place < $5)
      AND ($6::uuid IS NULL OR m.delivery_id = $6)
    ORDER BY m.place DESC LIMIT $7
"""  # noqa: S608 - put together from constants


async def put_mails(pool: Any, letters: Sequence[Letter]) -> None:
    """Put letters in, each delivery once."""
    await pool.execute(
        INSERT,
        [letter.delivery_id for letter in letters],
        [letter.ticket_id for letter in letters],
        [letter.message_id for letter in letters],
        [letter.sender for letter in letters],
        [letter.address for letter in letters],
        [letter.subject for letter in letters],
        [letter.text for letter in letters],
        [letter.html for letter in letters],
        [letter.raw for letter in letters],
    )


async def list_mails(
    pool: Any,
    *,
    scope: Scope,
    limit: int,
    ticket_id: UUID | None = None,
    address: str | None = None,
    before: int | None = None,
    delivery_id: UUID | None = None,
) -> list[Mail]:
    """Newest first, within `scope`."""
    rows = await pool.fetch(LIST, *scope.arguments, ticket_id, address, before, delivery_id, limit)
    return [Mail(**dict(row)) for row in rows]


async def find_raw(pool: Any, delivery_id: UUID) -> bytes | None:
    """The message as it would have gone over SMTP."""
    raw: bytes | None = await pool.fetchval("SELECT raw FROM mails WHERE delivery_id = $1", delivery_id)
    return raw
