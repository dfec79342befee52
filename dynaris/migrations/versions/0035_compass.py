"""Agents that a workspace writes itself."""

from alembic import op

revision = "0035"
down_revision = "0034"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
