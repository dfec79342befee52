"""Tables of usage: prices with the time in which they hold, and what was used, with what it cost and why."""

from sqlalchemy import CheckConstraint, Column, Index, Numeric
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text

price = tenant_table(
    "price",
    text("provider", nullable=False),
    text("model", nullable=False),  # "*": all that have no price of their own
    text("unit", nullable=False),
    Column("amount", Numeric(18, 6), nullable=False),  # US dollars
    moment("effective_from", nullable=False),
    moment("effective_to"),
    created_at(),
    CheckConstraint("unit IN ('stt_minute', 'llm_input_1k', 'llm_output_1k', 'tts_1k')", name="unit"),
    CheckConstraint("effective_to IS NULL OR effective_to > effective_from", name="period"),
    Index("ix_price_of", "workspace_id", "provider", "model", "unit", "effective_from"),
)

# One for each call: what it was of, what it used of each provider, what that cost.
usage_event = tenant_table(
    "usage_event",
    text("call_id", nullable=False),  # of ours its id; another runtime's own
    moment("at", nullable=False),
    text("channel", nullable=False),
    text("agent", nullable=False),
    text("transcript"),  # where it is
    Column("seconds", Numeric(12, 3), nullable=False),
    jsonb("metrics", nullable=False),
    jsonb("metadata", nullable=False, server_default=sql("'{}'")),
    Column("cost", Numeric(18, 6), nullable=False),  # of what has a price
    jsonb("evidence", nullable=False),  # each part with the price that it was computed with
    created_at(),
    Index("uq_usage_event_call", "workspace_id", "call_id", unique=True),
    Index("ix_usage_event_at", "workspace_id", "at", "id"),
)
