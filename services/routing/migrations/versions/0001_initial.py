"""The tables of routing: the log's, the tickets as decided so far, what waits and for whom, deadlines, policies, answered commands."""

from alembic import op

from shared.log.tables import VERSION_1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # One row per ticket: its state, and beside it what other rows are found by. `holder` counts against a technician's capacity.
    """
    CREATE TABLE tickets (
        ticket_id uuid PRIMARY KEY,
        state jsonb NOT NULL,
        version bigint NOT NULL,
        status text NOT NULL,
        store_id text,
        holder text
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX tickets_holder ON tickets (holder, status) WHERE holder IS NOT NULL",
    # Routing's own events, for the answers to commands that came from an older version. Additive ones are no conflict.
    """
    CREATE TABLE decisions (
        ticket_id uuid NOT NULL,
        sequence bigint NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        type_version integer NOT NULL,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        causation_id uuid NOT NULL,
        correlation_id uuid NOT NULL,
        actor text NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (ticket_id, sequence)
    )
    """,
    # Answers to commands that carried an Idempotency-Key, kept for a week and swept.
    """
    CREATE TABLE commands (
        actor text NOT NULL,
        ticket_id uuid NOT NULL,
        key text NOT NULL,
        digest bytea NOT NULL,
        answer bytea NOT NULL,
        answered_at timestamptz NOT NULL DEFAULT gongdan_now(),
        PRIMARY KEY (actor, ticket_id, key)
    )
    """,
    "CREATE INDEX commands_answered_at ON commands (answered_at)",
    # What is due about a ticket, an index over the states: follows from them and says nothing of its own.
    """
    CREATE TABLE deadlines (
        ticket_id uuid NOT NULL,
        kind text NOT NULL,
        stage text NOT NULL,
        offer integer NOT NULL,
        due_at timestamptz NOT NULL,
        PRIMARY KEY (ticket_id, kind, stage)
    )
    """,
    "CREATE INDEX deadlines_due_at ON deadlines (due_at)",
    # What waits on each crew's list; `needs` holds skills and who was asked, `reason` is null until dispatch has looked.
    """
    CREATE TABLE waiting (
        ticket_id uuid PRIMARY KEY,
        store_id text NOT NULL,
        rank smallint NOT NULL,
        priority text NOT NULL,
        opened_at timestamptz NOT NULL,
        needs jsonb NOT NULL,
        reason text
    )
    """,
    "CREATE INDEX waiting_order ON waiting (store_id, rank DESC, opened_at, ticket_id)",
    "CREATE INDEX waiting_new ON waiting (store_id, rank DESC, opened_at, ticket_id) WHERE reason IS NULL",
    # One row per crew: whoever may add to a crew's load locks it.
    "CREATE TABLE crews (store_id text PRIMARY KEY)",
    # Crews to look at again: at what is new on their list, or at the `whole` of it, because somebody has room again. Only
    # added to; a dispatcher deletes what it sees once it has the crew's lock, before it reads anything else.
    """
    CREATE TABLE marks (
        mark bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        store_id text NOT NULL,
        whole boolean NOT NULL
    )
    """,
    "CREATE INDEX marks_store ON marks (store_id, mark)",
    # What is known of a technician beside the policy; changed under the crew's lock only. `on_duty` null: as the policy says.
    """
    CREATE TABLE technicians (
        technician_id text PRIMARY KEY,
        on_duty boolean,
        given_at timestamptz
    )
    """,
    # Every version of every policy.
    """
    CREATE TABLE policies (
        kind text NOT NULL,
        name text NOT NULL,
        version integer NOT NULL,
        body jsonb NOT NULL,
        actor text NOT NULL,
        event_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL,
        PRIMARY KEY (kind, name, version)
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*VERSION_1, *STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back from the first version but an empty database."""
    raise NotImplementedError
