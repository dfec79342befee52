"""Tables of agent runs: the journal that people read and that a crash resumes from."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Numeric
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

run = tenant_table(
    "run",
    uuid("event_id", nullable=False),
    uuid("contact_id"),
    uuid("conversation_id"),
    text("agent", nullable=False),
    text("model", nullable=False),
    text("status", nullable=False, server_default="running"),
    jsonb("prompt", nullable=False),  # {"instructions": ..., "input": ...}: what a resumed run starts from
    jsonb("output"),
    text("error"),
    Column("input_tokens", Integer, nullable=False, server_default=sql("0")),
    Column("output_tokens", Integer, nullable=False, server_default=sql("0")),
    created_at(),
    moment("ended_at"),
    CheckConstraint("status IN ('running', 'waiting', 'done', 'failed')", name="status"),
    Index("ix_run_event", "workspace_id", "event_id"),
    Index("ix_run_contact", "workspace_id", "contact_id", "id"),
)

# Each model response and each tool call with its result, written before the next step starts.
run_step = tenant_table(
    "run_step",
    uuid("run_id", nullable=False),
    Column("position", Integer, nullable=False),
    text("kind", nullable=False),
    text("tool"),
    text("call_id"),
    text("effect"),
    jsonb("request"),  # tool arguments
    jsonb("response"),  # model response or tool result
    text("error"),
    Column("done", Boolean, nullable=False),
    created_at(),
    Column("duration_ms", Numeric(12, 3)),
    CheckConstraint("kind IN ('route', 'model', 'tool', 'note')", name="kind"),
    Index("uq_run_step_position", "workspace_id", "run_id", "position", unique=True),
)
