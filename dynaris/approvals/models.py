"""The table of approvals: what an agent wants to do and what a person said."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

approval = tenant_table(
    "approval",
    uuid("event_id", nullable=False),
    uuid("run_id", nullable=False),
    uuid("conversation_id"),
    uuid("contact_id"),
    text("action", nullable=False),  # "reply" or the tool's name
    text("call_id", nullable=False),
    text("effect", nullable=False),
    jsonb("proposal", nullable=False),  # the reply {"text": ...} or the tool's arguments
    text("why", nullable=False),  # why a person is asked
    text("status", nullable=False, server_default="pending"),
    uuid("owner_id", nullable=False),  # member
    moment("deadline", nullable=False),
    jsonb("edits"),
    text("reason"),
    text("decided_by"),
    moment("decided_at"),
    created_at(),
    CheckConstraint("status IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')", name="status"),
    Index("uq_approval_call", "workspace_id", "run_id", "call_id", unique=True),
    Index("ix_approval_pending", "deadline", postgresql_where=sql("status = 'pending'")),
    Index("ix_approval_contact", "workspace_id", "contact_id"),
    Index("ix_approval_conversation", "workspace_id", "conversation_id", postgresql_where=sql("status = 'pending'")),
    Index("ix_approval_status", "workspace_id", "status", "id"),
)
