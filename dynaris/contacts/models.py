"""Tables of people, their addresses, what they claim, and merges."""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, Text
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

contact = tenant_table(
    "contact",
    text("name"),
    text("status", nullable=False, server_default="lead"),
    uuid("owner_id"),  # member
    Column("tags", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    jsonb("fields", nullable=False, server_default=sql("'{}'")),
    text("language"),
    text("timezone"),
    uuid("merged_into"),  # set on the dropped half of a merge, which stays to be undone
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    CheckConstraint(
        "status IN ('lead', 'customer', 'partner', 'other', 'do_not_contact')",
        name="status",
    ),
)

# `holds`: messages really came from here, or it was proved: then one contact has it. Without it the
# address was only typed by somebody, and several contacts may claim it.
address = tenant_table(
    "address",
    uuid("contact_id", nullable=False),
    text("kind", nullable=False),
    text("value", nullable=False),  # normalised (contacts/addresses.py)
    text("display"),  # as it was given
    Column("holds", Boolean, nullable=False),
    moment("verified_at"),
    text("verified_by"),  # "provider", "code", "member", "host"
    # held because this contact claimed it before a message came from there: whoever proves it takes it away
    Column("taken", Boolean, nullable=False, server_default=sql("false")),
    created_at(),
    belongs_to("contact"),
    CheckConstraint("verified_at IS NULL OR holds", name="verified_holds"),
    Index("uq_address_holder", "workspace_id", "kind", "value", unique=True, postgresql_where=sql("holds")),
    Index("uq_address_contact", "workspace_id", "contact_id", "kind", "value", unique=True),
    Index("ix_address_claims", "workspace_id", "kind", "value", postgresql_where=sql("NOT holds")),
)

verification_code = tenant_table(
    "verification_code",
    uuid("contact_id", nullable=False),  # who claims
    uuid("conversation_id", nullable=False),  # where the code must be typed
    text("kind", nullable=False),
    text("value", nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False, server_default=sql("0")),
    moment("expires_at", nullable=False),
    moment("used_at"),
    created_at(),
    Index("ix_verification_code_open", "workspace_id", "conversation_id", "created_at"),
)

merge = tenant_table(
    "merge",
    uuid("keep_id", nullable=False),
    uuid("drop_id", nullable=False),
    text("reason", nullable=False),
    text("performed_by", nullable=False),
    jsonb("keep_before", nullable=False),  # the kept contact's own fields before the merge
    created_at(),
    moment("undone_at"),
    text("undone_by"),
    Index("ix_merge_keep", "workspace_id", "keep_id"),
    Index("ix_merge_drop", "workspace_id", "drop_id"),
)

merge_move = tenant_table(
    "merge_move",
    uuid("merge_id", nullable=False),
    text("table_name", nullable=False),
    jsonb("row_key", nullable=False),  # primary key of the moved row, without the workspace
    jsonb("before", nullable=False, server_default=sql("'{}'")),  # columns changed besides contact_id
    belongs_to("merge"),
    Index("ix_merge_move_merge", "workspace_id", "merge_id"),
)
