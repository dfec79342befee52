"""What is done once a call is over, and whether it is recorded."""

from alembic import op

from dynaris.migrations.security import definer

revision = "0062"
down_revision = "0061"

_STATEMENTS = (
    "ALTER TABLE call ADD COLUMN recorded boolean",
    "ALTER TABLE call ADD COLUMN wrapping_up_at timestamptz",
    "ALTER TABLE call ADD COLUMN wrapped_up_at timestamptz",
    "ALTER TABLE call ADD COLUMN wrap_ups integer NOT NULL DEFAULT 0",
    "UPDATE call SET wrapped_up_at = ended_at WHERE status = 'ended'",
    "CREATE INDEX ix_call_to_wrap_up ON call (ended_at) WHERE status = 'ended' AND wrapped_up_at IS NULL",
    # Whoever had it on the line writes down the last words before it lets go, or has died.
    *definer(
        "calls_to_wrap_up(most integer)",
        "TABLE (workspace_id uuid, id uuid)",
        """SELECT c.workspace_id, c.id FROM call c
           WHERE c.status = 'ended' AND c.wrapped_up_at IS NULL
             AND (c.holder IS NULL OR c.beat_at < clock_timestamp() - interval '75 seconds')
             AND (c.wrapping_up_at IS NULL OR c.wrapping_up_at < clock_timestamp() - interval '5 minutes')
           ORDER BY c.ended_at LIMIT most""",
    ),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
