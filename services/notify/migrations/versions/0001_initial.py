"""The tables of notify: the log's, what is known of tickets and policies, deliveries, subscriptions, the local mailbox."""

from alembic import op

from shared.log.tables import VERSION_1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # What has to be known of a ticket to tell people about it, and how many facts notify has written about it.
    """
    CREATE TABLE tickets (
        ticket_id uuid PRIMARY KEY,
        number text,
        customer_id text,
        customer_name text,
        email text,
        language text,
        store_id text,
        technician_id text,
        product text,
        description text,
        notify_sequence integer NOT NULL DEFAULT 0,
        recorded_at timestamptz
    ) WITH (fillfactor = 80)
    """,
    # The newest version of each policy; `revision` rises with every change, so that readers know when to load them again.
    """
    CREATE TABLE policies (
        kind text NOT NULL,
        name text NOT NULL,
        version integer NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (kind, name)
    )
    """,
    """
    CREATE TABLE policies_revision (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        revision bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO policies_revision DEFAULT VALUES",
    # Up to where the log is notify's own past when it starts on an empty database.
    """
    CREATE TABLE replay_ends (
        topic text NOT NULL,
        partition integer NOT NULL,
        end_offset bigint NOT NULL,
        done boolean NOT NULL,
        PRIMARY KEY (topic, partition)
    )
    """,
    # Somebody's address for events. A deleted one stays for its deliveries' sake; its secret goes. `failures` in a row make it pause.
    """
    CREATE TABLE subscriptions (
        id uuid PRIMARY KEY,
        url text NOT NULL,
        event_types text[] NOT NULL,
        secret text,
        ordered boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT gongdan_now(),
        created_by text NOT NULL,
        deleted_at timestamptz,
        failures integer NOT NULL DEFAULT 0,
        paused_until timestamptz
    )
    """,
    # The events that went to subscribers, once each, as they were recorded.
    """
    CREATE TABLE webhook_events (
        event_id uuid PRIMARY KEY,
        body bytea NOT NULL
    )
    """,
    # One row per (event, recipient, channel), and per resend by hand. `lane`: what must be told one after the other, in order of `place`.
    """
    CREATE TABLE deliveries (
        id uuid PRIMARY KEY,
        place bigint GENERATED ALWAYS AS IDENTITY,
        lane text NOT NULL,
        channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
        status text NOT NULL CHECK (status IN ('held', 'waiting', 'sending', 'sent', 'failed', 'suppressed')),
        reason text,
        detail text,
        ticket_id uuid,
        event_id uuid NOT NULL,
        event_type text NOT NULL,
        event_sequence integer NOT NULL,
        event_at timestamptz NOT NULL,
        correlation_id uuid NOT NULL,
        recipient text NOT NULL,
        recipient_id text,
        template text,
        "values" jsonb,
        address text,
        subscription_id uuid REFERENCES subscriptions,
        partition integer,
        resend_of uuid REFERENCES deliveries,
        first_id uuid NOT NULL,
        resends integer NOT NULL DEFAULT 0,
        asked_by text,
        attempts integer NOT NULL DEFAULT 0,
        planned_at timestamptz NOT NULL DEFAULT gongdan_now(),
        due_at timestamptz NOT NULL DEFAULT gongdan_now(),
        worker_id uuid,
        lease_until timestamptz,
        ended_at timestamptz
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX deliveries_lane ON deliveries (lane, place) WHERE status IN ('held', 'waiting', 'sending')",
    "CREATE INDEX deliveries_due_mail ON deliveries (due_at, place) WHERE status = 'waiting' AND channel = 'email'",
    "CREATE INDEX deliveries_due_webhook ON deliveries (subscription_id, due_at, place) WHERE status = 'waiting' AND channel = 'webhook'",
    "CREATE INDEX deliveries_sending ON deliveries (lease_until) WHERE status = 'sending'",
    "CREATE INDEX deliveries_held ON deliveries (partition, place) WHERE status = 'held'",
    "CREATE INDEX deliveries_ticket ON deliveries (ticket_id, place)",
    "CREATE INDEX deliveries_place ON deliveries (place)",
    "CREATE INDEX deliveries_subscription ON deliveries (subscription_id, place) WHERE subscription_id IS NOT NULL",
    "CREATE INDEX deliveries_resend ON deliveries (first_id, resends)",
    # The local mailbox: where letters go when no SMTP server is set.
    """
    CREATE TABLE mails (
        delivery_id uuid PRIMARY KEY,
        place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        ticket_id uuid NOT NULL,
        message_id text NOT NULL,
        sender text NOT NULL,
        address text NOT NULL,
        subject text NOT NULL,
        text text NOT NULL,
        html text NOT NULL,
        raw bytea NOT NULL,
        received_at timestamptz NOT NULL DEFAULT gongdan_now()
    )
    """,
    "CREATE INDEX mails_ticket ON mails (ticket_id, place)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*VERSION_1, *STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back from the first version but an empty database."""
    raise NotImplementedError
