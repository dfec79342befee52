"""What operators watch: the installation's id, the figures of its processes, and questions about work everywhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dynaris.migrations.security import definer

revision = "0013"
down_revision = "0012"

# Open work exactly, through partial indexes; nothing here reads what is done.
_WATCH = """
    WITH waiting AS (
        SELECT e.waiting_for, count(*) AS n, min(e.created_at) AS oldest FROM event e
        WHERE e.status = 'waiting' GROUP BY e.waiting_for),
    queued AS (
        SELECT count(*) AS n, min(e.created_at) AS oldest FROM event e
        WHERE e.status = 'queued' AND e.outcome IS NULL),
    due AS (
        SELECT count(*) AS n, min(l.due_at) AS oldest FROM lane l
        WHERE l.due_at <= clock_timestamp() AND (l.holder IS NULL OR l.lease_until < clock_timestamp())),
    letters AS (
        SELECT o.status, count(*) AS n, min(o.created_at) AS oldest,
               count(*) FILTER (WHERE o.due_at < clock_timestamp() - interval '1 minute') AS stuck
        FROM outbox o WHERE o.status IN ('queued', 'sending') GROUP BY o.status),
    heard AS (SELECT max(w.last_heartbeat) AS at,
                     count(*) FILTER (WHERE w.last_heartbeat > clock_timestamp() - interval '10 seconds') AS n
              FROM procrastinate_workers w)
    SELECT 'events_open', 'queued', '', n::float8 FROM queued
    UNION ALL SELECT 'events_open', 'waiting', waiting_for, n FROM waiting
    UNION ALL SELECT 'events_oldest_seconds', 'queued', '', age_seconds(oldest) FROM queued
    UNION ALL SELECT 'events_oldest_seconds', 'waiting', '', age_seconds(min(oldest)) FROM waiting
    UNION ALL SELECT 'events_overdue', '', '', count(*) FROM event e
        WHERE e.status = 'waiting' AND e.deadline <= clock_timestamp()
    UNION ALL SELECT 'lanes_due', '', '', n FROM due
    UNION ALL SELECT 'lane_oldest_due_seconds', '', '', age_seconds(oldest) FROM due
    UNION ALL SELECT 'outbox_open', status, '', n FROM letters
    UNION ALL SELECT 'outbox_oldest_seconds', status, '', age_seconds(oldest) FROM letters
    UNION ALL SELECT 'outbox_stuck', '', '', coalesce(sum(stuck), 0) FROM letters
    UNION ALL SELECT 'approvals_pending', '', '', count(*) FROM approval a WHERE a.status = 'pending'
    UNION ALL SELECT 'follow_ups_waiting', '', '', count(*) FROM follow_up f WHERE f.status = 'waiting'
    UNION ALL SELECT 'jobs', j.status::text, '', count(*) FROM procrastinate_jobs j GROUP BY j.status
    UNION ALL SELECT 'job_oldest_seconds', '', '', age_seconds(min(coalesce(j.scheduled_at, (
            SELECT min(v.at) FROM procrastinate_events v WHERE v.job_id = j.id))))
        FROM procrastinate_jobs j
        WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= clock_timestamp())
    UNION ALL SELECT 'workers_alive', '', '', n FROM heard
    UNION ALL SELECT 'worker_heard_seconds', '', '', age_seconds(at) FROM heard WHERE at IS NOT NULL
    UNION ALL SELECT 'accounts', a.channel, CASE WHEN a.error IS NOT NULL OR a.send_error IS NOT NULL THEN 'unwell'
                                            ELSE 'well' END, count(*)
        FROM account a WHERE a.enabled GROUP BY 2, 3"""

_AGE = """CREATE FUNCTION age_seconds(since timestamptz) RETURNS float8 LANGUAGE sql VOLATILE AS $$
    SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - since), 0), 0)::float8 $$"""

FUNCTIONS = [
    definer(
        # A restored copy is another installation: a backup leaves the row out, and the copy's first process makes one.
        "installation_id()",
        "uuid",
        # Two statements, so that the second sees the row for which the first waited.
        """INSERT INTO installation (id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING;
           SELECT id FROM installation""",
        volatile=True,
    ),
    definer(
        "last_backup()",
        "TABLE (made_at timestamptz, backed_up_at timestamptz)",
        "SELECT i.made_at, i.backed_up_at FROM installation i",
    ),
    definer(
        "publish_figures(of_process text, of_kind text, its_clock timestamptz, its_figures jsonb)",
        "void",
        """DELETE FROM process_figures WHERE at < clock_timestamp() - interval '10 minutes'
               OR at > clock_timestamp() + interval '1 minute';  -- before the clock stepped back
           INSERT INTO process_figures (process, kind, clock, figures, at)
           VALUES (of_process, of_kind, its_clock, its_figures, clock_timestamp())
           ON CONFLICT (process) DO UPDATE
           SET kind = excluded.kind, clock = excluded.clock, figures = excluded.figures, at = excluded.at""",
        volatile=True,
    ),
    definer("withdraw_figures(of_process text)", "void", "DELETE FROM process_figures WHERE process = of_process",
            volatile=True),
    definer(
        "published_figures(seconds integer)",
        "TABLE (process text, kind text, at timestamptz, clock timestamptz, figures jsonb)",
        """SELECT p.process, p.kind, p.at, p.clock, p.figures FROM process_figures p
           WHERE p.at > clock_timestamp() - make_interval(secs => seconds) ORDER BY p.process LIMIT 500""",
        volatile=True,
    ),
    definer(
        "watch_figures()",
        "TABLE (measure text, label text, label2 text, n float8)",
        _WATCH,
        volatile=True,
    ),
]  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("backed_up_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint('"only"', name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_installation")),
    )
    op.create_table(
        "process_figures",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clock", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_process_figures")),
        prefixes=["UNLOGGED"],  # figures of the last seconds: a crash may forget them
    )
    op.execute(_AGE)
    for statements in FUNCTIONS:
        for statement in statements:
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
