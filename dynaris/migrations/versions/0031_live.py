"""The change feed that screens follow."""

from alembic import op

revision = "0031"
down_revision = "0030"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
