"""The chat widget's looks, identified visitors and files."""

from alembic import op

revision = "0036"
down_revision = "0035"

_STATEMENTS = ("ALTER TABLE lane ADD COLUMN awaits_more BOOLEAN DEFAULT false NOT NULL",)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
