"""How often each word is written, for search; embeddings of passages, where a workspace names a model for them."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0019"
down_revision = "0018"

# A lexeme `h:…` is one of the heading, `lang:…` the passage's language, `ws:…` its workspace.
_SEARCH_OF = """strip(p.search) || array_to_tsvector(
    array(SELECT 'h:' || h FROM unnest(tsvector_to_array(ts_filter(p.search, '{a}'))) AS h)
    || ARRAY['lang:' || s.language])"""

_PASSAGES = (
    "ALTER TABLE passage ADD COLUMN language TEXT DEFAULT 'en' NOT NULL",
    # A row is read for its words hundreds of times per question: it stays in one piece.
    "ALTER TABLE passage SET (toast_tuple_target = 8160)",
    f"""UPDATE passage p SET language = s.language, search = {_SEARCH_OF}
        FROM knowledge_source s WHERE s.workspace_id = p.workspace_id AND s.id = p.source_id""",
)

_TABLES = (
    """CREATE TABLE knowledge_state (
        workspace_id UUID NOT NULL,
        version BIGINT DEFAULT 0 NOT NULL,
        CONSTRAINT pk_knowledge_state PRIMARY KEY (workspace_id)
    )""",
    """CREATE TABLE passage_word (
        workspace_id UUID NOT NULL,
        lexeme TEXT COLLATE "C" NOT NULL,
        passages INTEGER NOT NULL,
        ending TEXT COLLATE "C" GENERATED ALWAYS AS (reverse(lexeme)) STORED NOT NULL,
        CONSTRAINT pk_passage_word PRIMARY KEY (workspace_id, lexeme)
    )""",
    "CREATE INDEX ix_passage_word_ending ON passage_word (workspace_id, ending)",
    """CREATE TABLE embedding_model (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        price NUMERIC(18, 6),
        near NUMERIC(4, 3) DEFAULT 0.6 NOT NULL,
        dimensions INTEGER,
        status TEXT DEFAULT 'filling' NOT NULL,
        indexed BOOLEAN DEFAULT false NOT NULL,
        error TEXT,
        retry_at TIMESTAMP WITH TIME ZONE,
        tokens BIGINT DEFAULT 0 NOT NULL,
        cost NUMERIC(18, 6) DEFAULT 0 NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_embedding_model PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_embedding_model_status CHECK (status IN ('filling', 'serving', 'leaving'))
    )""",
    # As REAL[]: the table is there on every server, and what is pgvector's own stands in indexes only.
    """CREATE TABLE passage_embedding (
        workspace_id UUID NOT NULL,
        model_id UUID NOT NULL,
        passage_id UUID NOT NULL,
        embedding REAL[] NOT NULL,
        CONSTRAINT pk_passage_embedding PRIMARY KEY (workspace_id, model_id, passage_id),
        CONSTRAINT fk_passage_embedding_workspace_id_model_id_embedding_model FOREIGN KEY(workspace_id, model_id)
            REFERENCES embedding_model (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_passage_embedding_workspace_id_passage_id_passage FOREIGN KEY(workspace_id, passage_id)
            REFERENCES passage (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_passage_embedding_passage ON passage_embedding (workspace_id, passage_id)",
    # Noise compresses badly, and reading it whole is what it is for.
    "ALTER TABLE passage_embedding ALTER COLUMN embedding SET STORAGE EXTERNAL",
)

# The row of `knowledge_state` is locked first: two writers of one workspace wait for each other and never in a circle.
_COUNTS = (
    """CREATE FUNCTION passages_came() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO knowledge_state AS s (workspace_id, version)
            SELECT DISTINCT workspace_id, 1 FROM rows_new ON CONFLICT (workspace_id) DO UPDATE SET version = s.version + 1;
        INSERT INTO passage_word AS w (workspace_id, lexeme, passages)
            SELECT workspace_id, lexeme, count(*) FROM rows_new, unnest(tsvector_to_array(search)) AS lexeme
            GROUP BY workspace_id, lexeme
            ON CONFLICT (workspace_id, lexeme) DO UPDATE SET passages = w.passages + excluded.passages;
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION passages_went() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        UPDATE knowledge_state SET version = version + 1
            WHERE workspace_id IN (SELECT workspace_id FROM rows_old);
        WITH gone AS (
            SELECT workspace_id, lexeme COLLATE "C" AS lexeme, count(*) AS passages
            FROM rows_old, unnest(tsvector_to_array(search)) AS lexeme GROUP BY 1, 2),
        last AS (
            DELETE FROM passage_word w USING gone g
            WHERE w.workspace_id = g.workspace_id AND w.lexeme = g.lexeme AND w.passages <= g.passages)
        UPDATE passage_word w SET passages = w.passages - g.passages FROM gone g
            WHERE w.workspace_id = g.workspace_id AND w.lexeme = g.lexeme AND w.passages > g.passages;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER passages_came AFTER INSERT ON passage REFERENCING NEW TABLE AS rows_new
       FOR EACH STATEMENT EXECUTE FUNCTION passages_came()""",
    """CREATE TRIGGER passages_went AFTER DELETE ON passage REFERENCING OLD TABLE AS rows_old
       FOR EACH STATEMENT EXECUTE FUNCTION passages_went()""",
    "INSERT INTO knowledge_state (workspace_id, version) SELECT DISTINCT workspace_id, 1 FROM passage",
    """INSERT INTO passage_word (workspace_id, lexeme, passages)
       SELECT workspace_id, lexeme, count(*) FROM passage, unnest(tsvector_to_array(search)) AS lexeme
       GROUP BY workspace_id, lexeme""",
)

# The workspace is compared as text, so that no kept plan reads all its passages instead of the words' index.
_FIND = """
DECLARE
    own constant text := current_setting('dynaris.workspace', true);
    tier integer;
    found bigint := 0;
    more bigint;
BEGIN
    FOR tier IN 1 .. coalesce(array_length(queries, 1), 0) LOOP
        RETURN QUERY SELECT * FROM passage p
            WHERE p.search @@ (quote_literal('ws:' || own)::tsquery && queries[tier]) AND p.workspace_id::text = own
            LIMIT each[tier];
        GET DIAGNOSTICS more = ROW_COUNT;
        found := found + more;
        EXIT WHEN found >= most;
    END LOOP;
END"""

# Every model's embeddings have an index of their own once they are many: neither another workspace's rows nor other
# dimensions ever stand in the way of a search. Below that all of a model's are compared, which is exact.
_NEAREST = """
DECLARE
    own constant text := current_setting('dynaris.workspace', true);
BEGIN
    PERFORM set_config('hnsw.ef_search', least(1000, greatest(most * 2, 160))::text, true);
    RETURN QUERY EXECUTE format(
        'SELECT e.passage_id, (1 - (e.embedding::halfvec(%1$s) <=> $1::halfvec(%1$s)))::real
         FROM passage_embedding e WHERE e.workspace_id = %2$L AND e.model_id = %3$L
         ORDER BY e.embedding::halfvec(%1$s) <=> $1::halfvec(%1$s) LIMIT $2',
        cardinality(query), own, model) USING query, most;
END"""

_INDEX = """
DECLARE
    wanted record;
BEGIN
    SELECT id, dimensions INTO wanted FROM embedding_model
    WHERE workspace_id::text = current_setting('dynaris.workspace', true) AND id = model FOR UPDATE;
    IF wanted.dimensions IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON passage_embedding
         USING hnsw ((embedding::halfvec(%s)) halfvec_cosine_ops) WITH (m = 16, ef_construction = 128) WHERE model_id = %L',
        'hnsw_' || replace(model::text, '-', ''), wanted.dimensions, model);
    UPDATE embedding_model SET indexed = true
    WHERE workspace_id::text = current_setting('dynaris.workspace', true) AND id = model;
END"""

# Dropping an index waits for everybody who reads the table, and everybody who comes meanwhile waits for it.
_DROP = """
BEGIN
    PERFORM set_config('lock_timeout', '500ms', true);
    DELETE FROM embedding_model
    WHERE workspace_id::text = current_setting('dynaris.workspace', true) AND id = model;
    IF FOUND THEN
        EXECUTE format('DROP INDEX IF EXISTS %I', 'hnsw_' || replace(model::text, '-', ''));
    END IF;
END"""

_VECTORS = """
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pgvector is not to be had on this server: %', SQLERRM;
END $$"""


def upgrade() -> None:
    for statement in (*_PASSAGES, *_TABLES):
        op.execute(statement)
    for table in ("knowledge_state", "passage_word", "embedding_model", "passage_embedding"):
        for statement in protect(table):
            op.execute(statement)
    for statement in _COUNTS:
        op.execute(statement)
    op.execute("DROP FUNCTION search_passages(tsquery[], integer, integer)")
    functions = (
        ("find_passages(queries tsquery[], each integer[], most integer)", "SETOF passage", _FIND),
        ("nearest_passages(model uuid, query real[], most integer)", "TABLE (passage_id uuid, similarity real)", _NEAREST),
        ("index_embeddings(model uuid)", "void", _INDEX),
        ("drop_embedding_model(model uuid)", "void", _DROP),
    )  # fmt: skip
    for signature, returns, body in functions:
        for statement in definer(signature, returns, body, volatile=True, block=True):
            op.execute(statement)
    op.execute(_VECTORS)
