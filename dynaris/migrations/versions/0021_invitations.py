"""Who was invited to a booking, what is due about it, calendar feeds, and the booking page's settings."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0021"
down_revision = "0020"

_TABLES = ("booking_invitation", "booking_due", "calendar_feed")

_STATEMENTS = (
    "ALTER TABLE workspace ADD COLUMN booking JSONB DEFAULT '{}' NOT NULL",
    """CREATE TABLE booking_invitation (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        booking_id UUID NOT NULL,
        audience TEXT NOT NULL,
        address TEXT,
        typed BOOLEAN DEFAULT false NOT NULL,
        language TEXT,
        account_id UUID,
        conversation_id UUID,
        invited BOOLEAN DEFAULT false NOT NULL,
        sequence INTEGER,
        not_sent TEXT,
        answer TEXT,
        answered_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_booking_invitation PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_booking_invitation_workspace_id_booking_id_booking FOREIGN KEY(workspace_id, booking_id) REFERENCES booking (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT uq_booking_invitation_workspace_id_booking_id_audience UNIQUE (workspace_id, booking_id, audience),
        CONSTRAINT ck_booking_invitation_audience CHECK (audience IN ('contact', 'person')),
        CONSTRAINT ck_booking_invitation_answer CHECK (answer IN ('accepted', 'declined', 'tentative'))
    )""",
    """CREATE TABLE booking_due (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        booking_id UUID NOT NULL,
        what TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        status TEXT DEFAULT 'waiting' NOT NULL,
        result TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_booking_due PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_booking_due_workspace_id_booking_id_booking FOREIGN KEY(workspace_id, booking_id) REFERENCES booking (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT uq_booking_due_workspace_id_booking_id_what_due_at_starts_at UNIQUE (workspace_id, booking_id, what, due_at, starts_at),
        CONSTRAINT ck_booking_due_what CHECK (what IN ('remind_contact', 'remind_person', 'over')),
        CONSTRAINT ck_booking_due_status CHECK (status IN ('waiting', 'done', 'dropped'))
    )""",
    "CREATE INDEX ix_booking_due_waiting ON booking_due (due_at) WHERE status = 'waiting'",
    """CREATE TABLE calendar_feed (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        staff_id UUID,
        shows TEXT NOT NULL,
        token_hash BYTEA NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        last_read_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_calendar_feed PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_calendar_feed_workspace_id_staff_id_calendar_person FOREIGN KEY(workspace_id, staff_id) REFERENCES calendar_person (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT uq_calendar_feed_workspace_id_token_hash UNIQUE (workspace_id, token_hash),
        CONSTRAINT ck_calendar_feed_shows CHECK (shows IN ('busy', 'service', 'contact'))
    )""",
    "CREATE INDEX ix_calendar_feed_staff ON calendar_feed (workspace_id, staff_id)",
)

_DUE = definer(
    "workspaces_with_due_bookings(before timestamptz)",
    "SETOF uuid",
    "SELECT DISTINCT workspace_id FROM booking_due WHERE status = 'waiting' AND due_at <= before",
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in (*_STATEMENTS, *(line for table in _TABLES for line in protect(table)), *_DUE):
        bind.exec_driver_sql(statement)
