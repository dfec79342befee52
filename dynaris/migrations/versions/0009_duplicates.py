"""Likely duplicates and what people said of them; imports."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0009"
down_revision = "0008"

_TABLES = (
    "duplicate_key",
    "duplicate_pair",
    "duplicate_verdict",
    "duplicate_sweep",
    "contact_import",
    "contact_import_row",
)

_STATEMENTS = (
    "ALTER TABLE address ADD COLUMN said_by TEXT",
    """CREATE TABLE duplicate_key (
        workspace_id UUID NOT NULL,
        subject_id UUID NOT NULL,
        key TEXT NOT NULL,
        CONSTRAINT pk_duplicate_key PRIMARY KEY (workspace_id, key, subject_id),
        CONSTRAINT fk_duplicate_key_workspace_id_subject_id_contact FOREIGN KEY(workspace_id, subject_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_duplicate_key_subject ON duplicate_key (workspace_id, subject_id)",
    """CREATE TABLE duplicate_pair (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        low_id UUID NOT NULL,
        high_id UUID NOT NULL,
        points INTEGER NOT NULL,
        reasons JSONB NOT NULL,
        evidence JSONB DEFAULT '[]' NOT NULL,
        state TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_duplicate_pair PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_duplicate_pair_workspace_id_low_id_contact FOREIGN KEY(workspace_id, low_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_duplicate_pair_workspace_id_high_id_contact FOREIGN KEY(workspace_id, high_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT ck_duplicate_pair_state CHECK (state IN ('open', 'not_the_same')),
        CONSTRAINT ck_duplicate_pair_order CHECK (low_id < high_id),
        CONSTRAINT uq_duplicate_pair_workspace_id_low_id_high_id UNIQUE (workspace_id, low_id, high_id)
    )""",
    "CREATE INDEX ix_duplicate_pair_high ON duplicate_pair (workspace_id, high_id)",
    "CREATE INDEX ix_duplicate_pair_listed ON duplicate_pair (workspace_id, state, points DESC, id DESC)",
    """CREATE TABLE duplicate_verdict (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        one_id UUID NOT NULL,
        other_id UUID NOT NULL,
        judged_by TEXT NOT NULL,
        evidence JSONB DEFAULT '[]' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        undone_at TIMESTAMP WITH TIME ZONE,
        undone_by TEXT,
        CONSTRAINT pk_duplicate_verdict PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_duplicate_verdict_workspace_id_one_id_contact FOREIGN KEY(workspace_id, one_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_duplicate_verdict_workspace_id_other_id_contact FOREIGN KEY(workspace_id, other_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_duplicate_verdict_one ON duplicate_verdict (workspace_id, one_id) WHERE undone_at IS NULL",
    "CREATE INDEX ix_duplicate_verdict_other ON duplicate_verdict (workspace_id, other_id) WHERE undone_at IS NULL",
    """CREATE TABLE duplicate_sweep (
        workspace_id UUID NOT NULL,
        contacts_to TIMESTAMP WITH TIME ZONE NOT NULL,
        addresses_to UUID NOT NULL,
        proofs_to TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_duplicate_sweep PRIMARY KEY (workspace_id)
    )""",
    """CREATE TABLE contact_import (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        encoding TEXT NOT NULL,
        delimiter TEXT NOT NULL,
        columns JSONB NOT NULL,
        options JSONB NOT NULL,
        rows INTEGER NOT NULL,
        done INTEGER DEFAULT 0 NOT NULL,
        planned JSONB DEFAULT '{}' NOT NULL,
        results JSONB DEFAULT '{}' NOT NULL,
        created_by TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        applied_at TIMESTAMP WITH TIME ZONE,
        undone_at TIMESTAMP WITH TIME ZONE,
        forgotten_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_contact_import PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_contact_import_state CHECK (state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'undoing', 'undone', 'failed', 'forgotten'))
    )""",
    "CREATE INDEX ix_contact_import_created ON contact_import (workspace_id, created_at)",
    """CREATE TABLE contact_import_row (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        import_id UUID NOT NULL,
        line INTEGER NOT NULL,
        cells JSONB NOT NULL,
        given_id UUID,
        problem TEXT,
        action TEXT,
        plan JSONB DEFAULT '{}' NOT NULL,
        outcome TEXT,
        result JSONB DEFAULT '{}' NOT NULL,
        contact_id UUID,
        created BOOLEAN DEFAULT false NOT NULL,
        stamp TIMESTAMP WITH TIME ZONE,
        done_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_contact_import_row PRIMARY KEY (workspace_id, id)
    )""",
    "CREATE INDEX ix_contact_import_row_contact ON contact_import_row (workspace_id, contact_id)",
    "CREATE INDEX ix_contact_import_row_due ON contact_import_row (workspace_id, import_id, line) WHERE done_at IS NULL",
    "CREATE UNIQUE INDEX ix_contact_import_row_line ON contact_import_row (workspace_id, import_id, line)",
    "CREATE INDEX ix_contact_updated ON contact (workspace_id, updated_at)",
    "CREATE INDEX ix_contact_merged_into ON contact (workspace_id, merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX ix_address_verified ON address (workspace_id, verified_at) WHERE verified_at IS NOT NULL",
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in _STATEMENTS:
        bind.exec_driver_sql(statement)
    for table in _TABLES:
        for statement in protect(table):
            bind.exec_driver_sql(statement)
