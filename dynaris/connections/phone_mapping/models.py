"""The table of phone mappings."""

from sqlalchemy import CheckConstraint, Column, Index, Integer
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, jsonb, tenant_table, text, uuid

agent_phone_mapping = tenant_table(
    "agent_phone_mapping",
    uuid("account_id", nullable=False),
    Column("position", Integer, nullable=False),  # the first whose hours it is decides
    text("agent"),  # by its name, or
    uuid("team_id"),
    jsonb("hours"),  # as workspace.business_hours; none: always
    created_at(),
    belongs_to("account", ondelete="CASCADE"),
    belongs_to("team", ondelete="CASCADE"),
    CheckConstraint("(agent IS NULL) <> (team_id IS NULL)", name="one"),
    Index("ix_agent_phone_mapping_account", "workspace_id", "account_id", "position"),
    Index("ix_agent_phone_mapping_team", "workspace_id", "team_id", postgresql_where=sql("team_id IS NOT NULL")),
)
