"""The tables of the read model: one schema (`g1`, `g2`, …) for each generation, and one row that names the live one.

A change of shape here is no migration: it is a rebuild, which makes a new generation beside the old one. Rows hold ids
and what the events carry; names are joined when asked, because `policies` and `tickets` have no common order.
"""

GENERATIONS = """
    CREATE TABLE generations (
        number integer PRIMARY KEY,
        state text NOT NULL CHECK (state IN ('building', 'live', 'retained')),
        created_at timestamptz NOT NULL DEFAULT gongdan_now(),
        switched_at timestamptz,
        CONSTRAINT one_live EXCLUDE (state WITH =) WHERE (state = 'live') DEFERRABLE INITIALLY DEFERRED
    )
"""
"""`building`: written by a rebuild; `live`: read, and fed by the readers; `retained`: fed, to be switched back to."""

TABLES = (
    "CREATE SCHEMA {g}",
    # One row per ticket, written again whenever it changes; the document is the fold of its events, as bytes, so that
    # two builds can be compared by them.
    """
    CREATE TABLE {g}.ticket_list (
        ticket_id text COLLATE "C" PRIMARY KEY,
        opened_at timestamptz NOT NULL,
        status text COLLATE "C" NOT NULL,
        store_id text COLLATE "C",
        technician_id text COLLATE "C",
        channel text COLLATE "C",
        category text COLLATE "C",
        priority text COLLATE "C" NOT NULL,
        due_at timestamptz,
        document bytea NOT NULL
    ) WITH (fillfactor = 80)
    """,
    # What a ticket is found by, which hardly ever changes. Apart from the list, so that a change of status does not
    # write a GIN entry for every word again, nor an entry of each index here: every index of a table gets a new entry
    # when a column of any of them changes.
    """
    CREATE TABLE {g}.ticket_search (
        ticket_id text COLLATE "C" PRIMARY KEY,
        opened_at timestamptz NOT NULL,
        ticket_number text COLLATE "C",
        customer_id text COLLATE "C",
        phone text COLLATE "C",
        folded text NOT NULL,
        search tsvector NOT NULL
    )
    """,
    # Every admitted record of `tickets`, its value as it lies in the log.
    """
    CREATE TABLE {g}.history (
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        ticket_id text COLLATE "C" NOT NULL,
        event_id uuid NOT NULL,
        source text NOT NULL,
        type text NOT NULL,
        version integer NOT NULL,
        sequence bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        causation_id uuid NOT NULL,
        correlation_id uuid NOT NULL,
        actor text NOT NULL,
        traceparent text,
        value bytea,
        PRIMARY KEY (partition, "offset")
    )
    """,
    # Every version of every policy.
    """
    CREATE TABLE {g}.policies (
        kind text NOT NULL,
        name text NOT NULL,
        version bigint NOT NULL,
        event_id uuid NOT NULL,
        seen_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (kind, name, version)
    )
    """,
)

INDEXES = (
    'CREATE INDEX history_ticket ON {g}.history (ticket_id, partition, "offset")',
    # Filters first, then the order of the list, then what is filtered inside the index before a row is fetched.
    "CREATE INDEX list_all ON {g}.ticket_list (opened_at DESC, ticket_id DESC, status, category, channel, priority)",
    """
    CREATE INDEX list_store ON {g}.ticket_list
        (store_id, opened_at DESC, ticket_id DESC, status, category, channel, priority)
    """,
    """
    CREATE INDEX list_status ON {g}.ticket_list
        (status, opened_at DESC, ticket_id DESC, category, channel, priority)
    """,
    """
    CREATE INDEX list_technician ON {g}.ticket_list
        (technician_id, opened_at DESC, ticket_id DESC, status, category, channel, priority)
        WHERE technician_id IS NOT NULL
    """,
    """
    CREATE INDEX search_customer ON {g}.ticket_search (customer_id, opened_at DESC, ticket_id DESC)
        WHERE customer_id IS NOT NULL
    """,
    "CREATE INDEX search_phone ON {g}.ticket_search (phone, opened_at DESC) WHERE phone IS NOT NULL",
    "CREATE INDEX search_number ON {g}.ticket_search (ticket_number)",
    "CREATE INDEX list_due ON {g}.ticket_list (due_at, ticket_id) WHERE due_at IS NOT NULL",
    "CREATE INDEX list_store_due ON {g}.ticket_list (store_id, due_at, ticket_id) WHERE due_at IS NOT NULL",
    "CREATE INDEX list_technician_due ON {g}.ticket_list (technician_id, due_at, ticket_id) WHERE due_at IS NOT NULL",
    "CREATE INDEX search_words ON {g}.ticket_search USING gin (search) WITH (fastupdate = on)",
    # So much detail about words is dear to gather: once while a table doubles, not seven times.
    "ALTER TABLE {g}.ticket_search ALTER COLUMN search SET STATISTICS 1000",
    "ALTER TABLE {g}.ticket_search SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_analyze_threshold = 1000)",
    "ALTER TABLE {g}.history SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_analyze_threshold = 10000)",
)
"""Made with the tables of the first generation, and after the load of a rebuilt one: a loaded GIN costs a fifth."""


def schema(generation: int) -> str:
    """The schema of a generation's tables."""
    return f"g{generation}"


def of_generation(statement: str, generation: int) -> str:
    """The statement with `{g}` as the generation's schema."""
    return statement.replace("{g}", schema(generation))
