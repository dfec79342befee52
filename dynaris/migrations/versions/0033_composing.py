"""Drafts, presence and replies of teammates."""

from alembic import op

revision = "0033"
down_revision = "0032"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
