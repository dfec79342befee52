"""Calls that are transferred to a person, that we place, and that are recorded."""

from alembic import op

from dynaris.migrations.security import definer

revision = "0056"
down_revision = "0055"

_STATEMENTS = (
    """ALTER TABLE call ADD COLUMN transfer JSONB, ADD COLUMN purpose TEXT,
        ADD COLUMN variables JSONB DEFAULT '{}' NOT NULL, ADD COLUMN requested_by TEXT, ADD COLUMN answered_by TEXT, ADD COLUMN recording UUID, ADD COLUMN summary TEXT,
        ADD COLUMN sentiment JSONB,
        ADD CONSTRAINT ck_call_transfer
            CHECK (transfer->>'state' IN ('dialling', 'talking', 'failed', 'done')),
        ADD CONSTRAINT ck_call_answered_by CHECK (answered_by IN ('person', 'machine'))""",
    "DROP FUNCTION lost_calls(integer)",
    # While a person is rung, and while they talk, no process of ours has the call on its line.
    *definer(
        "lost_calls(most integer)",
        "TABLE (workspace_id uuid, id uuid)",
        """SELECT c.workspace_id, c.id FROM call c
           WHERE c.status <> 'ended' AND coalesce(c.beat_at, c.created_at) <
                 clock_timestamp() - CASE WHEN c.transfer->>'state' = 'talking' THEN interval '6 hours'
                                          WHEN c.transfer->>'state' = 'dialling' THEN interval '2 minutes'
                                          WHEN c.status = 'live' THEN interval '45 seconds'
                                          ELSE interval '2 minutes' END
           ORDER BY c.created_at LIMIT most""",
    ),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
