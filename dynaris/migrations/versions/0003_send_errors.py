"""An account that cannot send says so beside what its listener says."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("account", sa.Column("send_error", sa.Text(), nullable=True))
