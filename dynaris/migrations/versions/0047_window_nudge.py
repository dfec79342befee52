"""Somebody is told before a channel's reply window closes on a conversation that waits."""

from alembic import op

from dynaris.migrations.security import definer

revision = "0047"
down_revision = "0046"

_STATEMENTS = (
    "ALTER TABLE conversation ADD COLUMN window_nudge_at TIMESTAMP WITH TIME ZONE",
    """CREATE INDEX ix_conversation_window_nudge_at ON conversation (window_nudge_at)
       WHERE window_nudge_at IS NOT NULL""",
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
    (SELECT c.workspace_id, 'window', c.id::text FROM conversation c
      WHERE c.window_nudge_at <= clock_timestamp() ORDER BY c.window_nudge_at LIMIT most)
    UNION ALL
    (SELECT o.workspace_id, 'outbox', o.id::text FROM outbox o
      WHERE o.status IN ('queued', 'sending') AND o.due_at <= clock_timestamp() ORDER BY o.due_at LIMIT most)
    """,
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_DUE):
        op.get_bind().exec_driver_sql(statement)
