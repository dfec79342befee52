"""The tables of what is sent: one row for everything that ever is, and what providers said of it."""

from sqlalchemy import CheckConstraint, Column, Index, Integer
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

outbox = tenant_table(
    "outbox",  # its id is the message's idempotency key towards the provider
    text("audience", nullable=False),
    text("channel", nullable=False),
    uuid("account_id", nullable=False),
    text("recipient", nullable=False),
    uuid("contact_id"),
    uuid("conversation_id"),
    uuid("message_id"),
    uuid("event_id"),  # the event this answers
    uuid("run_id"),
    text("dedupe_key", nullable=False),  # the cause: one cause sends once
    jsonb("content", nullable=False),  # OutboundMessage without id and recipient
    text("status", nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default=sql("0")),
    moment("due_at", nullable=False, server_default=sql("clock_timestamp()")),
    moment("claimed_at"),
    moment("sent_at"),
    text("external_id"),
    text("error"),
    created_at(),
    CheckConstraint("audience IN ('contact', 'member', 'system')", name="audience"),
    CheckConstraint("status IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')", name="status"),
    Index("uq_outbox_dedupe", "workspace_id", "dedupe_key", unique=True),
    Index("ix_outbox_open", "due_at", postgresql_where=sql("status IN ('queued', 'sending')")),
    Index("ix_outbox_event", "workspace_id", "event_id", postgresql_where=sql("event_id IS NOT NULL")),
    Index("ix_outbox_message", "workspace_id", "message_id"),
    # what tools sent: a reply is found by its event
    Index("ix_outbox_run", "workspace_id", "run_id", postgresql_where=sql("run_id IS NOT NULL AND event_id IS NULL")),
)

# What was said of a sent message: "taken" in the provider's answer (of one that left as several), the rest later.
receipt = tenant_table(
    "receipt",
    uuid("outbox_id", nullable=False),
    Column("part", Integer, nullable=False),
    text("status", nullable=False),
    text("external_id", nullable=False),
    moment("said_at"),  # by the provider's clock
    text("reason"),  # why it failed
    jsonb("price", nullable=False, server_default=sql("'{}'")),  # what it is charged as
    created_at(),
    CheckConstraint("status IN ('taken', 'sent', 'delivered', 'read', 'failed')", name="status"),
    key=("outbox_id", "part", "status"),
)
