"""Sessions that are over are found by an index; a function that nobody asks any more goes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("DROP FUNCTION work_counts(uuid)")
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_index(
        "ix_session_revoked_at", "session", ["revoked_at"], postgresql_where=sa.text("revoked_at IS NOT NULL")
    )
