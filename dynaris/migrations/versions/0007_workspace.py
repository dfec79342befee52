"""Teams, what a business says of itself, accounts that were taken away, and an audit log that can be searched."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dynaris.migrations.security import protect

revision = "0007"
down_revision = "0006"

_UUID = postgresql.UUID(as_uuid=True)
_NOW = sa.text("clock_timestamp()")

# What entries from before said of people: what a change was about stays, whom it was about goes.
_FORGET_CHANGES = """UPDATE audit_entry SET detail = jsonb_build_object(
        'changed', (SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') FROM jsonb_object_keys(detail) AS key))
    WHERE action = 'contact.changed' AND NOT detail ? 'changed'"""
_FORGET_ADDRESSES = """UPDATE audit_entry SET detail = detail - 'value' - 'contact_id'
    WHERE starts_with(action, 'contact.address_') AND detail ? 'value'"""
_FORGET_WORDS = """UPDATE audit_entry SET detail = detail - 'subject' - 'reason'
        || CASE WHEN detail ? 'subject' THEN '{"changed": ["subject"]}'::jsonb ELSE '{}'::jsonb END
    WHERE action IN ('conversation.changed', 'contact.merged') AND (detail ? 'subject' OR detail ? 'reason')"""


def upgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column("workspace", sa.Column("hours_exceptions", postgresql.JSONB(), server_default=empty, nullable=False))
    op.add_column(
        "workspace",
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{en}'"), nullable=False),
    )
    op.add_column("workspace", sa.Column("plan", sa.Text(), server_default="", nullable=False))
    op.add_column("workspace", sa.Column("credits_note", sa.Text(), server_default="", nullable=False))
    op.add_column("account", sa.Column("removed_at", sa.DateTime(timezone=True)))
    op.drop_index("uq_account_address", "account")
    op.create_index(
        "uq_account_address",
        "account",
        ["workspace_id", "channel", "address"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("ix_audit_entry_when", "audit_entry", ["workspace_id", "created_at", "id"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["workspace_id", "actor", "created_at", "id"])
    _teams()
    statements = ["UPDATE workspace SET languages = ARRAY[language]", _FORGET_CHANGES, _FORGET_ADDRESSES, _FORGET_WORDS]
    for statement in (*statements, *protect("team"), *protect("team_member")):
        op.get_bind().exec_driver_sql(statement)


def _teams() -> None:
    op.create_table(
        "team",
        sa.Column("workspace_id", _UUID, nullable=False),
        sa.Column("id", _UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index("uq_team_name", "team", ["workspace_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "team_member",
        sa.Column("workspace_id", _UUID, nullable=False),
        sa.Column("team_id", _UUID, nullable=False),
        sa.Column("member_id", _UUID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "team_id", "member_id"),
        sa.ForeignKeyConstraint(["workspace_id", "team_id"], ["team.workspace_id", "team.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace_id", "member_id"], ["member.workspace_id", "member.id"]),
    )
    op.create_index("ix_team_member_member", "team_member", ["workspace_id", "member_id"])
