"""What the screens of contacts and tasks read."""

from alembic import op

revision = "0038"
down_revision = "0037"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
