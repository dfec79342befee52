"""What agents send their servers of tools, so that these let them in."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0041"
down_revision = "0040"

_STATEMENTS = (
    """CREATE TABLE mcp_secret (
        workspace_id UUID NOT NULL,
        agent TEXT NOT NULL,
        origin TEXT NOT NULL,
        sealed TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_mcp_secret PRIMARY KEY (workspace_id, agent)
    )""",
    *protect("mcp_secret"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
