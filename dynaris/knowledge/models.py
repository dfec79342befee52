"""Tables of knowledge: sources and the passages that search finds."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSVECTOR

from dynaris.core.tables import belongs_to, created_at, moment, tenant_table, text, uuid

knowledge_source = tenant_table(
    "knowledge_source",
    text("kind", nullable=False),
    text("title", nullable=False),
    text("content", nullable=False),
    text("language", nullable=False, server_default="en"),
    Column("enabled", Boolean, nullable=False, server_default=sql("true")),
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    CheckConstraint("kind IN ('text', 'markdown', 'faq')", name="kind"),
)

passage = tenant_table(
    "passage",
    uuid("source_id", nullable=False),
    Column("position", Integer, nullable=False),
    text("heading", nullable=False),
    text("text", nullable=False),
    Column("search", TSVECTOR, nullable=False),
    belongs_to("knowledge_source", "source_id", ondelete="CASCADE"),
    Index("ix_passage_source", "workspace_id", "source_id"),
    Index("ix_passage_search", "search", postgresql_using="gin"),
)
