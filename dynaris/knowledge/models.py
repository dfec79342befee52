"""Tables of knowledge: sources, their documents and versions, passages, and what was asked in vain."""

from sqlalchemy import ARRAY, BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
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
    text("url"),  # of a page, or where a crawl begins
    Column("max_pages", Integer),
    Column("max_depth", Integer),
    Column("every_hours", Integer),  # how often it is visited again; NULL is never
    Column("visit", Integer, nullable=False, server_default="0"),  # the number of the latest visit
    moment("visit_began_at"),
    moment("visit_ended_at"),
    moment("next_visit_at"),
    text("visit_error"),
    text("robots"),  # the site's robots.txt, as it was at the beginning of the visit
    CheckConstraint("kind IN ('text', 'markdown', 'faq', 'file', 'page', 'site')", name="kind"),
    Index(
        "ix_knowledge_source_next_visit",
        "workspace_id",
        "next_visit_at",
        postgresql_where=sql("next_visit_at IS NOT NULL"),
    ),
)

# One file or web page. `version` is the one that is wanted, `shown_version` the one whose passages are found.
knowledge_document = tenant_table(
    "knowledge_document",
    uuid("source_id", nullable=False),
    text("place", nullable=False),  # the page's address; "file" for a file
    text("name", nullable=False),
    text("media_type", nullable=False, server_default=""),
    text("status", nullable=False, server_default="queued"),
    text("error"),
    Column("pages_done", Integer, nullable=False, server_default="0"),
    Column("pages_total", Integer),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("passages", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("shown_version", Integer, nullable=False, server_default="0"),
    text("language"),
    Column("language_given", Boolean, nullable=False, server_default=sql("false")),
    Column("enabled", Boolean, nullable=False, server_default=sql("true")),
    Column("depth", Integer, nullable=False, server_default="0"),  # links away from where the crawl begins
    Column("visit", Integer, nullable=False, server_default="0"),  # the latest one that met it
    text("etag"),
    text("last_modified"),
    Column("failures", Integer, nullable=False, server_default="0"),
    moment("checked_at"),
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    belongs_to("knowledge_source", "source_id", ondelete="CASCADE"),
    CheckConstraint("status IN ('queued', 'reading', 'ready', 'failed', 'gone')", name="status"),
    UniqueConstraint("workspace_id", "source_id", "place"),
    Index("ix_knowledge_document_status", "workspace_id", "status", "id"),
)

knowledge_version = tenant_table(
    "knowledge_version",
    uuid("document_id", nullable=False),
    Column("number", Integer, nullable=False),
    text("filename", nullable=False),
    text("media_type", nullable=False),
    Column("size", BigInteger, nullable=False),
    text("digest", nullable=False),  # SHA-256 of the bytes
    text("storage_key", nullable=False),
    text("created_by", nullable=False),
    created_at(),
    belongs_to("knowledge_document", "document_id", ondelete="CASCADE"),
    key=("document_id", "number"),
)

passage = tenant_table(
    "passage",
    uuid("source_id", nullable=False),
    uuid("document_id"),
    Column("position", Integer, nullable=False),
    text("page"),  # as a person would name the place: "12", "slide 3", "Prices!2-10"
    text("link"),  # an address of the web, or the path of the file's download
    text("heading", nullable=False),
    text("text", nullable=False),
    text("language", nullable=False, server_default="en"),
    Column("search", TSVECTOR, nullable=False),
    belongs_to("knowledge_source", "source_id", ondelete="CASCADE"),
    belongs_to("knowledge_document", "document_id", ondelete="CASCADE"),
    Index("ix_passage_source", "workspace_id", "source_id"),
    Index("ix_passage_document", "workspace_id", "document_id", postgresql_where=sql("document_id IS NOT NULL")),
    Index("ix_passage_search", "search", postgresql_using="gin"),
)

# A question for which there was no passage, in the words of whoever asked it first, without what names a person.
knowledge_suggestion = tenant_table(
    "knowledge_suggestion",
    text("question", nullable=False),
    text("answer"),  # what a teammate answered, without what names a person
    text("language", nullable=False),
    Column(
        "terms", ARRAY(Text), nullable=False, server_default="{}"
    ),  # the words that count: like questions share them
    text("status", nullable=False, server_default="open"),
    Column("asked", Integer, nullable=False, server_default="1"),
    uuid("contact_id"),  # whose words these are
    uuid("source_id"),  # the FAQ that came of it
    text("decided_by"),
    moment("decided_at"),
    moment("asked_at", nullable=False),
    created_at(),
    CheckConstraint("status IN ('open', 'approved', 'dismissed')", name="status"),
    Index("ix_knowledge_suggestion_listed", "workspace_id", "status", sql("asked DESC"), sql("id DESC")),
    Index("ix_knowledge_suggestion_contact", "workspace_id", "contact_id"),
)

knowledge_ask = tenant_table(
    "knowledge_ask",
    uuid("suggestion_id", nullable=False),
    uuid("event_id", nullable=False),
    uuid("conversation_id", nullable=False),
    uuid("contact_id", nullable=False),
    text("question", nullable=False),
    Column("answered", Boolean, nullable=False, server_default=sql("false")),  # the teammate's answer was looked at
    created_at(),
    belongs_to("knowledge_suggestion", "suggestion_id", ondelete="CASCADE"),
    UniqueConstraint("workspace_id", "event_id"),
    Index("ix_knowledge_ask_suggestion", "workspace_id", "suggestion_id"),
    Index("ix_knowledge_ask_contact", "workspace_id", "contact_id"),
    Index("ix_knowledge_ask_conversation", "workspace_id", "conversation_id"),
    Index("ix_knowledge_ask_unanswered", "workspace_id", "id", postgresql_where=sql("NOT answered")),
)

# How far the look for such questions has come.
knowledge_sweep = tenant_table("knowledge_sweep", moment("settled_to", nullable=False), key=())
