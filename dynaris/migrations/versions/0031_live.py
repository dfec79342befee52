"""The change feed that screens follow: what changed, where somebody looks."""

from alembic import op

from dynaris.core.db import APP_ROLE
from dynaris.migrations.live import watched
from dynaris.migrations.security import protect

revision = "0031"
down_revision = "0030"

_TABLES = (
    "CREATE SEQUENCE live_until",
    f"GRANT SELECT, UPDATE ON SEQUENCE live_until TO {APP_ROLE}",
    "CREATE TABLE live_watch (workspace_id uuid NOT NULL, until timestamptz NOT NULL, "
    "CONSTRAINT pk_live_watch PRIMARY KEY (workspace_id))",
    """CREATE TABLE change (
        workspace_id uuid NOT NULL, xid bigint NOT NULL, n bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        kind text NOT NULL, ids uuid[], created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_change PRIMARY KEY (workspace_id, xid, n))""",
    "CREATE INDEX ix_change_when ON change (workspace_id, created_at)",
)
# More ids than that are told as "any of this kind": a notice holds 8,000 bytes.
_NOTE = """CREATE FUNCTION note_change(ws uuid, what text, which uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE few uuid[] := CASE WHEN cardinality(which) <= 50 THEN which END;
    BEGIN
        INSERT INTO change (workspace_id, xid, kind, ids) VALUES (ws, pg_current_xact_id()::text::bigint, what, few);
        PERFORM pg_notify('dynaris_live', json_build_object('workspace', ws, 'topic', 'changes',
            'data', json_build_object('kind', what, 'ids', few))::text);
    END $$"""
_WATCHED = (
    ("event", "event", "id"),
    ("run", "run", "id"),
    ("approval", "approval", "id"),
    ("conversation", "conversation", "id"),
    ("message", "conversation", "conversation_id"),
    ("contact", "contact", "id"),
    ("address", "contact", "contact_id"),
    ("contact_fact", "contact", "contact_id"),
    ("task", "task", "id"),
    ("follow_up", "task", "id"),
    ("booking", "booking", "id"),
    ("service", "schedule", "id"),
    ("calendar_person", "schedule", "id"),
    ("notification", "notification", "member_id"),
    ("account", "account", "id"),
    ("knowledge_source", "knowledge", "id"),
    ("knowledge_document", "knowledge", "id"),
    ("member", "member", "id"),
    ("team", "member", "id"),
    ("team_member", "member", "member_id"),
    ("workspace", "workspace", "id"),
    ("duplicate_pair", "duplicate", "id"),
    ("eval_run", "eval", "id"),
    ("batch", "batch", "id"),
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*_TABLES, *protect("live_watch"), *protect("change"), _NOTE):
        connection.exec_driver_sql(statement)
    for table, kind, column in _WATCHED:
        for statement in watched(table, kind, column, workspace="id" if table == "workspace" else "workspace_id"):
            connection.exec_driver_sql(statement)
