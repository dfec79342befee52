"""Agents that a workspace writes itself."""

from alembic import op

revision = "0035"
down_revision = "0034"

# The runs of one agent, newest first.
_STATEMENTS = ("CREATE INDEX ix_run_agent ON run (workspace_id, agent, id)",)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
