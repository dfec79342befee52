"""What the overview and the ledger read."""

from alembic import op

revision = "0034"
down_revision = "0033"

_STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX ix_conversation_respond ON conversation (workspace_id, respond_by) WHERE respond_by IS NOT NULL AND status = 'open'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
