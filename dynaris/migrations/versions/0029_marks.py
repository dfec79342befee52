"""By which release's reading of headings a workspace's passages are marked."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("ALTER TABLE knowledge_state ADD COLUMN marks TEXT DEFAULT '' NOT NULL")
