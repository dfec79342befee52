"""Consent, do-not-contact per channel, erasure, exports of one contact, retention."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0010"
down_revision = "0009"

_TABLES = ("consent", "suppression", "erasure", "contact_export", "retention")

_STATEMENTS = (
    "ALTER TABLE contact ADD COLUMN blocked_channels TEXT[] DEFAULT '{}' NOT NULL",
    "ALTER TABLE contact ADD COLUMN erasing BOOLEAN DEFAULT false NOT NULL",
    """CREATE TABLE consent (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        contact_id UUID NOT NULL,
        channel TEXT NOT NULL,
        purpose TEXT NOT NULL,
        state TEXT NOT NULL,
        source TEXT NOT NULL,
        recorded_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_consent PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_consent_channel
            CHECK (channel IN ('any', 'email', 'phone', 'whatsapp', 'webchat', 'slack')),
        CONSTRAINT ck_consent_purpose CHECK (purpose IN ('all', 'reply', 'follow_up', 'marketing')),
        CONSTRAINT ck_consent_state CHECK (state IN ('granted', 'withdrawn'))
    )""",
    "CREATE INDEX ix_consent_contact ON consent (workspace_id, contact_id, id)",
    """CREATE TABLE suppression (
        workspace_id UUID NOT NULL,
        address_hash TEXT NOT NULL,
        blocked_channels TEXT[] NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_suppression PRIMARY KEY (workspace_id, address_hash)
    )""",
    """CREATE TABLE erasure (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        erased_id UUID NOT NULL,
        contact_ids UUID[] NOT NULL,
        address_hashes TEXT[] NOT NULL,
        reason TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        status TEXT DEFAULT 'running' NOT NULL,
        working JSONB,
        counts JSONB DEFAULT '{}' NOT NULL,
        finished_at TIMESTAMP WITH TIME ZONE,
        swept_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_erasure PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_erasure_reason CHECK (reason IN ('requested', 'no_longer_needed', 'unlawful', 'other')),
        CONSTRAINT ck_erasure_status CHECK (status IN ('running', 'done')),
        CONSTRAINT ck_erasure_nothing_kept CHECK ((status = 'done') = (working IS NULL))
    )""",
    "CREATE UNIQUE INDEX uq_erasure_erased ON erasure (workspace_id, erased_id)",
    """CREATE TABLE contact_export (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        contact_id UUID NOT NULL,
        requested_by TEXT NOT NULL,
        status TEXT DEFAULT 'queued' NOT NULL,
        storage_key TEXT NOT NULL,
        size BIGINT,
        counts JSONB DEFAULT '{}' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        finished_at TIMESTAMP WITH TIME ZONE,
        expires_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_contact_export PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_contact_export_status CHECK (status IN ('queued', 'ready', 'expired'))
    )""",
    "CREATE INDEX ix_contact_export_contact ON contact_export (workspace_id, contact_id)",
    """CREATE TABLE retention (
        workspace_id UUID NOT NULL,
        kind TEXT NOT NULL,
        days INTEGER,
        ran_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_retention PRIMARY KEY (workspace_id, kind)
    )""",
)


_DROP = definer(
    "drop_ended_sign_ins(before timestamptz)",
    "void",
    """DELETE FROM session WHERE expires_at < before OR revoked_at < before;
       DELETE FROM sign_in_link WHERE expires_at < before OR used_at < before;
       DELETE FROM ticket WHERE expires_at < before;
       DELETE FROM throttle WHERE until < before""",
    volatile=True,
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in _DROP:
        bind.exec_driver_sql(statement)
    for statement in _STATEMENTS:
        bind.exec_driver_sql(statement)
    for table in _TABLES:
        for statement in protect(table):
            bind.exec_driver_sql(statement)
