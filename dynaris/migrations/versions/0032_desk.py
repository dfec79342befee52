"""The agent desktop: queues, tags, canned replies, snoozing, assignment."""

from alembic import op

revision = "0032"
down_revision = "0031"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
