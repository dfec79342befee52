"""Tables of people, their addresses, what they claim, merges, likely duplicates and imports."""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, Text, UniqueConstraint
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
    # kinds of channel ("email", "any") on which nothing may be sent, or one purpose ("email/follow_up"); see consent.py
    Column("blocked_channels", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    Column("erasing", Boolean, nullable=False, server_default=sql("false")),  # about to go (privacy/erasure.py)
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    CheckConstraint(
        "status IN ('lead', 'customer', 'partner', 'other', 'do_not_contact')",
        name="status",
    ),
    Index("ix_contact_updated", "workspace_id", "updated_at"),
    Index("ix_contact_merged_into", "workspace_id", "merged_into", postgresql_where=sql("merged_into IS NOT NULL")),
    # how the list is searched and ordered (contacts/listing.py)
    Index("ix_contact_words", sql("contact_words(workspace_id, name, tags, fields)"), postgresql_using="gin"),
    Index(
        "ix_contact_named",
        "workspace_id",
        sql("name_order(name)"),
        "id",
        postgresql_where=sql("merged_into IS NULL AND NOT erasing"),
    ),
    Index(
        "ix_contact_created",
        "workspace_id",
        "created_at",
        "id",
        postgresql_where=sql("merged_into IS NULL AND NOT erasing"),
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
    text("said_by"),  # "import:<id>" where a file brought it; else the contact or a member said it
    belongs_to("contact"),
    CheckConstraint("verified_at IS NULL OR holds", name="verified_holds"),
    Index("uq_address_holder", "workspace_id", "kind", "value", unique=True, postgresql_where=sql("holds")),
    Index("uq_address_contact", "workspace_id", "contact_id", "kind", "value", unique=True),
    Index("ix_address_claims", "workspace_id", "kind", "value", postgresql_where=sql("NOT holds")),
    Index("ix_address_words", sql("address_words(workspace_id, kind, value)"), postgresql_using="gin"),
    Index("ix_address_verified", "workspace_id", "verified_at", postgresql_where=sql("verified_at IS NOT NULL")),
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

# Built from contacts and addresses, and renewed when they change: how likely duplicates find each other.
# `subject_id` and not `contact_id`: a merge recomputes them and moves none.
duplicate_key = tenant_table(
    "duplicate_key",
    uuid("subject_id", nullable=False),
    text("key", nullable=False),
    belongs_to("contact", "subject_id", ondelete="CASCADE"),
    Index("ix_duplicate_key_subject", "workspace_id", "subject_id"),
    key=("key", "subject_id"),
)

duplicate_pair = tenant_table(
    "duplicate_pair",
    uuid("low_id", nullable=False),  # the two contacts, in the order of their ids
    uuid("high_id", nullable=False),
    Column("points", Integer, nullable=False),  # thousandths
    jsonb("reasons", nullable=False),  # [{"rule", "words", "weight"}]
    jsonb("evidence", nullable=False, server_default=sql("'[]'")),  # proved addresses that both have to do with
    text("state", nullable=False),
    created_at(),
    belongs_to("contact", "low_id", ondelete="CASCADE"),
    belongs_to("contact", "high_id", ondelete="CASCADE"),
    CheckConstraint("state IN ('open', 'not_the_same')", name="state"),
    CheckConstraint("low_id < high_id", name="order"),
    UniqueConstraint("workspace_id", "low_id", "high_id"),
    Index("ix_duplicate_pair_high", "workspace_id", "high_id"),
    Index("ix_duplicate_pair_listed", "workspace_id", "state", sql("points DESC"), sql("id DESC")),
)

# Said of the two contacts as they were; where one is merged, it holds for the survivor (duplicates/verdicts.py).
duplicate_verdict = tenant_table(
    "duplicate_verdict",
    uuid("one_id", nullable=False),
    uuid("other_id", nullable=False),
    text("judged_by", nullable=False),
    jsonb("evidence", nullable=False, server_default=sql("'[]'")),  # what was known then
    created_at(),
    moment("undone_at"),
    text("undone_by"),
    belongs_to("contact", "one_id", ondelete="CASCADE"),
    belongs_to("contact", "other_id", ondelete="CASCADE"),
    Index("ix_duplicate_verdict_one", "workspace_id", "one_id", postgresql_where=sql("undone_at IS NULL")),
    Index("ix_duplicate_verdict_other", "workspace_id", "other_id", postgresql_where=sql("undone_at IS NULL")),
)

# Up to where the contacts were looked at; all that changed later is looked at next.
duplicate_sweep = tenant_table(
    "duplicate_sweep",
    moment("contacts_to", nullable=False),
    uuid("addresses_to", nullable=False),
    moment("proofs_to", nullable=False),
    key=(),
)

contact_import = tenant_table(
    "contact_import",
    text("name", nullable=False),  # of the file
    text("state", nullable=False),
    text("encoding", nullable=False),
    text("delimiter", nullable=False),
    jsonb("columns", nullable=False),  # [{"header", "target"}]
    jsonb("options", nullable=False),
    Column("rows", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default=sql("0")),  # rows of the work in progress
    jsonb("planned", nullable=False, server_default=sql("'{}'")),  # rows by action, by the dry run
    jsonb("results", nullable=False, server_default=sql("'{}'")),  # rows by outcome, by apply or undo
    text("created_by", nullable=False),
    text("asked_by", nullable=False),  # who asked for the work in progress, or for the last
    created_at(),
    moment("applied_at"),
    moment("undone_at"),
    moment("forgotten_at"),
    CheckConstraint(
        "state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'undoing', 'undone', 'failed', "
        "'forgotten')",
        name="state",
    ),
    Index("ix_contact_import_created", "workspace_id", "created_at"),
)

contact_import_row = tenant_table(
    "contact_import_row",
    uuid("import_id", nullable=False),
    Column("line", Integer, nullable=False),  # of the file, where the row begins
    jsonb("cells", nullable=False),
    uuid("given_id"),  # the file's own id of the contact
    text("problem"),  # of the row as it was read
    text("action"),  # of the dry run: create, change, unchanged, merge, conflict, error
    jsonb("plan", nullable=False, server_default=sql("'{}'")),
    text("outcome"),  # of apply: the same words, or what an undo did
    jsonb("result", nullable=False, server_default=sql("'{}'")),
    uuid("contact_id"),  # which contact it became or changed
    Column("created", Boolean, nullable=False, server_default=sql("false")),
    moment("stamp"),  # the contact's updated_at as this row left it; not where somebody else had changed it meanwhile
    moment("done_at"),
    Index("ix_contact_import_row_line", "workspace_id", "import_id", "line", unique=True),
    Index("ix_contact_import_row_due", "workspace_id", "import_id", "line", postgresql_where=sql("done_at IS NULL")),
    Index("ix_contact_import_row_contact", "workspace_id", "contact_id"),
)

# What a contact agreed to or asked us not to do, as a history: of one channel and purpose the last word counts.
consent = tenant_table(
    "consent",
    uuid("contact_id", nullable=False),
    text("channel", nullable=False),  # a kind of channel, or "any"
    text("purpose", nullable=False),
    text("state", nullable=False),
    text("source", nullable=False),  # in words: a form, a message, a member, an import
    text("recorded_by", nullable=False),
    created_at(),
    CheckConstraint("channel IN ('any', 'email', 'phone', 'whatsapp', 'webchat', 'slack')", name="channel"),
    CheckConstraint("purpose IN ('all', 'reply', 'follow_up', 'marketing')", name="purpose"),
    CheckConstraint("state IN ('granted', 'withdrawn')", name="state"),
    Index("ix_consent_contact", "workspace_id", "contact_id", "id"),
)

# Addresses of erased people who wanted no messages, by a keyed hash: a new contact from there begins blocked.
suppression = tenant_table(
    "suppression",
    text("address_hash", nullable=False),
    Column("blocked_channels", ARRAY(Text), nullable=False),
    created_at(),
    key=("address_hash",),
)
