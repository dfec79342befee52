"""Tables around bookings: who was invited and what they answered, what is due at a time, calendar feeds."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, moment, tenant_table, text, uuid

# Whom a booking's mails go to: the contact, and the person it is with.
booking_invitation = tenant_table(
    "booking_invitation",
    uuid("booking_id", nullable=False),
    text("audience", nullable=False),
    text("address"),  # settled with the first mail: an update goes where the invitation went
    Column("typed", Boolean, nullable=False, server_default=sql("false")),  # nobody proved whose the address is
    text("language"),
    uuid("account_id"),
    uuid("conversation_id"),
    Column("invited", Boolean, nullable=False, server_default=sql("false")),  # a calendar has it
    Column("sequence", Integer),  # of what was sent last
    text("not_sent"),  # why the latest mail was not
    text("answer"),
    moment("answered_at"),  # by the calendar's clock: a late arrival of an earlier answer changes nothing
    created_at(),
    belongs_to("booking", ondelete="CASCADE"),
    UniqueConstraint("workspace_id", "booking_id", "audience"),
    CheckConstraint("audience IN ('contact', 'person')", name="audience"),
    CheckConstraint("answer IN ('accepted', 'declined', 'tentative')", name="answer"),
)

# Reminders, and the look at an appointment that is over.
booking_due = tenant_table(
    "booking_due",
    uuid("booking_id", nullable=False),
    text("what", nullable=False),
    moment("due_at", nullable=False),
    moment("starts_at", nullable=False),  # of the appointment this was planned for: once it is moved, this is void
    text("status", nullable=False, server_default="waiting"),
    text("result"),
    created_at(),
    belongs_to("booking", ondelete="CASCADE"),
    UniqueConstraint("workspace_id", "booking_id", "what", "due_at", "starts_at"),
    CheckConstraint("what IN ('remind_contact', 'remind_person', 'over', 'remind_team', 'lapse')", name="what"),
    CheckConstraint("status IN ('waiting', 'done', 'dropped')", name="status"),
    Index("ix_booking_due_waiting", "due_at", postgresql_where=sql("status = 'waiting'")),
)

# A calendar that other programs read by an address that nobody can guess.
calendar_feed = tenant_table(
    "calendar_feed",
    uuid("staff_id"),  # none: everybody's
    text("shows", nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    text("created_by", nullable=False),
    created_at(),
    moment("last_read_at"),
    belongs_to("calendar_person", "staff_id", ondelete="CASCADE"),
    UniqueConstraint("workspace_id", "token_hash"),
    CheckConstraint("shows IN ('busy', 'service', 'contact')", name="shows"),
    Index("ix_calendar_feed_staff", "workspace_id", "staff_id"),
)
