"""Notifications, the status of teammates and the onboarding checklist."""

from alembic import op

from dynaris.migrations.live import watched
from dynaris.migrations.security import protect

revision = "0037"
down_revision = "0036"

_STATEMENTS = (
    """CREATE INDEX ix_notification_member ON notification (workspace_id, member_id, id)""",
    """CREATE INDEX ix_notification_unread ON notification (workspace_id, member_id, id) WHERE read_at IS NULL""",
    "ALTER TABLE member ADD COLUMN status TEXT DEFAULT 'available' NOT NULL",
    "ALTER TABLE member ADD COLUMN status_note TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE member ADD COLUMN status_since TIMESTAMP WITH TIME ZONE",
    """ALTER TABLE member ADD CONSTRAINT ck_member_status
       CHECK (status IN ('available', 'busy', 'away', 'offline'))""",
    # Beside the member, whose changes are told to screens: this changes every half minute.
    """CREATE TABLE member_seen (
       workspace_id UUID NOT NULL,
       member_id UUID NOT NULL,
       seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
       CONSTRAINT pk_member_seen PRIMARY KEY (workspace_id, member_id),
       CONSTRAINT fk_member_seen_workspace_id_member FOREIGN KEY(workspace_id, member_id)
           REFERENCES member (workspace_id, id) ON DELETE CASCADE)""",
    *protect("member_seen"),
    """CREATE TABLE onboarding_item (
       workspace_id UUID NOT NULL,
       item TEXT NOT NULL,
       not_needed TEXT,
       note TEXT,
       changed_by TEXT,
       changed_at TIMESTAMP WITH TIME ZONE,
       result JSONB,
       checked_at TIMESTAMP WITH TIME ZONE,
       CONSTRAINT pk_onboarding_item PRIMARY KEY (workspace_id, item))""",
    *protect("onboarding_item"),
    """CREATE TABLE onboarding_try (
       workspace_id UUID NOT NULL,
       id UUID NOT NULL,
       kind TEXT NOT NULL,
       account_id UUID NOT NULL,
       channel TEXT NOT NULL,
       event_id UUID,
       external_id TEXT,
       tried_by TEXT NOT NULL,
       created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       CONSTRAINT pk_onboarding_try PRIMARY KEY (workspace_id, id))""",
    *protect("onboarding_try"),
    *watched("onboarding_item", "onboarding", "workspace_id"),
    *watched("onboarding_try", "onboarding"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
