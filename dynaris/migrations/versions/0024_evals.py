"""Rehearsals: hidden copies of a workspace in which its cases are played, and what came of them."""

from alembic import op

from dynaris.core.db import APP_ROLE
from dynaris.migrations.security import definer, protect

revision = "0024"
down_revision = "0022"

_SYSTEM = "00000000-0000-7000-8000-000000000001"

_TABLES = (
    """CREATE TABLE eval_run (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        status TEXT DEFAULT 'queued' NOT NULL,
        asked JSONB NOT NULL,
        total INTEGER NOT NULL,
        model TEXT,
        moment TIMESTAMP WITH TIME ZONE,
        copies UUID[] DEFAULT '{}' NOT NULL,
        tries INTEGER DEFAULT 0 NOT NULL,
        error TEXT,
        started_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_eval_run PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_eval_run_status CHECK (status IN ('queued', 'running', 'done', 'failed'))
    )""",
    "CREATE UNIQUE INDEX uq_eval_run_open ON eval_run (workspace_id) WHERE status IN ('queued', 'running')",
    """CREATE TABLE eval_result (
        workspace_id UUID NOT NULL,
        run_id UUID NOT NULL,
        case_id TEXT NOT NULL,
        result JSONB NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_eval_result PRIMARY KEY (workspace_id, run_id, case_id),
        CONSTRAINT fk_eval_result_workspace_id_run_id_eval_run FOREIGN KEY(workspace_id, run_id)
            REFERENCES eval_run (workspace_id, id) ON DELETE CASCADE
    )""",
    "ALTER TABLE workspace ADD COLUMN rehearsal_of UUID",
    "CREATE INDEX ix_workspace_rehearsal_of ON workspace (rehearsal_of) WHERE rehearsal_of IS NOT NULL",
)

# Both keep to the workspace that the connection is in: its rows are copied into a copy of its own, and only such a
# copy is ever deleted.
_BEGIN = """
DECLARE
    origin uuid := nullif(current_setting('dynaris.workspace', true), '')::uuid;
    copied text;
    columns text;
    copies text;
BEGIN
    IF origin IS NULL OR EXISTS (SELECT FROM workspace WHERE id = origin AND rehearsal_of IS NOT NULL) THEN
        RAISE EXCEPTION 'a rehearsal is of a workspace, and not of a rehearsal';
    END IF;
    SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = 'workspace'
      AND column_name NOT IN ('id', 'slug', 'rehearsal_of', 'created_at');
    EXECUTE format('INSERT INTO workspace (id, slug, rehearsal_of, %1$s) SELECT $1, $2, id, %1$s FROM workspace
                    WHERE id = $3', columns) USING copy_id, 'rehearsal-' || copy_id, origin;
    FOREACH copied IN ARRAY tables LOOP
        SELECT string_agg(quote_ident(column_name), ', '), string_agg(CASE copied || '.' || column_name
                -- a passage's words name its workspace, by which they are found
                WHEN 'passage.search' THEN
                    'ts_delete(search, ''ws:'' || $2) || array_to_tsvector(ARRAY[''ws:'' || $1])'
                -- a model's index holds all of its embeddings: the copy's are another model's, and in nobody's way
                WHEN 'embedding_model.id' THEN 'md5($1::text || id)::uuid'
                WHEN 'passage_embedding.model_id' THEN 'md5($1::text || model_id)::uuid'
                ELSE quote_ident(column_name) END, ', ')
        INTO columns, copies FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = copied AND is_generated = 'NEVER'
          AND column_name NOT IN ('workspace_id', 'member_id')
          AND EXISTS (SELECT FROM information_schema.columns k WHERE k.table_schema = 'public'
                      AND k.table_name = copied AND k.column_name = 'workspace_id');
        CONTINUE WHEN columns IS NULL;
        EXECUTE format('INSERT INTO %1$I (workspace_id, %2$s) SELECT $1, %3$s FROM %1$I WHERE workspace_id = $2',
                       copied, columns, copies) USING copy_id, origin;
    END LOOP;
END"""

_END = """
DECLARE
    origin uuid := nullif(current_setting('dynaris.workspace', true), '')::uuid;
    emptied text;
    again boolean;
BEGIN
    PERFORM 1 FROM workspace WHERE id = copy_id AND rehearsal_of = origin FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    LOOP
        again := false;
        FOR emptied IN SELECT c.table_name FROM information_schema.columns c JOIN pg_tables t
                         ON t.schemaname = 'public' AND t.tablename = c.table_name
                       WHERE c.table_schema = 'public' AND c.column_name = 'workspace_id' AND t.rowsecurity LOOP
            BEGIN
                EXECUTE format('DELETE FROM %I WHERE workspace_id = $1', emptied) USING copy_id;
            EXCEPTION WHEN foreign_key_violation THEN
                again := true;  -- what names its rows goes first
            END;
        END LOOP;
        EXIT WHEN NOT again;
    END LOOP;
    DELETE FROM workspace WHERE id = copy_id;
    RETURN true;
END"""


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    for table in ("eval_run", "eval_result"):
        for statement in protect(table):
            op.execute(statement)
    _function("begin_rehearsal", "copy_id uuid, tables text[]", "void", _BEGIN)
    _function("end_rehearsal", "copy_id uuid", "boolean", _END)
    for statement in definer(
        "stale_rehearsals(since interval)",
        "SETOF uuid",
        """SELECT id FROM workspace WHERE rehearsal_of = nullif(current_setting('dynaris.workspace', true), '')::uuid
           AND created_at < clock_timestamp() - since""",
    ):
        op.execute(statement)
    _hide_copies()


def _function(name: str, arguments: str, returns: str, body: str) -> None:
    types = ", ".join(part.strip().split(" ", 1)[1] for part in arguments.split(","))
    op.execute(
        f"CREATE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE plpgsql VOLATILE SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $${body}$$"
    )
    op.execute(f"REVOKE ALL ON FUNCTION {name}({types}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {name}({types}) TO {APP_ROLE}")


def _hide_copies() -> None:
    """Nobody looks for a copy: not the scheduled checks, not the staff's list."""
    op.execute(
        "CREATE OR REPLACE FUNCTION workspace_ids() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $$ SELECT id FROM workspace WHERE id <> '{_SYSTEM}' "
        "AND rehearsal_of IS NULL ORDER BY id $$"
    )
    op.execute(
        f"""CREATE OR REPLACE FUNCTION staff_workspaces(words text, after_id uuid, most integer)
            RETURNS TABLE (id uuid, slug text, name text, created_at timestamptz, members bigint)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT w.id, w.slug, w.name, w.created_at,
                  (SELECT count(*) FROM member m WHERE m.workspace_id = w.id AND m.removed_at IS NULL)
           FROM workspace w WHERE w.id <> '{_SYSTEM}' AND w.rehearsal_of IS NULL AND (after_id IS NULL OR w.id > after_id)
             AND (words = '' OR strpos(lower(w.name), lower(words)) > 0 OR strpos(w.slug, lower(words)) > 0
                  OR w.id::text = words)
           ORDER BY w.id LIMIT most $$"""
    )
