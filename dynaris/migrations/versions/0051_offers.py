"""Teams with hours and strategies, what members speak and know, and conversations that are offered to one at a time."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0051"
down_revision = "0049"

_STATEMENTS = (
    "ALTER TABLE team ADD COLUMN strategy TEXT DEFAULT 'everyone' NOT NULL",
    "ALTER TABLE team ADD COLUMN ring_seconds INTEGER DEFAULT 30 NOT NULL",
    "ALTER TABLE team ADD COLUMN fit_minutes INTEGER DEFAULT 2 NOT NULL",
    "ALTER TABLE team ADD COLUMN most_held INTEGER DEFAULT 5 NOT NULL",
    "ALTER TABLE team ADD COLUMN business_hours JSONB",
    "ALTER TABLE team ADD COLUMN overflow_team_id UUID",
    "ALTER TABLE team ADD COLUMN overflow_minutes INTEGER DEFAULT 5 NOT NULL",
    "ALTER TABLE team ADD COLUMN closed_team_id UUID",
    """ALTER TABLE team ADD CONSTRAINT ck_team_strategy
       CHECK (strategy IN ('everyone', 'next_available', 'longest_waiting'))""",
    """ALTER TABLE team ADD CONSTRAINT fk_team_workspace_id_overflow_team_id_team
       FOREIGN KEY (workspace_id, overflow_team_id) REFERENCES team (workspace_id, id)
       ON DELETE SET NULL (overflow_team_id)""",
    """ALTER TABLE team ADD CONSTRAINT fk_team_workspace_id_closed_team_id_team
       FOREIGN KEY (workspace_id, closed_team_id) REFERENCES team (workspace_id, id)
       ON DELETE SET NULL (closed_team_id)""",
    "ALTER TABLE member ADD COLUMN languages TEXT[] DEFAULT '{}' NOT NULL",
    "ALTER TABLE member ADD COLUMN skills TEXT[] DEFAULT '{}' NOT NULL",
    """CREATE TABLE queue_entry (
       workspace_id UUID NOT NULL,
       conversation_id UUID NOT NULL,
       team_id UUID NOT NULL,
       waiting_since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       queued_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       moved BOOLEAN DEFAULT false NOT NULL,
       team_told BOOLEAN DEFAULT false NOT NULL,
       CONSTRAINT pk_queue_entry PRIMARY KEY (workspace_id, conversation_id),
       CONSTRAINT fk_queue_entry_workspace_id_conversation FOREIGN KEY (workspace_id, conversation_id)
           REFERENCES conversation (workspace_id, id) ON DELETE CASCADE,
       CONSTRAINT fk_queue_entry_workspace_id_team FOREIGN KEY (workspace_id, team_id)
           REFERENCES team (workspace_id, id) ON DELETE CASCADE)""",
    "CREATE INDEX ix_queue_entry_team ON queue_entry (workspace_id, team_id, waiting_since)",
    """CREATE TABLE offer (
       workspace_id UUID NOT NULL,
       id UUID NOT NULL,
       conversation_id UUID NOT NULL,
       team_id UUID NOT NULL,
       member_id UUID NOT NULL,
       status TEXT DEFAULT 'ringing' NOT NULL,
       offered_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       rings_until TIMESTAMP WITH TIME ZONE NOT NULL,
       ended_at TIMESTAMP WITH TIME ZONE,
       CONSTRAINT pk_offer PRIMARY KEY (workspace_id, id),
       CONSTRAINT fk_offer_workspace_id_conversation FOREIGN KEY (workspace_id, conversation_id)
           REFERENCES conversation (workspace_id, id) ON DELETE CASCADE,
       CONSTRAINT fk_offer_workspace_id_team FOREIGN KEY (workspace_id, team_id)
           REFERENCES team (workspace_id, id) ON DELETE CASCADE,
       CONSTRAINT fk_offer_workspace_id_member FOREIGN KEY (workspace_id, member_id)
           REFERENCES member (workspace_id, id),
       CONSTRAINT ck_offer_status CHECK (status IN ('ringing', 'accepted', 'declined', 'timed_out', 'withdrawn')))""",
    "CREATE UNIQUE INDEX uq_offer_conversation ON offer (workspace_id, conversation_id) WHERE status = 'ringing'",
    "CREATE UNIQUE INDEX uq_offer_member ON offer (workspace_id, member_id) WHERE status = 'ringing'",
    "CREATE INDEX ix_offer_conversation ON offer (workspace_id, conversation_id, id)",
    "CREATE INDEX ix_offer_member ON offer (workspace_id, member_id, ended_at) WHERE status = 'accepted'",
    "CREATE INDEX ix_offer_team ON offer (workspace_id, team_id)",
    "CREATE INDEX ix_offer_rings_until ON offer (rings_until) WHERE status = 'ringing'",
    # The one place that says which conversations wait for a team. The entry goes before the offer: whoever offers it
    # has the entry locked, so what was offered at this very moment is seen here, and withdrawn.
    """CREATE FUNCTION queue_conversation() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
       BEGIN
           IF NEW.holder = 'team' AND NEW.status = 'open' AND NEW.hold_until IS NULL AND NEW.team_id IS NOT NULL THEN
               INSERT INTO queue_entry AS q (workspace_id, conversation_id, team_id)
               VALUES (NEW.workspace_id, NEW.id, NEW.team_id)
               ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET team_id = excluded.team_id,
                   queued_at = excluded.queued_at, moved = false, team_told = false
               WHERE q.team_id <> excluded.team_id;
               UPDATE offer SET status = 'withdrawn', ended_at = clock_timestamp()
               WHERE workspace_id = NEW.workspace_id AND conversation_id = NEW.id AND status = 'ringing'
                 AND team_id <> NEW.team_id;
           ELSE
               DELETE FROM queue_entry WHERE workspace_id = NEW.workspace_id AND conversation_id = NEW.id;
               UPDATE offer SET status = 'withdrawn', ended_at = clock_timestamp()
               WHERE workspace_id = NEW.workspace_id AND conversation_id = NEW.id AND status = 'ringing';
           END IF;
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER queue_conversation AFTER UPDATE OF holder, team_id, status, hold_until ON conversation FOR EACH ROW
       WHEN ((OLD.holder = 'team' OR NEW.holder = 'team')
             AND (OLD.holder, OLD.team_id, OLD.status, OLD.hold_until IS NULL)
                 IS DISTINCT FROM (NEW.holder, NEW.team_id, NEW.status, NEW.hold_until IS NULL))
       EXECUTE FUNCTION queue_conversation()""",
    # Who is in the team no more is not asked any longer.
    """CREATE FUNCTION leave_offer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
       BEGIN
           UPDATE offer SET status = 'withdrawn', ended_at = clock_timestamp()
           WHERE workspace_id = OLD.workspace_id AND team_id = OLD.team_id AND member_id = OLD.member_id
             AND status = 'ringing';
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER leave_offer AFTER DELETE ON team_member FOR EACH ROW EXECUTE FUNCTION leave_offer()""",
    # However an offer ends, what told of it need not be read any more.
    """CREATE FUNCTION end_offer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
       BEGIN
           UPDATE notification SET read_at = clock_timestamp(), xid = pg_current_xact_id()::text::bigint
           WHERE workspace_id = NEW.workspace_id AND member_id = NEW.member_id AND cause = 'offer:' || NEW.id
             AND read_at IS NULL;
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER end_offer AFTER UPDATE OF status ON offer FOR EACH ROW
       WHEN (OLD.status = 'ringing' AND NEW.status <> 'ringing') EXECUTE FUNCTION end_offer()""",
    # Told to the team before: nobody is told a second time.
    """INSERT INTO queue_entry (workspace_id, conversation_id, team_id, waiting_since, team_told)
       SELECT workspace_id, id, team_id, last_message_at, true FROM conversation
       WHERE holder = 'team' AND status = 'open' AND hold_until IS NULL AND team_id IS NOT NULL""",
    *protect("queue_entry"),
    *protect("offer"),
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
    -- A queue is due for as long as somebody waits in it: by chance, so that no team is always the last one.
    (SELECT d.workspace_id, 'queue', d.team_id::text FROM (
        SELECT DISTINCT q.workspace_id, q.team_id FROM queue_entry q
        JOIN team t ON t.workspace_id = q.workspace_id AND t.id = q.team_id
        WHERE t.strategy <> 'everyone' OR t.overflow_team_id IS NOT NULL OR t.closed_team_id IS NOT NULL
        UNION
        SELECT o.workspace_id, o.team_id FROM offer o WHERE o.status = 'ringing' AND o.rings_until <= clock_timestamp()
      ) AS d ORDER BY random() LIMIT most)
    UNION ALL
    (SELECT o.workspace_id, 'outbox', o.id::text FROM outbox o
      WHERE o.status IN ('queued', 'sending') AND o.due_at <= clock_timestamp() ORDER BY o.due_at LIMIT most)
    """,
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_DUE):
        op.get_bind().exec_driver_sql(statement)
