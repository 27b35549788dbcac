"""The rows of `contacts` and `tickets` as the log gives them back, and how two sets of them are compared and exchanged.

The rebuilt rows stand in a schema of their own (`rebuilding`) until they take the place of the live ones; beside them
what was admitted of each ticket, and the facts that no contact is made from.
"""

from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

SCHEMA: Final = "rebuilding"


@dataclass(slots=True, kw_only=True)
class TicketRow:
    """One row of `tickets`; the columns in the order of the fields."""

    ticket_id: UUID
    day: date
    serial: int
    contact_id: UUID
    customer_id: str | None
    phone: str | None
    related_ticket_ids: list[UUID]
    status: str
    intake_sequence: int
    routing_sequence: int
    store_id: str | None
    opened_at: datetime
    last_recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One row of `contacts`; the columns in the order of the fields."""

    channel: str
    external_id: str
    contact_id: UUID
    digest: bytes
    disposition: str
    ticket_id: UUID
    sequence: int
    recorded_at: datetime
    customer_id: str | None
    phone: str | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A fact under intake's name that no contact is made from, and the contact that caused it."""

    ticket_id: UUID
    contact_id: UUID
    is_needed: bool
    """Whether it counts: then the live tables must have its contact."""
    reason: str


Row = TicketRow | ContactRow | AsideRow


def columns_of(row_type: type[Row]) -> list[str]:
    """The column names of a kind of row."""
    return [field.name for field in fields(row_type)]


def values_of(row: Row) -> tuple[Any, ...]:
    """The values of a row, in the order of its columns."""
    return astuple(row)


BEGIN_BESIDE: Final = (
    f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE",
    f"CREATE SCHEMA {SCHEMA}",
    f"CREATE UNLOGGED TABLE {SCHEMA}.tickets (LIKE public.tickets INCLUDING DEFAULTS INCLUDING GENERATED)",
    f"CREATE UNLOGGED TABLE {SCHEMA}.contacts (LIKE public.contacts)",
    f"CREATE UNLOGGED TABLE {SCHEMA}.aside (ticket_id uuid, contact_id uuid, is_needed boolean, reason text)",
    f"CREATE UNLOGGED TABLE {SCHEMA}.admission (LIKE public.log_subjects)",
)
INDEX_BESIDE: Final = (
    f"CREATE UNIQUE INDEX ON {SCHEMA}.tickets (ticket_id)",
    f"CREATE UNIQUE INDEX ON {SCHEMA}.contacts (channel, external_id)",
    f"CREATE INDEX ON {SCHEMA}.aside (contact_id)",
    f"CREATE UNIQUE INDEX ON {SCHEMA}.admission (subject)",
    f"ANALYZE {SCHEMA}.tickets, {SCHEMA}.contacts, {SCHEMA}.aside, {SCHEMA}.admission",
)
LOAD_ADMISSION: Final = f"SELECT * FROM {SCHEMA}.admission WHERE subject = ANY($1)"  # noqa: S608 - our own name
LOAD_TICKETS: Final = f"SELECT * FROM {SCHEMA}.tickets WHERE ticket_id = ANY($1)"  # noqa: S608 - as above
FORGET_ADMISSION: Final = f"DELETE FROM {SCHEMA}.admission WHERE subject = ANY($1)"  # noqa: S608 - as above
FORGET_TICKETS: Final = f"DELETE FROM {SCHEMA}.tickets WHERE ticket_id = ANY($1)"  # noqa: S608 - as above
END_BESIDE: Final = f"DROP SCHEMA {SCHEMA} CASCADE"

# Writers wait for this lock, so that no contact comes in between the last look at the log and the exchange.
LOCK: Final = "LOCK TABLE tickets, contacts, day_counter IN EXCLUSIVE MODE"

_CONTACT: Final = "contact_id, digest, disposition, ticket_id, sequence, recorded_at, customer_id, phone, excerpt"
_TICKET: Final = (
    "day, serial, contact_id, customer_id, phone, related_ticket_ids, intake_sequence, opened_at, last_recorded_at"
)


def _row(names: str, table: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in names.split(","))


