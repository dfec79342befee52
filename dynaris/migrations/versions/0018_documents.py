"""Documents of sources with their versions, places of passages, and questions that had no answer."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0018"
down_revision = "0017"

_TABLES = ("knowledge_document", "knowledge_version", "knowledge_suggestion", "knowledge_ask", "knowledge_sweep")

_STATEMENTS = (
    "ALTER TABLE knowledge_source DROP CONSTRAINT ck_knowledge_source_kind",
    """ALTER TABLE knowledge_source
        ADD COLUMN url TEXT,
        ADD COLUMN max_pages INTEGER,
        ADD COLUMN max_depth INTEGER,
        ADD COLUMN every_hours INTEGER,
        ADD COLUMN visit INTEGER DEFAULT 0 NOT NULL,
        ADD COLUMN visit_began_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN visit_ended_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN next_visit_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN visit_error TEXT,
        ADD COLUMN robots TEXT,
        ADD CONSTRAINT ck_knowledge_source_kind CHECK (kind IN ('text', 'markdown', 'faq', 'file', 'page', 'site'))""",
    """CREATE INDEX ix_knowledge_source_next_visit ON knowledge_source (workspace_id, next_visit_at)
        WHERE next_visit_at IS NOT NULL""",
    """CREATE TABLE knowledge_document (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        source_id UUID NOT NULL,
        place TEXT NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT DEFAULT '' NOT NULL,
        status TEXT DEFAULT 'queued' NOT NULL,
        error TEXT,
        pages_done INTEGER DEFAULT 0 NOT NULL,
        pages_total INTEGER,
        size BIGINT DEFAULT 0 NOT NULL,
        passages INTEGER DEFAULT 0 NOT NULL,
        version INTEGER DEFAULT 0 NOT NULL,
        shown_version INTEGER DEFAULT 0 NOT NULL,
        language TEXT,
        language_given BOOLEAN DEFAULT false NOT NULL,
        enabled BOOLEAN DEFAULT true NOT NULL,
        depth INTEGER DEFAULT 0 NOT NULL,
        visit INTEGER DEFAULT 0 NOT NULL,
        etag TEXT,
        last_modified TEXT,
        failures INTEGER DEFAULT 0 NOT NULL,
        checked_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_knowledge_document PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_knowledge_document_workspace_id_source_id_knowledge_source FOREIGN KEY(workspace_id, source_id)
            REFERENCES knowledge_source (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT ck_knowledge_document_status CHECK (status IN ('queued', 'reading', 'ready', 'failed', 'gone')),
        CONSTRAINT uq_knowledge_document_workspace_id_source_id_place UNIQUE (workspace_id, source_id, place)
    )""",
    "CREATE INDEX ix_knowledge_document_status ON knowledge_document (workspace_id, status, id)",
    """CREATE TABLE knowledge_version (
        workspace_id UUID NOT NULL,
        document_id UUID NOT NULL,
        number INTEGER NOT NULL,
        filename TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        digest TEXT NOT NULL,
        storage_key TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_knowledge_version PRIMARY KEY (workspace_id, document_id, number),
        CONSTRAINT fk_knowledge_version_workspace_id_document_id_knowledge_document
            FOREIGN KEY(workspace_id, document_id)
            REFERENCES knowledge_document (workspace_id, id) ON DELETE CASCADE
    )""",
    """ALTER TABLE passage
        ADD COLUMN document_id UUID,
        ADD COLUMN page TEXT,
        ADD COLUMN link TEXT,
        ADD CONSTRAINT fk_passage_workspace_id_document_id_knowledge_document FOREIGN KEY(workspace_id, document_id)
            REFERENCES knowledge_document (workspace_id, id) ON DELETE CASCADE""",
    "CREATE INDEX ix_passage_document ON passage (workspace_id, document_id) WHERE document_id IS NOT NULL",
    """CREATE TABLE knowledge_suggestion (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        question TEXT NOT NULL,
        answer TEXT,
        language TEXT NOT NULL,
        terms TEXT[] DEFAULT '{}' NOT NULL,
        status TEXT DEFAULT 'open' NOT NULL,
        asked INTEGER DEFAULT 1 NOT NULL,
        contact_id UUID,
        source_id UUID,
        decided_by TEXT,
        decided_at TIMESTAMP WITH TIME ZONE,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_knowledge_suggestion PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_knowledge_suggestion_status CHECK (status IN ('open', 'approved', 'dismissed'))
    )""",
    "CREATE INDEX ix_knowledge_suggestion_listed ON knowledge_suggestion (workspace_id, status, asked DESC, id DESC)",
    "CREATE INDEX ix_knowledge_suggestion_contact ON knowledge_suggestion (workspace_id, contact_id)",
    """CREATE TABLE knowledge_ask (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        suggestion_id UUID NOT NULL,
        event_id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        question TEXT NOT NULL,
        answered BOOLEAN DEFAULT false NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_knowledge_ask PRIMARY KEY (workspace_id, id),
        CONSTRAINT uq_knowledge_ask_workspace_id_event_id UNIQUE (workspace_id, event_id),
        CONSTRAINT fk_knowledge_ask_workspace_id_suggestion_id_knowledge_suggestion
            FOREIGN KEY(workspace_id, suggestion_id)
            REFERENCES knowledge_suggestion (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_knowledge_ask_suggestion ON knowledge_ask (workspace_id, suggestion_id)",
    "CREATE INDEX ix_knowledge_ask_contact ON knowledge_ask (workspace_id, contact_id)",
    "CREATE INDEX ix_knowledge_ask_conversation ON knowledge_ask (workspace_id, conversation_id)",
    "CREATE INDEX ix_knowledge_ask_unanswered ON knowledge_ask (workspace_id, id) WHERE NOT answered",
    "CREATE INDEX ix_event_handed_off ON event (workspace_id, settled_at, id) WHERE outcome = 'handed_off'",
    """CREATE TABLE knowledge_sweep (
        workspace_id UUID NOT NULL,
        settled_to TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_knowledge_sweep PRIMARY KEY (workspace_id)
    )""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in _TABLES:
        for statement in protect(table):
            op.execute(statement)
