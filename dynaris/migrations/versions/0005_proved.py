"""A conversation knows which addresses were proved in it, and an address whether it came by a mere claim."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_MAILS = """UPDATE conversation SET proved = ARRAY['email:' || lower(reply_to)]
    WHERE identity = 'verified' AND channel = 'email'"""
_CHATS = """UPDATE conversation c SET proved = ARRAY(
        SELECT DISTINCT v.kind || ':' || v.value FROM verification_code v
        WHERE v.workspace_id = c.workspace_id AND v.conversation_id = c.id AND v.used_at IS NOT NULL)
    WHERE c.identity = 'verified' AND c.thread_key IS NOT NULL"""


def upgrade() -> None:
    empty = sa.text("'{}'")
    op.add_column(
        "conversation", sa.Column("proved", postgresql.ARRAY(sa.Text()), server_default=empty, nullable=False)
    )
    op.add_column("address", sa.Column("taken", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for statement in (_MAILS, _CHATS):
        op.get_bind().exec_driver_sql(statement)
