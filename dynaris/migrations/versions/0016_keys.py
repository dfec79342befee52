"""Who made a key."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE api_key ADD COLUMN created_by text")
    op.execute(
        """UPDATE api_key k SET created_by = (
               SELECT e.actor FROM audit_entry e WHERE e.workspace_id = k.workspace_id
                   AND e.subject = 'key:' || k.id AND e.action = 'api_key.created' ORDER BY e.created_at LIMIT 1)"""
    )
