"""The table of notifications to members."""

from sqlalchemy import Index
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, moment, tenant_table, text, uuid

notification = tenant_table(
    "notification",
    uuid("member_id", nullable=False),
    text("cause", nullable=False),  # one cause notifies once
    text("title", nullable=False),
    text("body", nullable=False),
    text("subject", nullable=False),  # "event:<id>", "conversation:<id>", ...
    created_at(),
    moment("read_at"),
    Index("uq_notification_cause", "workspace_id", "member_id", "cause", unique=True),
    Index("ix_notification_member", "workspace_id", "member_id", "id"),
    Index("ix_notification_unread", "workspace_id", "member_id", "id", postgresql_where=sql("read_at IS NULL")),
)
