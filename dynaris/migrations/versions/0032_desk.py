"""The agent desktop: its queues, assigning to teams, snoozing until a time, tags."""

from alembic import op

from dynaris.migrations.live import watched
from dynaris.migrations.security import definer, protect

revision = "0032"
down_revision = "0031"

_STATEMENTS = (
    "ALTER TABLE conversation ADD COLUMN team_id UUID",
    "ALTER TABLE conversation ADD COLUMN snoozed_until TIMESTAMP WITH TIME ZONE",
    """ALTER TABLE conversation ADD CONSTRAINT fk_conversation_workspace_id_team_id_team
           FOREIGN KEY (workspace_id, team_id) REFERENCES team (workspace_id, id) ON DELETE SET NULL (team_id)""",
    """CREATE INDEX ix_conversation_open ON conversation (workspace_id, holder, last_message_at, id)
           WHERE status = 'open'""",
    "CREATE INDEX ix_conversation_closed ON conversation (workspace_id, last_message_at, id) WHERE status = 'closed'",
    "CREATE INDEX ix_conversation_snoozed ON conversation (snoozed_until) WHERE status = 'snoozed'",
    "CREATE INDEX ix_conversation_team ON conversation (workspace_id, team_id) WHERE team_id IS NOT NULL",
    "CREATE INDEX ix_approval_conversation ON approval (workspace_id, conversation_id) WHERE status = 'pending'",
    """CREATE TABLE tag (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        colour TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_tag PRIMARY KEY (workspace_id, id))""",
    "CREATE UNIQUE INDEX uq_tag_name ON tag (workspace_id, lower(name))",
    """CREATE TABLE conversation_tag (
        workspace_id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        tag_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_conversation_tag PRIMARY KEY (workspace_id, conversation_id, tag_id),
        CONSTRAINT fk_conversation_tag_workspace_id_conversation_id_conversation
            FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_conversation_tag_workspace_id_tag_id_tag
            FOREIGN KEY (workspace_id, tag_id) REFERENCES tag (workspace_id, id) ON DELETE CASCADE)""",
    "CREATE INDEX ix_conversation_tag_tag ON conversation_tag (workspace_id, tag_id)",
    "DROP FUNCTION due_work(integer)",
)
_DUE = definer(
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
    (SELECT c.workspace_id, 'unanswered', c.id::text FROM conversation c
      WHERE c.respond_by IS NOT NULL AND c.status = 'open' AND coalesce(c.remind_at, c.respond_by) <= clock_timestamp()
        AND NOT EXISTS (SELECT FROM outage_wait w WHERE w.workspace_id = c.workspace_id AND w.conversation_id = c.id)
      ORDER BY coalesce(c.remind_at, c.respond_by) LIMIT most)
    UNION ALL
    (SELECT c.workspace_id, 'snoozed', c.id::text FROM conversation c
      WHERE c.status = 'snoozed' AND c.snoozed_until <= clock_timestamp() ORDER BY c.snoozed_until LIMIT most)
    UNION ALL
    (SELECT o.workspace_id, 'outbox', o.id::text FROM outbox o
      WHERE o.status IN ('queued', 'sending') AND o.due_at <= clock_timestamp() ORDER BY o.due_at LIMIT most)
    """,
)


_GUARDED = (*protect("tag"), *protect("conversation_tag"))
_WATCHED = (*watched("tag", "tag"), *watched("conversation_tag", "conversation", "conversation_id"))


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_GUARDED, *_WATCHED, *_DUE):
        op.get_bind().exec_driver_sql(statement)