# A status that the live rows have not read yet is no difference; one that contradicts the same decision is.
COMPARE: Final = f"""
    SELECT
        (SELECT count(*) FROM {SCHEMA}.contacts) AS contacts,
        (SELECT count(*) FROM {SCHEMA}.tickets) AS tickets,
        (SELECT count(*) FROM contacts l LEFT JOIN {SCHEMA}.contacts r USING (channel, external_id)
         WHERE r.channel IS NULL) AS not_in_log,
        (SELECT count(*) FROM {SCHEMA}.contacts r LEFT JOIN contacts l USING (channel, external_id)
         WHERE l.channel IS NULL) AS not_in_database,
        (SELECT count(*) FROM contacts l JOIN {SCHEMA}.contacts r USING (channel, external_id)
         WHERE ({_row(_CONTACT, "l")}) IS DISTINCT FROM ({_row(_CONTACT, "r")}))
      + (SELECT count(*) FROM tickets l JOIN {SCHEMA}.tickets r USING (ticket_id)
         WHERE ({_row(_TICKET, "l")}) IS DISTINCT FROM ({_row(_TICKET, "r")})
            OR l.routing_sequence > r.routing_sequence
            OR (l.routing_sequence = r.routing_sequence AND l.status <> r.status)
            OR (l.routing_sequence = r.routing_sequence AND r.routing_sequence > 0
                AND l.store_id IS DISTINCT FROM r.store_id)) AS different
"""  # noqa: S608 - names of our own columns, nothing from outside

_ASIDE: Final = f"SELECT ticket_id FROM {SCHEMA}.aside"  # noqa: S608 - as above

# Whose fact the log has, but not as a contact: these rows of the live tables stay as they are.
KEEP_TICKETS: Final = f"""
    INSERT INTO {SCHEMA}.tickets ({", ".join(columns_of(TicketRow))})
    SELECT {_row(", ".join(columns_of(TicketRow)), "l")} FROM tickets l
    WHERE l.ticket_id IN ({_ASIDE}) AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.tickets r WHERE r.ticket_id = l.ticket_id)
"""  # noqa: S608 - as above
KEEP_SEQUENCES: Final = f"""
    UPDATE {SCHEMA}.tickets t SET intake_sequence = greatest(t.intake_sequence, octet_length(a.intake_ids) / 16)
    FROM {SCHEMA}.admission a WHERE t.ticket_id IN ({_ASIDE}) AND a.subject = t.ticket_id::text
"""  # noqa: S608 - as above
KEEP_CONTACTS: Final = f"""
    WITH kept AS (
        INSERT INTO {SCHEMA}.contacts ({", ".join(columns_of(ContactRow))})
        SELECT {_row(", ".join(columns_of(ContactRow)), "l")} FROM contacts l
        WHERE EXISTS (SELECT 1 FROM {SCHEMA}.aside a WHERE a.contact_id = l.contact_id AND a.ticket_id = l.ticket_id)
          AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.contacts r
                          WHERE r.channel = l.channel AND r.external_id = l.external_id)
        RETURNING 1
    )
    SELECT count(*) FROM kept
"""  # noqa: S608 - as above

NEEDED: Final = f"""
    SELECT a.reason, count(*) OVER () AS n FROM {SCHEMA}.aside a
    WHERE a.is_needed AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.contacts r WHERE r.contact_id = a.contact_id)
    ORDER BY a.reason LIMIT 3
"""  # noqa: S608 - as above

NOT_IN_LOG: Final = f"""
    SELECT l.channel, l.external_id FROM contacts l LEFT JOIN {SCHEMA}.contacts r USING (channel, external_id)
    WHERE r.channel IS NULL ORDER BY l.recorded_at LIMIT 3
"""  # noqa: S608 - as above

_TICKETS: Final = ", ".join(columns_of(TicketRow))
_CONTACTS: Final = ", ".join(columns_of(ContactRow))

EXCHANGE: Final = (
    "TRUNCATE tickets, contacts, day_counter",
    f"INSERT INTO tickets ({_TICKETS}) SELECT {_TICKETS} FROM {SCHEMA}.tickets",  # noqa: S608 - as above
    f"INSERT INTO contacts ({_CONTACTS}) SELECT {_CONTACTS} FROM {SCHEMA}.contacts",  # noqa: S608 - as above
    "INSERT INTO day_counter (day, n) SELECT day, max(serial) FROM tickets GROUP BY day",
    # Each recorded contact has its line; duplicates and refusals are not in the log: their lines stay, or are gone.
    """
    INSERT INTO ledger (channel, external_id, disposition, recorded_at)
    SELECT c.channel, c.external_id, c.disposition, c.recorded_at FROM contacts c
    WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.channel = c.channel AND l.external_id = c.external_id
                      AND l.disposition = c.disposition)
    ORDER BY c.recorded_at
    """,
)
