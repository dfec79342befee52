"""Tables of what our people are told, where and when, and of how they want to be told."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

notification = tenant_table(
    "notification",
    uuid("member_id", nullable=False),
    text("cause", nullable=False),  # one cause notifies once
    text("title", nullable=False),
    text("body", nullable=False),
    text("subject", nullable=False),  # "event:<id>", "conversation:<id>", ...
    created_at(),
    moment("read_at"),
    text("topic", nullable=False),  # see topics.py
    Column("shown", Boolean, nullable=False, server_default=sql("true")),  # in the app
    # the transaction that last changed it, for streams that go on where they stopped (stream.py)
    Column("xid", BigInteger, nullable=False, server_default=sql("pg_current_xact_id()::text::bigint")),
    Index("uq_notification_cause", "workspace_id", "member_id", "cause", unique=True),
    Index("ix_notification_member", "workspace_id", "member_id", "id"),
    Index("ix_notification_unread", "workspace_id", "member_id", "id", postgresql_where=sql("read_at IS NULL")),
    Index("ix_notification_xid", "workspace_id", "member_id", "xid"),
)

# One row for each way out of the app that a notification takes: a mail, a browser, the workspace's channel.
notification_send = tenant_table(
    "notification_send",
    uuid("notification_id", nullable=False),
    uuid("member_id"),  # none: for the whole workspace
    text("medium", nullable=False),
    uuid("subscription_id"),  # the browser of a push
    Column("digest", Boolean, nullable=False, server_default=sql("false")),  # leaves with others, when it is due
    moment("due_at", nullable=False, server_default=sql("clock_timestamp()")),
    text("status", nullable=False, server_default="waiting"),
    text("result"),  # why it was dropped, or the dedupe keys in the outbox, one a line
    created_at(),
    belongs_to("notification", ondelete="CASCADE"),
    CheckConstraint("medium IN ('email', 'push', 'workspace')", name="medium"),
    CheckConstraint("status IN ('waiting', 'done', 'dropped')", name="status"),
    Index("ix_notification_send_due", "due_at", postgresql_where=sql("status = 'waiting'")),
    Index("ix_notification_send_waiting", "workspace_id", "due_at", postgresql_where=sql("status = 'waiting'")),
    Index("ix_notification_send_notification", "workspace_id", "notification_id"),
)

notification_preference = tenant_table(
    "notification_preference",
    uuid("member_id", nullable=False),
    jsonb("preferences", nullable=False),  # see preferences.py
    belongs_to("member", ondelete="CASCADE"),
    key=("member_id",),
)

push_subscription = tenant_table(
    "push_subscription",
    uuid("member_id", nullable=False),
    text("endpoint", nullable=False),  # where the browser's maker takes messages for it
    jsonb("keys", nullable=False),  # the browser's own, to encrypt for it alone
    text("device", nullable=False, server_default=""),
    created_at(),
    belongs_to("member", ondelete="CASCADE"),
    Index("uq_push_subscription_endpoint", "workspace_id", "endpoint", unique=True),
    Index("ix_push_subscription_member", "workspace_id", "member_id"),
)

# Who is told next while nobody reacts.
notification_escalation = tenant_table(
    "notification_escalation",
    text("cause", nullable=False),
    text("topic", nullable=False),
    text("title", nullable=False),
    text("body", nullable=False),
    text("subject", nullable=False),  # what somebody has to react to
    text("circle", nullable=False),  # who is told next
    moment("due_at", nullable=False),
    text("status", nullable=False, server_default="waiting"),
    created_at(),
    CheckConstraint("circle IN ('admins', 'owner')", name="circle"),
    CheckConstraint("status IN ('waiting', 'reacted', 'exhausted')", name="status"),
    Index("uq_notification_escalation_cause", "workspace_id", "cause", unique=True),
    Index("ix_notification_escalation_due", "due_at", postgresql_where=sql("status = 'waiting'")),
    Index("ix_notification_escalation_subject", "workspace_id", "subject", postgresql_where=sql("status = 'waiting'")),
)
