"""Calls that are wanted, and not placed yet."""

from alembic import op

from dynaris.migrations.security import definer

revision = "0061"
down_revision = "0060"

_STATEMENTS = (
    "CREATE INDEX ix_call_wanted ON call (created_at) WHERE left(external_id, 8) = 'placing:'",
    # Whoever wanted it places it at once; what is older was wanted by an agent, or its process died.
    *definer(
        "wanted_calls(most integer)",
        "TABLE (workspace_id uuid, id uuid)",
        """SELECT c.workspace_id, c.id FROM call c
           WHERE left(c.external_id, 8) = 'placing:' AND c.status = 'ringing'
             AND c.created_at < clock_timestamp() - interval '2 seconds'
           ORDER BY c.created_at LIMIT most""",
    ),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
