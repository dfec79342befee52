"""Notifications: topics, ways out of the app, preferences, browsers that want a push, escalation."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0042"
down_revision = "0041"

_STATEMENTS = (
    "ALTER TABLE notification ADD COLUMN topic TEXT",
    # what was told before there were topics was named by its cause's first word
    """UPDATE notification SET topic = CASE split_part(cause, ':', 1)
        WHEN 'tool' THEN 'note' WHEN 'declined' THEN 'changed' WHEN 'lapsed' THEN 'changed'
        ELSE CASE WHEN starts_with(subject, 'booking:') AND starts_with(cause, 'unanswered:') THEN 'asked'
        ELSE split_part(cause, ':', 1) END END""",
    "ALTER TABLE notification ALTER COLUMN topic SET NOT NULL",
    "ALTER TABLE notification ADD COLUMN shown BOOLEAN DEFAULT true NOT NULL",
    "ALTER TABLE notification ADD COLUMN xid BIGINT DEFAULT pg_current_xact_id()::text::bigint NOT NULL",
    "CREATE INDEX ix_notification_xid ON notification (workspace_id, member_id, xid)",
    """CREATE TABLE notification_send (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        notification_id UUID NOT NULL,
        member_id UUID,
        medium TEXT NOT NULL,
        subscription_id UUID,
        digest BOOLEAN DEFAULT false NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        status TEXT DEFAULT 'waiting' NOT NULL,
        result TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_notification_send PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_notification_send_workspace_id_notification_id_notification
            FOREIGN KEY (workspace_id, notification_id) REFERENCES notification (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT ck_notification_send_medium CHECK (medium IN ('email', 'push', 'workspace')),
        CONSTRAINT ck_notification_send_status CHECK (status IN ('waiting', 'done', 'dropped')))""",
    "CREATE INDEX ix_notification_send_due ON notification_send (due_at) WHERE status = 'waiting'",
    """CREATE INDEX ix_notification_send_waiting ON notification_send (workspace_id, due_at)
        WHERE status = 'waiting'""",
    "CREATE INDEX ix_notification_send_notification ON notification_send (workspace_id, notification_id)",
    """CREATE TABLE notification_preference (
        workspace_id UUID NOT NULL,
        member_id UUID NOT NULL,
        preferences JSONB NOT NULL,
        CONSTRAINT pk_notification_preference PRIMARY KEY (workspace_id, member_id),
        CONSTRAINT fk_notification_preference_workspace_id_member_id_member
            FOREIGN KEY (workspace_id, member_id) REFERENCES member (workspace_id, id) ON DELETE CASCADE)""",
    """CREATE TABLE push_subscription (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        member_id UUID NOT NULL,
        endpoint TEXT NOT NULL,
        keys JSONB NOT NULL,
        device TEXT DEFAULT '' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_push_subscription PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_push_subscription_workspace_id_member_id_member
            FOREIGN KEY (workspace_id, member_id) REFERENCES member (workspace_id, id) ON DELETE CASCADE)""",
    "CREATE UNIQUE INDEX uq_push_subscription_endpoint ON push_subscription (workspace_id, endpoint)",
    "CREATE INDEX ix_push_subscription_member ON push_subscription (workspace_id, member_id)",
    """CREATE TABLE notification_escalation (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        cause TEXT NOT NULL,
        topic TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        subject TEXT NOT NULL,
        circle TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        status TEXT DEFAULT 'waiting' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_notification_escalation PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_notification_escalation_circle CHECK (circle IN ('admins', 'owner')),
        CONSTRAINT ck_notification_escalation_status CHECK (status IN ('waiting', 'reacted', 'exhausted')))""",
    "CREATE UNIQUE INDEX uq_notification_escalation_cause ON notification_escalation (workspace_id, cause)",
    "CREATE INDEX ix_notification_escalation_due ON notification_escalation (due_at) WHERE status = 'waiting'",
    """CREATE INDEX ix_notification_escalation_subject ON notification_escalation (workspace_id, subject)
        WHERE status = 'waiting'""",
    "ALTER TABLE workspace ADD COLUMN notifications JSONB DEFAULT '{}' NOT NULL",
)
_GUARDED = tuple(
    statement
    for table in ("notification_send", "notification_preference", "push_subscription", "notification_escalation")
    for statement in protect(table)
)
_DUE = definer(
    "workspaces_to_tell(moment timestamptz)",
    "SETOF uuid",
    # nobody looks for the copies of rehearsals
    """
    SELECT w.id FROM workspace w WHERE w.rehearsal_of IS NULL AND w.id IN (
        SELECT s.workspace_id FROM notification_send s WHERE s.status = 'waiting' AND s.due_at <= moment
        UNION
        SELECT e.workspace_id FROM notification_escalation e WHERE e.status = 'waiting' AND e.due_at <= moment)
    """,
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_GUARDED, *_DUE):
        op.get_bind().exec_driver_sql(statement)
