"""Intake's first tables: the directory, contacts and their tickets, the ledger, and the log's own."""

from alembic import op
from sqlalchemy import text

from shared.log.tables import VERSION_1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DIRECTORY = (
    """
    CREATE TABLE customers (
        customer_id text PRIMARY KEY,
        name text,
        phones text[] NOT NULL DEFAULT '{}',
        email text,
        language text
    )
    """,
    # The way in for a caller: by number, E.164.
    """
    CREATE TABLE customer_phones (
        phone text NOT NULL,
        customer_id text NOT NULL,
        PRIMARY KEY (phone, customer_id)
    )
    """,
    "CREATE INDEX customer_phones_customer ON customer_phones (customer_id)",
    """
    CREATE TABLE orders (
        order_id text PRIMARY KEY,
        customer_id text,
        store_id text,
        ordered_at timestamptz,
        skus text[] NOT NULL DEFAULT '{}',
        warranty_ends_at timestamptz
    )
    """,
    "CREATE INDEX orders_customer ON orders (customer_id, ordered_at DESC)",
    """
    CREATE TABLE products (
        sku text PRIMARY KEY,
        name text,
        category text
    )
    """,
)

RECORDS = (
    # What intake knows of a ticket: its number, whose it is, and (read from the log) its status.
    # A number is kept as its day and serial; the check digit is computed.
    """
    CREATE TABLE tickets (
        ticket_id uuid PRIMARY KEY,
        day date NOT NULL,
        serial bigint NOT NULL,
        contact_id uuid NOT NULL,
        customer_id text,
        phone text,
        related_ticket_ids uuid[] NOT NULL DEFAULT '{}',
        status text NOT NULL DEFAULT 'open',
        is_open boolean NOT NULL GENERATED ALWAYS AS (status NOT IN ('closed', 'cancelled', 'merged')) STORED,
        intake_sequence integer NOT NULL DEFAULT 1,
        routing_sequence integer NOT NULL DEFAULT 0,
        opened_at timestamptz NOT NULL,
        last_recorded_at timestamptz NOT NULL,
        UNIQUE (day, serial)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX tickets_open_customer ON tickets (customer_id, ticket_id) WHERE is_open AND customer_id IS NOT NULL",
    "CREATE INDEX tickets_open_phone ON tickets (phone) WHERE is_open AND phone IS NOT NULL",
    """
    CREATE TABLE contacts (
        channel text COLLATE "C" NOT NULL,
        external_id text COLLATE "C" NOT NULL,
        contact_id uuid NOT NULL,
        digest bytea NOT NULL,
        disposition text NOT NULL,
        ticket_id uuid NOT NULL,
        sequence integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        customer_id text,
        phone text,
        excerpt text NOT NULL,
        PRIMARY KEY (channel, external_id)
    )
    """,
    "CREATE INDEX contacts_customer ON contacts (customer_id, recorded_at DESC) WHERE customer_id IS NOT NULL",
    "CREATE INDEX contacts_phone ON contacts (phone, recorded_at DESC) WHERE phone IS NOT NULL",
    # Rows come in order of time: a block range index costs next to nothing and serves "from … to".
    "CREATE INDEX contacts_recorded ON contacts USING brin (recorded_at) WITH (pages_per_range = 16)",
    "CREATE TABLE day_counter (day date PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 20)",
    # Every arrival is one line, written together with what became of it.
    """
    CREATE TABLE ledger (
        line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        channel text NOT NULL,
        disposition text NOT NULL,
        external_id text,
        status integer,
        recorded_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ledger_recorded ON ledger USING brin (recorded_at) WITH (pages_per_range = 16)",
    """
    CREATE TABLE calls (
        call_id text NOT NULL,
        event text NOT NULL,
        direction text NOT NULL,
        from_number text NOT NULL,
        to_number text NOT NULL,
        agent text,
        recorded_at timestamptz NOT NULL DEFAULT gongdan_now(),
        PRIMARY KEY (call_id, event)
    )
    """,
)

# The parameters of `record_contacts`, in the order of the tuples that `store.py` makes.
PARAMETERS = (
    """
    CREATE TYPE arrived AS (
        channel text, external_id text, contact_id uuid, digest bytea, ticket_id uuid,
        named_day date, named_serial bigint, customer_id text, phone text, excerpt text
    )
    """,
    # One more with the key of the arrival at `place`, counted from 1.
    "CREATE TYPE repeated AS (place integer, digest bytea)",
    "CREATE TYPE refused AS (channel text, external_id text, status integer)",
)

# One batch of contacts, in one call. The arrivals' keys are different from each other and sorted by the caller (two
# processes that insert the same keys in opposite order would deadlock). Locks are taken in one order everywhere:
# tickets by id, contacts by key, the day's counter. The plans must not depend on how small the tables were when a
# session began, nor be made anew for each batch, so the settings below leave index scans, planned once.
RECORD_CONTACTS = """
CREATE FUNCTION record_contacts(arrivals arrived[], repeats repeated[], refusals refused[], zone text)
RETURNS TABLE (
    place bigint, is_new boolean, digest bytea, contact_id uuid, disposition text, ticket_id uuid,
    day date, serial bigint, related_ticket_ids uuid[], sequence integer, recorded_at timestamptz,
    opening_contact_id uuid
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $function$
#variable_conflict use_column
DECLARE
    moment timestamptz;
    today date;
    written uuid[];
    opened bigint;
    highest bigint;
BEGIN
    -- A ticket that is joined is locked before anything else, so that its facts get rising places in the outbox.
    IF EXISTS (SELECT FROM unnest(arrivals) AS a WHERE a.named_serial IS NOT NULL) THEN
        PERFORM 1 FROM tickets t
        WHERE (t.day, t.serial) IN (SELECT a.named_day, a.named_serial FROM unnest(arrivals) AS a)
        ORDER BY t.ticket_id FOR UPDATE;
    END IF;

    moment := gongdan_now();
    today := (moment AT TIME ZONE zone)::date;

    WITH added AS (
        INSERT INTO contacts AS c (channel, external_id, contact_id, digest, disposition, ticket_id, sequence,
                                   recorded_at, customer_id, phone, excerpt)
        SELECT a.channel, a.external_id, a.contact_id, a.digest,
               CASE WHEN t.ticket_id IS NULL THEN 'opened' ELSE 'follow_up' END,
               coalesce(t.ticket_id, a.ticket_id), 1, moment, a.customer_id, a.phone, a.excerpt
        FROM unnest(arrivals) WITH ORDINALITY AS a
        LEFT JOIN tickets t ON t.day = a.named_day AND t.serial = a.named_serial AND t.is_open
        ORDER BY a.ordinality
        ON CONFLICT DO NOTHING
        RETURNING c.contact_id, c.disposition
    )
    SELECT coalesce(array_agg(contact_id), '{}'), count(*) FILTER (WHERE disposition = 'opened')
    INTO written, opened FROM added;

    -- Numbers only for those that were really new, so that a day's numbers have no gaps.
    IF opened > 0 THEN
        INSERT INTO day_counter AS d (day, n) VALUES (today, opened)
        ON CONFLICT (day) DO UPDATE SET n = d.n + excluded.n
        RETURNING d.n INTO highest;

        WITH openings AS (
            SELECT a.*, row_number() OVER (ORDER BY a.ordinality) AS nth,
                   array_agg(a.ticket_id) OVER (PARTITION BY a.customer_id ORDER BY a.ordinality
                                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
            FROM unnest(arrivals) WITH ORDINALITY AS a
            JOIN contacts c ON c.channel = a.channel AND c.external_id = a.external_id AND c.ticket_id = a.ticket_id
        )
        INSERT INTO tickets (ticket_id, day, serial, contact_id, customer_id, phone, related_ticket_ids,
                             opened_at, last_recorded_at)
        SELECT o.ticket_id, today, highest - opened + o.nth, o.contact_id, o.customer_id, o.phone,
               ARRAY(
                   SELECT r.ticket_id FROM (
                       (SELECT t.ticket_id FROM tickets t
                        WHERE t.customer_id = o.customer_id AND t.is_open ORDER BY t.ticket_id DESC LIMIT 50)
                       UNION ALL  -- the ticket it names is not open, or there would be nothing to open
                       SELECT t.ticket_id FROM tickets t WHERE t.day = o.named_day AND t.serial = o.named_serial
                       UNION ALL
                       SELECT unnest(o.earlier) WHERE o.customer_id IS NOT NULL
                   ) r ORDER BY r.ticket_id
               ),
               moment, moment
        FROM openings o ORDER BY o.nth;
    END IF;

    -- Contacts that joined a ticket take its next sequences; instants of one ticket's facts rise strictly.
    IF opened < cardinality(written) THEN
        WITH joining AS MATERIALIZED (
            SELECT c.channel, c.external_id, c.ticket_id,
                   (row_number() OVER (PARTITION BY c.ticket_id ORDER BY a.ordinality))::integer AS nth,
                   (count(*) OVER (PARTITION BY c.ticket_id))::integer AS together
            FROM unnest(arrivals) WITH ORDINALITY AS a
            JOIN contacts c ON c.channel = a.channel AND c.external_id = a.external_id
            WHERE c.disposition = 'follow_up' AND c.contact_id = ANY (written)
        ), moved AS (
            UPDATE tickets t
            SET intake_sequence = t.intake_sequence + j.together,
                last_recorded_at = greatest(moment, t.last_recorded_at + interval '1 microsecond')
                                 + (j.together - 1) * interval '1 microsecond'
            FROM joining j WHERE t.ticket_id = j.ticket_id AND j.nth = 1
            RETURNING t.ticket_id, t.intake_sequence, t.last_recorded_at
        )
        UPDATE contacts c
        SET sequence = m.intake_sequence - j.together + j.nth,
            recorded_at = m.last_recorded_at - (j.together - j.nth) * interval '1 microsecond'
        FROM joining j JOIN moved m ON m.ticket_id = j.ticket_id
        WHERE c.channel = j.channel AND c.external_id = j.external_id;
    END IF;

    -- A statement of its own, so a snapshot of its own: it sees what a concurrent transaction stored under a key.
    RETURN QUERY
    WITH stored AS MATERIALIZED (
        SELECT a.ordinality AS place, c.contact_id = ANY (written) AS is_new, c.digest = a.digest AS is_same, c.*
        FROM unnest(arrivals) WITH ORDINALITY AS a
        JOIN contacts c ON c.channel = a.channel AND c.external_id = a.external_id
    ), lines AS (
        INSERT INTO ledger (channel, external_id, disposition, status, recorded_at)
        SELECT s.channel, s.external_id, s.disposition, NULL, s.recorded_at FROM stored s WHERE s.is_new
        UNION ALL
        SELECT d.channel, d.external_id, CASE WHEN d.is_same THEN 'duplicate' ELSE 'refused' END,
               CASE WHEN NOT d.is_same THEN 409 END, moment
        FROM (
            SELECT s.channel, s.external_id, s.is_same FROM stored s WHERE NOT s.is_new
            UNION ALL
            SELECT s.channel, s.external_id, s.digest = r.digest
            FROM unnest(repeats) AS r JOIN stored s ON s.place = r.place
        ) d
        UNION ALL
        SELECT f.channel, f.external_id, 'refused', f.status, moment FROM unnest(refusals) AS f
    )
    SELECT s.place, s.is_new, s.digest, s.contact_id, s.disposition, s.ticket_id, t.day, t.serial,
           CASE s.disposition WHEN 'opened' THEN t.related_ticket_ids ELSE '{}' END,
           s.sequence, s.recorded_at, t.contact_id
    FROM stored s JOIN tickets t ON t.ticket_id = s.ticket_id
    ORDER BY s.place;
END
$function$
"""


def upgrade() -> None:
    for statement in (*VERSION_1, *DIRECTORY, *RECORDS, *PARAMETERS, RECORD_CONTACTS):
        op.execute(text(statement))
