"""What a Herald that runs elsewhere says of our turns."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0043"
down_revision = "0042"

_STATEMENTS = (
    """CREATE TABLE turn_callback (
       workspace_id UUID NOT NULL,
       turn_id TEXT NOT NULL,
       number INTEGER NOT NULL,
       said JSONB NOT NULL,
       created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       CONSTRAINT pk_turn_callback PRIMARY KEY (workspace_id, turn_id, number))""",
    *protect("turn_callback"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
