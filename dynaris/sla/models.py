"""Tables of SLA policies and clocks."""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Index, Integer, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import UUID

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

# Which targets count for which conversations: the first one by `position` that fits. What is empty fits every one.
sla_policy = tenant_table(
    "sla_policy",
    Column("position", Integer, nullable=False),
    text("name", nullable=False),
    Column("channels", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    Column("team_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=sql("'{}'")),
    Column("contact_tags", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    Column("tag_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=sql("'{}'")),
    Column("first_response_minutes", Integer),
    Column("next_response_minutes", Integer),
    Column("resolution_minutes", Integer),
    Column("business_hours", Boolean, nullable=False, server_default=sql("true")),
    Column("warn_percent", Integer),  # of the target; or so many minutes before; or neither
    Column("warn_minutes", Integer),
    created_at(),
    CheckConstraint("num_nonnulls(warn_percent, warn_minutes) <= 1", name="warn"),
)

# Triggers start and stop clocks in the transaction of what does so (migration 0052); sla/planning.py says when they are
# due. A conversation's rows outlive it as figures.
sla_clock = tenant_table(
    "sla_clock",
    uuid("conversation_id", nullable=False),
    text("kind", nullable=False),
    text("status", nullable=False, server_default="running"),
    uuid("message_id"),  # the contact's, which waits for an answer
    uuid("answered_by"),  # the message that stopped it
    moment("started_at", nullable=False),
    moment("paused_at"),
    jsonb("pauses", nullable=False, server_default=sql("'[]'")),  # [from, until] of those that are over
    moment("stopped_at"),
    Column("to_plan", Boolean, nullable=False, server_default=sql("true")),  # what it is due by has changed
    # as it was planned last
    uuid("policy_id"),
    text("channel"),
    uuid("team_id"),
    Column("target_minutes", Integer),
    moment("due_at"),
    moment("warn_at"),
    moment("warned_at"),
    moment("breached_at"),
    Column("seconds", Integer),  # once stopped: how long it ran, in the time that counts for it
    created_at(),
    CheckConstraint("kind IN ('first_response', 'next_response', 'resolution')", name="kind"),
    CheckConstraint("status IN ('running', 'paused', 'stopped', 'cancelled')", name="status"),
    CheckConstraint("(status = 'paused') = (paused_at IS NOT NULL)", name="paused"),
    Index(
        "uq_sla_clock_live",
        "workspace_id",
        "conversation_id",
        sql("(kind = 'resolution')"),
        unique=True,
        postgresql_where=sql("status IN ('running', 'paused')"),
    ),
    Index("ix_sla_clock_conversation", "workspace_id", "conversation_id", "created_at"),
    Index("ix_sla_clock_started", "workspace_id", "started_at"),
    Index("ix_sla_clock_answered_by", "workspace_id", "answered_by", postgresql_where=sql("answered_by IS NOT NULL")),
    Index("ix_sla_clock_to_plan", "workspace_id", postgresql_where=sql("to_plan")),
    Index(
        "ix_sla_clock_warn",
        "warn_at",
        postgresql_where=sql("status = 'running' AND warned_at IS NULL AND warn_at IS NOT NULL"),
    ),
    Index(
        "ix_sla_clock_due",
        "due_at",
        postgresql_where=sql("status = 'running' AND breached_at IS NULL AND due_at IS NOT NULL"),
    ),
)
