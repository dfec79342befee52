"""Row-level security, the listed look-ups across workspaces, and the job library's tables."""

from alembic import op

from dynaris.core import jobs
from dynaris.core.db import APP_ROLE
from dynaris.migrations.samples import first_statistics
from dynaris.migrations.security import definer, protect

revision = "0002"
down_revision = "0001"

TENANT_TABLES = (
    "account", "address", "api_key", "approval", "attachment", "audit_entry", "chat_session", "contact", "conversation", "event",
    "follow_up", "knowledge_source", "lane", "member", "merge", "merge_move", "message", "notification", "outbox",
    "passage", "run", "run_step", "task", "verification_code",
)  # fmt: skip

FUNCTIONS = [
    definer(
        "workspace_by_slug(wanted text)",
        "uuid",
        "SELECT id FROM workspace WHERE slug = wanted",
    ),
    definer(
        "workspace_ids()",
        "SETOF uuid",
        "SELECT id FROM workspace ORDER BY id",
    ),
    definer(
        "create_workspace(new_id uuid, new_slug text, new_name text)",
        "void",
        "INSERT INTO workspace (id, slug, name) VALUES (new_id, new_slug, new_name)",
        volatile=True,
    ),
    definer(
        "upsert_person(new_id uuid, new_email text, new_name text)",
        "uuid",
        """INSERT INTO person (id, email, name) VALUES (new_id, new_email, new_name)
           ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id""",
        volatile=True,
    ),
    definer(
        "create_sign_in_link(new_hash bytea, for_person uuid, for_workspace uuid, until timestamptz)",
        "void",
        """INSERT INTO sign_in_link (token_hash, person_id, workspace_id, expires_at)
           VALUES (new_hash, for_person, for_workspace, until)""",
        volatile=True,
    ),
    definer(
        "use_sign_in_link(link_hash bytea, session_hash bytea, until timestamptz)",
        "uuid",
        """WITH used AS (
               UPDATE sign_in_link SET used_at = clock_timestamp()
               WHERE token_hash = link_hash AND used_at IS NULL AND expires_at > clock_timestamp()
               RETURNING person_id, workspace_id)
           INSERT INTO session (token_hash, person_id, workspace_id, expires_at)
           SELECT session_hash, person_id, workspace_id, until FROM used RETURNING workspace_id""",
        volatile=True,
    ),
    definer(
        "session_by_token(hash bytea)",
        "TABLE (workspace_id uuid, member_id uuid, role text, name text)",
        """SELECT m.workspace_id, m.id, m.role, m.name
           FROM session s JOIN member m ON m.workspace_id = s.workspace_id AND m.person_id = s.person_id
           WHERE s.token_hash = hash AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
             AND m.removed_at IS NULL""",
    ),
    definer(
        "revoke_session(hash bytea)",
        "void",
        "UPDATE session SET revoked_at = clock_timestamp() WHERE token_hash = hash",
        volatile=True,
    ),
    definer(
        "api_key_by_token(hash bytea)",
        "TABLE (workspace_id uuid, key_id uuid, name text)",
        "SELECT workspace_id, id, name FROM api_key WHERE token_hash = hash AND revoked_at IS NULL",
    ),
    definer(
        "accounts_by_address(of_channel text, wanted text)",
        "SETOF account",
        "SELECT * FROM account WHERE channel = of_channel AND address = wanted AND enabled",
    ),
    definer(
        "accounts_of_channel(of_channel text)",
        "SETOF account",
        "SELECT * FROM account WHERE channel = of_channel AND enabled ORDER BY workspace_id, id",
    ),
    definer(
        # The workspace is compared as text, so that no kept plan reads all its passages instead of the words' index.
        "search_passages(queries tsquery[], each integer, most integer)",
        "SETOF passage",
        """SELECT p.* FROM unnest(queries) WITH ORDINALITY AS asked (query, tier)
           CROSS JOIN LATERAL (
               SELECT * FROM passage
               WHERE search @@ (quote_literal('ws:' || current_setting('dynaris.workspace', true))::tsquery
                                && asked.query)
                 AND workspace_id::text = current_setting('dynaris.workspace', true)
               LIMIT each) p
           LIMIT most""",
        keeps_plan=True,
    ),
    definer(
        "schema_revision()",
        "text",
        "SELECT version_num::text FROM alembic_version",
    ),
    definer(
        # Open work exactly, through partial indexes; ended work since an id, through the keys.
        "work_counts(since uuid)",
        "TABLE (measure text, label text, n bigint)",
        """
        SELECT 'events_open', 'queued', count(*) FROM event e WHERE e.status = 'queued'
        UNION ALL
        SELECT 'events_open', 'waiting', count(*) FROM event e WHERE e.status = 'waiting'
        UNION ALL
        SELECT 'outbox_open', o.status, count(*) FROM outbox o
          WHERE o.status IN ('queued', 'sending') GROUP BY o.status
        UNION ALL
        SELECT 'events_ended', d.outcome, sum(d.n)::bigint FROM workspace w CROSS JOIN LATERAL (
            SELECT e.outcome, count(*) AS n FROM event e
            WHERE e.workspace_id = w.id AND e.status = 'done' AND e.id > since GROUP BY e.outcome) d
          GROUP BY d.outcome
        UNION ALL
        SELECT 'outbox_ended', d.status, sum(d.n)::bigint FROM workspace w CROSS JOIN LATERAL (
            SELECT o.status, count(*) AS n FROM outbox o
            WHERE o.workspace_id = w.id AND o.id > since AND o.status NOT IN ('queued', 'sending')
            GROUP BY o.status) d
          GROUP BY d.status
        """,
    ),
    definer(
        "claim_lanes(worker uuid, most integer)",
        "TABLE (workspace_id uuid, lane text)",
        """UPDATE lane l SET holder = worker, lease_until = clock_timestamp() + interval '5 seconds'
           FROM (SELECT d.workspace_id, d.lane FROM lane d
                 WHERE d.due_at <= clock_timestamp() AND (d.holder IS NULL OR d.lease_until < clock_timestamp())
                 ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED) AS due
           WHERE l.workspace_id = due.workspace_id AND l.lane = due.lane
           RETURNING l.workspace_id, l.lane""",
        volatile=True,
    ),
    definer(
        "renew_lanes(worker uuid)",
        "void",
        """UPDATE lane SET lease_until = clock_timestamp() + interval '5 seconds'
           WHERE due_at IS NOT NULL AND holder = worker""",
        volatile=True,
    ),
    definer(
        "due_work(most integer)",
        "TABLE (workspace_id uuid, kind text, id text)",
        """
        (SELECT DISTINCT e.workspace_id, 'lane', e.lane FROM event e
          WHERE e.status = 'queued' AND e.outcome IS NULL AND e.created_at < clock_timestamp() - interval '10 seconds'
            AND NOT EXISTS (SELECT FROM lane l WHERE l.workspace_id = e.workspace_id AND l.lane = e.lane
                            AND l.due_at IS NOT NULL)
          LIMIT most)
        UNION ALL
        (SELECT f.workspace_id, 'follow_up', f.id::text FROM follow_up f
          WHERE f.status = 'waiting' AND f.due_at <= clock_timestamp() ORDER BY f.due_at LIMIT most)
        UNION ALL
        (SELECT a.workspace_id, 'approval', a.id::text FROM approval a
          WHERE a.status = 'pending' AND a.deadline <= clock_timestamp() ORDER BY a.deadline LIMIT most)
        UNION ALL
        (SELECT e.workspace_id, 'overdue', e.id::text FROM event e
          WHERE e.status = 'waiting' AND e.deadline <= clock_timestamp() ORDER BY e.deadline LIMIT most)
        UNION ALL
        (SELECT o.workspace_id, 'outbox', o.id::text FROM outbox o
          WHERE o.status IN ('queued', 'sending') AND o.due_at <= clock_timestamp() ORDER BY o.due_at LIMIT most)
        """,
    ),
]  # fmt: skip

# Ends a lane's work: true when nothing is queued, or when the lane is somebody else's. Two statements, so that
# the second sees what an intake committed while the first waited for the lane's row (READ COMMITTED takes a
# snapshot per statement).
RELEASE_LANE = """
CREATE FUNCTION release_lane(of_workspace uuid, of_lane text, worker uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM lane WHERE workspace_id = of_workspace AND lane = of_lane AND holder = worker FOR UPDATE;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    UPDATE lane SET due_at = NULL, holder = NULL, lease_until = NULL WHERE workspace_id = of_workspace AND lane = of_lane
        AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = of_workspace AND e.lane = of_lane
                        AND e.status = 'queued');
    RETURN FOUND;
END $$
"""


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    connection.execute(jobs.schema())
    for table in TENANT_TABLES:
        _run(protect(table))
    _run(protect("workspace", key="id"))
    for statements in FUNCTIONS:
        _run(statements)
    _run([RELEASE_LANE])
    _run(first_statistics())
    _run(
        [
            f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
            "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename LIKE 'procrastinate\\_%' LOOP EXECUTE format("
            f"'GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {APP_ROLE}', t.tablename); END LOOP; END $$",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}",
        ]
    )


def _run(statements: list[str]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
