"""What can be booked, with whom, holds and bookings, and when people are busy elsewhere."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0020"
down_revision = "0019"

_TABLES = ("service", "calendar_person", "service_person", "booking", "booking_change", "busy_time")

_STATEMENTS = (
    # GiST has no operators for uuid without an extension that the embedded server lacks; it has them for ranges
    "CREATE TYPE uuidrange AS RANGE (subtype = uuid)",
    """CREATE TABLE service (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        description TEXT DEFAULT '' NOT NULL,
        duration_minutes INTEGER NOT NULL,
        buffer_before INTEGER DEFAULT '0' NOT NULL,
        buffer_after INTEGER DEFAULT '0' NOT NULL,
        price NUMERIC(18, 6),
        currency TEXT,
        minimum_notice_minutes INTEGER DEFAULT '0' NOT NULL,
        maximum_advance_days INTEGER DEFAULT '90' NOT NULL,
        step_minutes INTEGER DEFAULT '15' NOT NULL,
        needs_confirmation BOOLEAN DEFAULT false NOT NULL,
        enabled BOOLEAN DEFAULT true NOT NULL,
        position INTEGER DEFAULT '0' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_service PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_service_duration CHECK (duration_minutes BETWEEN 1 AND 1440),
        CONSTRAINT ck_service_buffers CHECK (buffer_before BETWEEN 0 AND 1440 AND buffer_after BETWEEN 0 AND 1440),
        CONSTRAINT ck_service_step CHECK (step_minutes BETWEEN 5 AND 1440),
        CONSTRAINT ck_service_money CHECK ((price IS NULL) = (currency IS NULL))
    )""",
    "CREATE UNIQUE INDEX uq_service_name ON service (workspace_id, lower(name))",
    """CREATE TABLE calendar_person (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        email TEXT,
        member_id UUID,
        timezone TEXT,
        hours JSONB,
        exceptions JSONB DEFAULT '[]' NOT NULL,
        enabled BOOLEAN DEFAULT true NOT NULL,
        position INTEGER DEFAULT '0' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_calendar_person PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_calendar_person_workspace_id_member_id_member FOREIGN KEY(workspace_id, member_id) REFERENCES member (workspace_id, id)
    )""",
    "CREATE UNIQUE INDEX uq_calendar_person_name ON calendar_person (workspace_id, lower(name))",
    """CREATE TABLE service_person (
        workspace_id UUID NOT NULL,
        service_id UUID NOT NULL,
        staff_id UUID NOT NULL,
        CONSTRAINT pk_service_person PRIMARY KEY (workspace_id, service_id, staff_id),
        CONSTRAINT fk_service_person_workspace_id_service_id_service FOREIGN KEY(workspace_id, service_id) REFERENCES service (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_service_person_workspace_id_staff_id_calendar_person FOREIGN KEY(workspace_id, staff_id) REFERENCES calendar_person (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_service_person_staff ON service_person (workspace_id, staff_id)",
    """CREATE TABLE booking (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        service_id UUID NOT NULL,
        staff_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        conversation_id UUID,
        status TEXT NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        busy_from TIMESTAMP WITH TIME ZONE NOT NULL,
        busy_until TIMESTAMP WITH TIME ZONE NOT NULL,
        during TSTZRANGE GENERATED ALWAYS AS (tstzrange(busy_from, busy_until, '[)')) STORED NOT NULL,
        held_until TIMESTAMP WITH TIME ZONE,
        sequence INTEGER DEFAULT '0' NOT NULL,
        timezone TEXT NOT NULL,
        price NUMERIC(18, 6),
        currency TEXT,
        note TEXT DEFAULT '' NOT NULL,
        reason TEXT,
        key TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_booking PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_booking_workspace_id_service_id_service FOREIGN KEY(workspace_id, service_id) REFERENCES service (workspace_id, id),
        CONSTRAINT fk_booking_workspace_id_staff_id_calendar_person FOREIGN KEY(workspace_id, staff_id) REFERENCES calendar_person (workspace_id, id),
        CONSTRAINT uq_booking_workspace_id_key UNIQUE (workspace_id, key),
        CONSTRAINT no_double_booking EXCLUDE USING gist (uuidrange(workspace_id, workspace_id, '[]') WITH &&, uuidrange(staff_id, staff_id, '[]') WITH &&, during WITH &&) WHERE (status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')),
        CONSTRAINT ck_booking_status CHECK (status IN ('held', 'pending', 'confirmed', 'cancelled', 'completed', 'no_show', 'expired')),
        CONSTRAINT ck_booking_held CHECK (status <> 'held' OR held_until IS NOT NULL),
        CONSTRAINT ck_booking_times CHECK (busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until)
    )""",
    "CREATE INDEX ix_booking_contact ON booking (workspace_id, contact_id, starts_at)",
    "CREATE INDEX ix_booking_conversation ON booking (workspace_id, conversation_id)",
    "CREATE INDEX ix_booking_held ON booking (workspace_id, staff_id, held_until) WHERE status = 'held'",
    "CREATE INDEX ix_booking_occupied ON booking (workspace_id, staff_id, busy_until) WHERE status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')",
    "CREATE INDEX ix_booking_person ON booking (workspace_id, staff_id, starts_at)",
    "CREATE INDEX ix_booking_service ON booking (workspace_id, service_id, starts_at)",
    "CREATE INDEX ix_booking_starts ON booking (workspace_id, starts_at, id)",
    """CREATE TABLE booking_change (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        booking_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        conversation_id UUID,
        what TEXT NOT NULL,
        text TEXT NOT NULL,
        data JSONB DEFAULT '{}' NOT NULL,
        changed_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_booking_change PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_booking_change_workspace_id_booking_id_booking FOREIGN KEY(workspace_id, booking_id) REFERENCES booking (workspace_id, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX ix_booking_change_booking ON booking_change (workspace_id, booking_id, id)",
    "CREATE INDEX ix_booking_change_contact ON booking_change (workspace_id, contact_id, created_at, id)",
    """CREATE TABLE busy_time (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        staff_id UUID NOT NULL,
        source TEXT NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_busy_time PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_busy_time_workspace_id_staff_id_calendar_person FOREIGN KEY(workspace_id, staff_id) REFERENCES calendar_person (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT ck_busy_time_times CHECK (starts_at < ends_at)
    )""",
    "CREATE INDEX ix_busy_time_person ON busy_time (workspace_id, staff_id, ends_at)",
)

_EXPIRED_HOLDS = definer(
    "workspaces_with_expired_holds(before timestamptz)",
    "SETOF uuid",
    "SELECT DISTINCT workspace_id FROM booking WHERE status = 'held' AND held_until <= before",
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in (*_STATEMENTS, *(line for table in _TABLES for line in protect(table)), *_EXPIRED_HOLDS):
        bind.exec_driver_sql(statement)
