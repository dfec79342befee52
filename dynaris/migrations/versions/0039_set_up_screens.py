"""What the screens of knowledge, scheduling and settings read."""

from alembic import op

revision = "0039"
down_revision = "0038"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
