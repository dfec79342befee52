"""Tables of tenants, people, roles, sign-in and keys."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from dynaris.core.tables import (
    belongs_to,
    created_at,
    jsonb,
    metadata,
    moment,
    reference_table,
    tenant_table,
    text,
    uuid,
)

workspace = Table(
    "workspace",
    metadata,
    uuid("id", primary_key=True),
    text("slug", nullable=False, unique=True),
    text("name", nullable=False),
    text("timezone", nullable=False, server_default="UTC"),
    text("language", nullable=False, server_default="en"),
    text("model", nullable=False, server_default="builtin"),  # any pydantic-ai model string
    text("supervisor_model", nullable=False, server_default="builtin"),
    text("transcription_model", nullable=False, server_default=""),  # of voice notes; "": none
    # {"enabled": bool, "channels": {name: bool}, "effects": {"write"|"send"|"spend": bool}}
    jsonb(
        "auto_mode",
        nullable=False,
        server_default=sql("""'{"enabled": true, "channels": {}, "effects": {}}'"""),
    ),
    jsonb("business_hours", nullable=False, server_default=sql("'{}'")),
    jsonb("hours_exceptions", nullable=False, server_default=sql("'[]'")),  # [{"date", "hours", "note"}], by date
    Column("languages", ARRAY(Text), nullable=False, server_default=sql("'{en}'")),  # the first is `language`
    # business profile: what the business says of itself, signature, tone, whom agents may write to besides the contact
    jsonb("profile", nullable=False, server_default=sql("'{}'")),
    text("plan", nullable=False, server_default=""),
    text("credits_note", nullable=False, server_default=""),
    created_at(),
    jsonb("agents", nullable=False, server_default=sql("'{}'")),  # by name, what each is set to; see agents/models.py
    Column("spending_cap", Numeric(18, 6)),  # of its models in a month, in US dollars
    jsonb("booking", nullable=False, server_default=sql("'{}'")),  # see scheduling/booking_settings.py
    jsonb("notifications", nullable=False, server_default=sql("'{}'")),  # see notifications/preferences.py
    Column("vip_tags", ARRAY(Text), nullable=False, server_default=sql("'{}'")),  # of contacts whom people answer first
    Column(
        "dispositions",
        ARRAY(Text),
        nullable=False,
        server_default=sql("""'{Answered,Booked,"Passed on","No answer needed",Spam,Other}'"""),
    ),
    Column("wrap_up_seconds", Integer, nullable=False, server_default=sql("60")),
    uuid("rehearsal_of"),  # a hidden copy of that workspace, in which its cases are played
    Index("ix_workspace_rehearsal_of", "rehearsal_of", postgresql_where=sql("rehearsal_of IS NOT NULL")),
    info={"tenant": True, "key": "id"},
)

person = reference_table(
    "person",
    uuid("id", primary_key=True),
    text("email", nullable=False, unique=True),
    text("name", nullable=False),
    created_at(),
    moment("email_verified_at"),
    Column("staff", Boolean, nullable=False, server_default=sql("false")),
    Index("ix_person_staff", "email", postgresql_where=sql("staff")),
)

member = tenant_table(
    "member",
    uuid("person_id", nullable=False, index=True),
    text("email", nullable=False),  # where this workspace reaches the person
    text("name", nullable=False),
    text("role", nullable=False),
    created_at(),
    moment("removed_at"),
    text("status", nullable=False, server_default="available"),  # as the member chose it
    text("status_note", nullable=False, server_default=""),
    moment("status_since"),
    moment("wrap_up_until"),  # they finish what they had: nothing new is offered to them
    Column("languages", ARRAY(Text), nullable=False, server_default=sql("'{}'")),  # that they answer in; none: in any
    Column("skills", ARRAY(Text), nullable=False, server_default=sql("'{}'")),  # words, in small letters
    UniqueConstraint("workspace_id", "person_id"),
    CheckConstraint("role IN ('owner', 'admin', 'teammate')", name="role"),
    CheckConstraint("status IN ('available', 'busy', 'away', 'offline')", name="status"),
)

member_seen = tenant_table(
    "member_seen",
    uuid("member_id", nullable=False),
    moment("seen_at", nullable=False),  # when a screen of theirs was last open, to half a minute
    belongs_to("member", ondelete="CASCADE"),
    key=("member_id",),
)

sign_in_link = reference_table(
    "sign_in_link",
    Column("token_hash", LargeBinary, primary_key=True),
    uuid("person_id", nullable=False),
    uuid("workspace_id", nullable=False),
    moment("expires_at", nullable=False),
    moment("used_at"),
)

session = reference_table(
    "session",
    Column("token_hash", LargeBinary, primary_key=True),
    uuid("person_id", nullable=False, index=True),
    uuid("workspace_id"),  # none: a person who works in no workspace yet
    created_at(),
    moment("expires_at", nullable=False),
    moment("revoked_at"),
    uuid("id", nullable=False, server_default=sql("gen_random_uuid()")),
    moment("last_seen_at", nullable=False, server_default=sql("clock_timestamp()")),
    text("ip", nullable=False, server_default=""),
    text("device", nullable=False, server_default=""),
    uuid("staff_workspace_id"),  # what a staff visit looks at, until when and why
    moment("staff_until"),
    text("staff_reason"),
    Index("ix_session_expires_at", "expires_at"),
    Index("ix_session_revoked_at", "revoked_at", postgresql_where=sql("revoked_at IS NOT NULL")),
)

api_key = tenant_table(
    "api_key",
    text("name", nullable=False),
    text("prefix", nullable=False),  # its first characters, so that people recognise it
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    created_at(),
    moment("last_used_at"),
    moment("revoked_at"),
    text("created_by"),  # the actor; its keys end when that member is no admin any more
)

audit_entry = tenant_table(
    "audit_entry",
    text("actor", nullable=False),  # "member:<id>", "key:<id>", "agent:<name>", "staff:<person>", "system"
    text("action", nullable=False),  # "auto_mode.changed", "contact.merged", ...
    text("subject", nullable=False),
    jsonb("detail", nullable=False, server_default=sql("'{}'")),
    created_at(),
    Index("ix_audit_entry_subject", "workspace_id", "subject", "created_at"),
    Index("ix_audit_entry_when", "workspace_id", "created_at", "id"),
    Index("ix_audit_entry_actor", "workspace_id", "actor", "created_at", "id"),
)

team = tenant_table(
    "team",
    text("name", nullable=False),
    created_at(),
    # How its conversations reach its members, one at a time but for `everyone` (pipeline/offers/).
    text("strategy", nullable=False, server_default="everyone"),
    Column("ring_seconds", Integer, nullable=False, server_default=sql("30")),
    Column("fit_minutes", Integer, nullable=False, server_default=sql("2")),  # then language and skills count no more
    Column("most_held", Integer, nullable=False, server_default=sql("5")),  # who holds as many is offered none
    jsonb("business_hours"),  # none: the workspace's
    uuid("overflow_team_id"),  # that gets what nobody took within `overflow_minutes`
    Column("overflow_minutes", Integer, nullable=False, server_default=sql("5")),
    uuid("closed_team_id"),  # that answers while this one is closed
    # gets what agents hand off, where the conversation has no team
    Column("takes_hand_offs", Boolean, nullable=False, server_default=sql("false")),
    belongs_to("team", "overflow_team_id", ondelete="SET NULL (overflow_team_id)"),
    belongs_to("team", "closed_team_id", ondelete="SET NULL (closed_team_id)"),
    CheckConstraint("strategy IN ('everyone', 'next_available', 'longest_waiting')", name="strategy"),
    Index("uq_team_takes_hand_offs", "workspace_id", unique=True, postgresql_where=sql("takes_hand_offs")),
    Index("uq_team_name", "workspace_id", sql("lower(name)"), unique=True),
)

team_member = tenant_table(
    "team_member",
    uuid("team_id", nullable=False),
    uuid("member_id", nullable=False),
    created_at(),
    belongs_to("team", ondelete="CASCADE"),
    belongs_to("member"),
    Index("ix_team_member_member", "workspace_id", "member_id"),
    key=("team_id", "member_id"),
)
