"""Where the process is reached that has a call on its line."""

from alembic import op

revision = "0064"
down_revision = "0062"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE call ADD COLUMN held_at text")
