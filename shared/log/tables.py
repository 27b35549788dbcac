"""The tables that every service's database has for the log, as statements for its first migration.

A later change is a new list (`VERSION_2`), applied by a new migration of each service; a list that has landed never
changes.
"""

VERSION_1: tuple[str, ...] = (
    # The database's clock, moved by GONGDAN_CLOCK_OFFSET_S of the session: the one clock of recorded times and
    # deadlines.
    """
    CREATE FUNCTION gongdan_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT clock_timestamp()
             + make_interval(secs => coalesce(nullif(current_setting('gongdan.clock_offset_s', true), ''),
             '0')::float8)
    $$
    """,
    # Who this database is: part of the relay's transactional id, so that several systems may share a broker. `halted`
    # says why nothing may be written from here any more: the log is ahead of it (see shared/log/reader.py).
    """
    CREATE TABLE log_database (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        database_id uuid NOT NULL DEFAULT gen_random_uuid(),
        halted text
    )
    """,
    "INSERT INTO log_database DEFAULT VALUES",
    # Facts that are durable here and not yet acknowledged by Kafka. CACHE 1: see shared/log/outbox.py for why order
    # holds. A row lives for milliseconds: it is not worth compressing.
    """
    CREATE TABLE outbox (
        position bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
        record_id uuid NOT NULL,
        topic text NOT NULL,
        key bytea,
        headers bytea NOT NULL,
        value bytea,
        written_at timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (toast_tuple_target = 8160)
    """,
    # The leader's term, and up to where each partition has been checked for what is already there.
    """
    CREATE TABLE relay_term (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        term bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO relay_term DEFAULT VALUES",
    """
    CREATE TABLE relay_positions (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        PRIMARY KEY (topic, partition)
    )
    """,
    # How far this database has read: effect and position are saved in one transaction.
    """
    CREATE TABLE log_positions (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        cluster_id text NOT NULL,
        topic_id text NOT NULL,
        newest_at timestamptz,
        PRIMARY KEY (topic, partition)
    )
    """,
    # Admission: per subject the ids admitted so far, 16 bytes each, one column per source; the last sequence is
    # length / 16.
    """
    CREATE TABLE log_subjects (
        topic text NOT NULL,
        subject text NOT NULL,
        intake_ids bytea NOT NULL DEFAULT '',
        routing_ids bytea NOT NULL DEFAULT '',
        notify_ids bytea NOT NULL DEFAULT '',
        seen_at timestamptz,
        stopped text,
        PRIMARY KEY (topic, subject)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX log_subjects_stopped ON log_subjects (topic, subject) WHERE stopped IS NOT NULL",
    # What could not be read or admitted: the bytes as they were, and why.
    """
    CREATE TABLE dead_letters (
        id uuid PRIMARY KEY,
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        key bytea,
        headers bytea NOT NULL,
        value bytea,
        kind text NOT NULL,
        reason text NOT NULL,
        subject text,
        status text NOT NULL DEFAULT 'waiting',
        died_at timestamptz NOT NULL DEFAULT gongdan_now(),
        settled_at timestamptz,
        settled_by text,
        UNIQUE (topic, partition, "offset")
    )
    """,
    "CREATE INDEX dead_letters_waiting ON dead_letters (died_at) WHERE status = 'waiting'",
    "CREATE INDEX dead_letters_discarded ON dead_letters (topic) WHERE status = 'discarded'",
    # Records of a stopped subject, from all sources, in log order, until a person or a newer program settles what
    # stopped it.
    """
    CREATE TABLE parked (
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        subject text NOT NULL,
        key bytea,
        headers bytea NOT NULL,
        value bytea,
        PRIMARY KEY (topic, partition, "offset")
    )
    """,
    'CREATE INDEX parked_subject ON parked (topic, subject, partition, "offset")',
    # The first statement of a batch: our positions move if they still are where the reader believes, else error GL001;
    # then the states of the batch's subjects are read. In a function each statement sees what was committed while the
    # one before waited for its rows; a single statement would read states from before that wait.
    """
    CREATE FUNCTION log_begin(
        topic_ text, partitions integer[], olds bigint[], news bigint[], newest_at_ timestamptz, subjects text[]
    ) RETURNS TABLE (subject text, intake_ids bytea, routing_ids bytea, notify_ids bytea, seen_at timestamptz,
                     stopped text, has_discarded boolean)
    LANGUAGE plpgsql AS $$
    DECLARE
        moved integer;
    BEGIN
        -- For the rest of this transaction: its statements take arrays, and were planned anew for each length of them.
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
        UPDATE log_positions AS p SET next_offset = s.new, newest_at = greatest(p.newest_at, newest_at_)
        FROM unnest(partitions, olds, news) AS s(partition, old, new)
        WHERE p.topic = topic_ AND p.partition = s.partition AND p.next_offset = s.old;
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved < cardinality(partitions) THEN
            RAISE EXCEPTION 'another reader moved the position' USING ERRCODE = 'GL001';
        END IF;
        RETURN QUERY
            SELECT w.subject, s.intake_ids, s.routing_ids, s.notify_ids, s.seen_at, s.stopped,
                   EXISTS (SELECT 1 FROM dead_letters AS d WHERE d.topic = topic_ AND d.status = 'discarded')
            FROM unnest(subjects) AS w(subject)
            LEFT JOIN log_subjects AS s ON s.topic = topic_ AND s.subject = w.subject;
    END
    $$
    """,
)
