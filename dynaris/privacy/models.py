"""Tables of privacy: erasures and what proves them, exports of one contact, how long things are kept."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Integer, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import UUID

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

# The proof of an erasure. It says nothing of whom it was about: ids of rows that are gone, and keyed hashes of
# addresses, which only who names the address can find again.
erasure = tenant_table(
    "erasure",
    uuid("erased_id", nullable=False),  # the contact; under another name, since no merge may move it
    Column("contact_ids", ARRAY(UUID(as_uuid=True)), nullable=False),  # with those that were merged into it
    Column("address_hashes", ARRAY(Text), nullable=False),
    text("reason", nullable=False),  # one of few words: free text could name somebody
    text("requested_by", nullable=False),
    created_at(),
    text("status", nullable=False, server_default="running"),
    jsonb("working"),  # addresses and lanes, until everything is gone
    jsonb("counts", nullable=False, server_default=sql("'{}'")),
    moment("finished_at"),
    moment("swept_at"),  # looked again, after whatever was running then has ended
    CheckConstraint("reason IN ('requested', 'no_longer_needed', 'unlawful', 'other')", name="reason"),
    CheckConstraint("status IN ('running', 'done')", name="status"),
    CheckConstraint("(status = 'done') = (working IS NULL)", name="nothing_kept"),
    Index("uq_erasure_erased", "workspace_id", "erased_id", unique=True),
)

contact_export = tenant_table(
    "contact_export",
    uuid("contact_id", nullable=False),
    text("requested_by", nullable=False),
    text("status", nullable=False, server_default="queued"),
    text("storage_key", nullable=False),
    Column("size", BigInteger),
    jsonb("counts", nullable=False, server_default=sql("'{}'")),
    created_at(),
    moment("finished_at"),
    moment("expires_at"),
    CheckConstraint("status IN ('queued', 'ready', 'expired')", name="status"),
    Index("ix_contact_export_contact", "workspace_id", "contact_id"),
)

# How many days each kind of content is kept; no row, or no number: for ever. `ran_at` is of the daily round alone.
retention = tenant_table(
    "retention",
    text("kind", nullable=False),
    Column("days", Integer),
    moment("ran_at"),
    key=("kind",),
)
