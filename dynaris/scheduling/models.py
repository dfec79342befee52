"""Tables of scheduling: what can be booked, with whom, what is booked, and when people are busy elsewhere."""

from sqlalchemy import Boolean, CheckConstraint, Column, Computed, Index, Integer, Numeric, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

service = tenant_table(
    "service",
    text("name", nullable=False),
    text("description", nullable=False, server_default=""),
    Column("duration_minutes", Integer, nullable=False),
    Column("buffer_before", Integer, nullable=False, server_default="0"),  # minutes, like all below
    Column("buffer_after", Integer, nullable=False, server_default="0"),
    Column("price", Numeric(18, 6)),
    text("currency"),
    Column("minimum_notice_minutes", Integer, nullable=False, server_default="0"),
    Column("maximum_advance_days", Integer, nullable=False, server_default="90"),
    Column("step_minutes", Integer, nullable=False, server_default="15"),
    Column("needs_confirmation", Boolean, nullable=False, server_default=sql("false")),
    Column("enabled", Boolean, nullable=False, server_default=sql("true")),
    Column("position", Integer, nullable=False, server_default="0"),
    created_at(),
    CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration"),
    CheckConstraint("buffer_before BETWEEN 0 AND 1440 AND buffer_after BETWEEN 0 AND 1440", name="buffers"),
    CheckConstraint("step_minutes BETWEEN 5 AND 1440", name="step"),
    CheckConstraint("(price IS NULL) = (currency IS NULL)", name="money"),
    Index("uq_service_name", "workspace_id", sql("lower(name)"), unique=True),
)

# Whom a booking is with. "Staff" is the product's word for people who visit a workspace to help.
calendar_person = tenant_table(
    "calendar_person",
    text("name", nullable=False),
    text("email"),
    uuid("member_id"),
    text("timezone"),  # none: the workspace's
    jsonb("hours"),  # none: the workspace's business hours
    jsonb("exceptions", nullable=False, server_default=sql("'[]'")),
    Column("enabled", Boolean, nullable=False, server_default=sql("true")),
    Column("position", Integer, nullable=False, server_default="0"),
    created_at(),
    belongs_to("member", "member_id"),
    Index("uq_calendar_person_name", "workspace_id", sql("lower(name)"), unique=True),
)

service_person = tenant_table(
    "service_person",
    uuid("service_id", nullable=False),
    uuid("staff_id", nullable=False),
    belongs_to("service", ondelete="CASCADE"),
    belongs_to("calendar_person", "staff_id", ondelete="CASCADE"),
    Index("ix_service_person_staff", "workspace_id", "staff_id"),
    key=("service_id", "staff_id"),
)

OCCUPYING = "status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')"

# A hold and a booking are one row. No two of one person overlap: an expired hold leaves the constraint by its status.
# Contact and conversation are referenced by id alone: an erased person's appointment stays as a time that was taken.
booking = tenant_table(
    "booking",
    uuid("service_id", nullable=False),
    uuid("staff_id", nullable=False),
    uuid("contact_id", nullable=False),
    uuid("conversation_id"),
    text("status", nullable=False),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    moment("busy_from", nullable=False),  # with the buffers
    moment("busy_until", nullable=False),
    Column("during", TSTZRANGE, Computed("tstzrange(busy_from, busy_until, '[)')", persisted=True), nullable=False),
    moment("held_until"),
    Column("sequence", Integer, nullable=False, server_default="0"),  # iCalendar's: one more with each move
    text("timezone", nullable=False),  # in which the contact is told
    Column("price", Numeric(18, 6)),  # when it was booked
    text("currency"),
    text("note", nullable=False, server_default=""),
    text("reason"),  # of a cancellation
    text("key", nullable=False),  # the second delivery of a request finds the first one's row
    text("created_by", nullable=False),
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    belongs_to("service"),
    belongs_to("calendar_person", "staff_id"),
    UniqueConstraint("workspace_id", "key"),
    # `uuidrange` is ours (the migration makes it): a uuid has no GiST operators of its own
    ExcludeConstraint(
        (sql("uuidrange(workspace_id, workspace_id, '[]')"), "&&"),
        (sql("uuidrange(staff_id, staff_id, '[]')"), "&&"),
        ("during", "&&"),
        where=sql(OCCUPYING),
        name="no_double_booking",
    ),
    CheckConstraint(
        "status IN ('held', 'pending', 'confirmed', 'cancelled', 'completed', 'no_show', 'expired')", name="status"
    ),
    CheckConstraint("status <> 'held' OR held_until IS NOT NULL", name="held"),
    CheckConstraint("busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until", name="times"),
    Index(
        "ix_booking_occupied",
        "workspace_id",
        "staff_id",
        "busy_until",
        postgresql_where=sql(OCCUPYING),
    ),
    Index("ix_booking_contact", "workspace_id", "contact_id", "starts_at"),
    Index("ix_booking_conversation", "workspace_id", "conversation_id"),
    Index("ix_booking_starts", "workspace_id", "starts_at", "id"),
    Index("ix_booking_service", "workspace_id", "service_id", "starts_at"),
    Index("ix_booking_person", "workspace_id", "staff_id", "starts_at"),
    Index("ix_booking_held", "workspace_id", "staff_id", "held_until", postgresql_where=sql("status = 'held'")),
)

# What became of a booking, for the contact's timeline.
booking_change = tenant_table(
    "booking_change",
    uuid("booking_id", nullable=False),
    uuid("contact_id", nullable=False),
    uuid("conversation_id"),
    text("what", nullable=False),
    text("text", nullable=False),
    jsonb("data", nullable=False, server_default=sql("'{}'")),
    text("changed_by", nullable=False),
    created_at(),
    belongs_to("booking", ondelete="CASCADE"),
    Index("ix_booking_change_contact", "workspace_id", "contact_id", "created_at", "id"),
    Index("ix_booking_change_booking", "workspace_id", "booking_id", "id"),
)

# When a person is busy elsewhere, as an outside calendar says (busy.py).
busy_time = tenant_table(
    "busy_time",
    uuid("staff_id", nullable=False),
    text("source", nullable=False),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    belongs_to("calendar_person", "staff_id", ondelete="CASCADE"),
    CheckConstraint("starts_at < ends_at", name="times"),
    Index("ix_busy_time_person", "workspace_id", "staff_id", "ends_at"),
)
