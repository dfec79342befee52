"""What the overview and the ledger read."""

from alembic import op

revision = "0034"
down_revision = "0033"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
