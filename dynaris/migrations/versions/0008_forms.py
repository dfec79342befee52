"""Forms on web sites: an event may wait for a task."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("task", sa.Column("event_id", sa.Uuid(), nullable=True))
    op.add_column("task", sa.Column("done_as", sa.Text(), nullable=True))
