"""Tables of search: how often each word is written, and the embeddings of passages."""

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Index,
    Integer,
    Numeric,
    Text,
)
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, moment, tenant_table, text, uuid

# Counts every change of a workspace's passages, so that what was read of them is known to be old.
knowledge_state = tenant_table(
    "knowledge_state",
    Column("version", BigInteger, nullable=False, server_default="0"),
    text("marks", nullable=False, server_default=""),  # the reading by which they are marked (`marks_version`)
    key=(),
)

# In how many passages a lexeme is; kept by triggers on `passage`.
passage_word = tenant_table(
    "passage_word",
    Column("lexeme", Text(collation="C"), nullable=False),
    Column("passages", Integer, nullable=False),
    # Backwards, so that a word is found by its end: `reverse` may not use an index under row-level security.
    Column("ending", Text(collation="C"), Computed("reverse(lexeme)", persisted=True), nullable=False),
    Index("ix_passage_word_ending", "workspace_id", "ending"),
    key=("lexeme",),
)

# One serves; while a new one is being filled, the one before it serves on.
embedding_model = tenant_table(
    "embedding_model",
    text("name", nullable=False),  # provider:model
    Column("price", Numeric(18, 6)),  # of a million tokens
    # From this similarity on a passage is taken for what a question means.
    Column("near", Numeric(4, 3), nullable=False, server_default="0.6"),
    Column("dimensions", Integer),  # as the first answer had them
    text("status", nullable=False, server_default="filling"),
    Column("indexed", Boolean, nullable=False, server_default=sql("false")),
    text("error"),
    moment("retry_at"),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
    Column("cost", Numeric(18, 6), nullable=False, server_default="0"),
    created_at(),
    CheckConstraint("status IN ('filling', 'serving', 'leaving')", name="status"),
)

passage_embedding = tenant_table(
    "passage_embedding",
    uuid("model_id", nullable=False),
    uuid("passage_id", nullable=False),
    Column("embedding", ARRAY(REAL), nullable=False),
    belongs_to("embedding_model", "model_id", ondelete="CASCADE"),
    belongs_to("passage", "passage_id", ondelete="CASCADE"),
    Index("ix_passage_embedding_passage", "workspace_id", "passage_id"),
    key=("model_id", "passage_id"),
)
