"""Tables of calls: one row per call, one per party that was on its line. What was said are messages, as everywhere."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

call = tenant_table(
    "call",
    text("channel", nullable=False),
    uuid("account_id", nullable=False),
    text("external_id", nullable=False),  # the carrier's
    uuid("event_id", nullable=False),  # of its arrival
    uuid("conversation_id", nullable=False),
    uuid("contact_id", nullable=False),
    uuid("message_id"),  # that stands for it in the conversation
    text("direction", nullable=False),
    text("caller"),  # E.164; none: withheld
    text("called", nullable=False),
    text("agent"),  # who answered
    text("language"),
    # ringing: nobody has it on the line yet; live: a process has; ended: it has an outcome
    text("status", nullable=False, server_default="ringing"),
    text("outcome"),
    text("reason"),
    uuid("holder"),  # the process whose line it is
    moment("beat_at"),  # when that process was last there
    Column("connections", Integer, nullable=False, server_default=sql("0")),  # times that its line was opened
    created_at(),
    moment("answered_at"),
    moment("ended_at"),
    Column("carrier_seconds", Integer),  # that it lasted, as the carrier counts
    jsonb("metrics", nullable=False, server_default=sql("'{}'")),  # used of each provider
    # {to, state, reason, note}: to a person, at a number outside
    jsonb("transfer"),
    text("purpose"),  # of one that we placed: what the agent calls about
    jsonb("variables", nullable=False, server_default=sql("'{}'")),
    text("requested_by"),  # who wanted it placed: a member, an agent
    text("answered_by"),  # of one that we placed: a person, or a machine
    Column("recorded", Boolean),  # both sides are kept; false: the caller wanted that not
    uuid("recording"),  # the attachment of its message
    text("summary"),
    jsonb("sentiment"),  # of the caller, from -1 to 1: {mean, lowest, last}
    moment("wrapping_up_at"),  # a worker began with what is done once it is over
    moment("wrapped_up_at"),  # and was done with it
    Column("wrap_ups", Integer, nullable=False, server_default=sql("0")),  # times that one began
    CheckConstraint("direction IN ('inbound', 'outbound')", name="direction"),
    CheckConstraint("status IN ('ringing', 'live', 'ended')", name="status"),
    CheckConstraint(
        "outcome IN ('answered', 'handed_off', 'transferred', 'voicemail', 'missed', 'busy', 'no_answer', 'failed')",
        name="outcome",
    ),
    CheckConstraint("transfer->>'state' IN ('dialling', 'talking', 'failed', 'done')", name="transfer"),
    CheckConstraint("answered_by IN ('person', 'machine')", name="answered_by"),
    CheckConstraint("(status = 'ended') = (outcome IS NOT NULL)", name="one_outcome"),
    CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    belongs_to("conversation"),
    belongs_to("contact"),
    Index("uq_call_external", "workspace_id", "channel", "account_id", "external_id", unique=True),
    Index("ix_call_conversation", "workspace_id", "conversation_id", "id"),
    Index("ix_call_contact", "workspace_id", "contact_id", "id"),
    Index("ix_call_wanted", "created_at", postgresql_where=sql("left(external_id, 8) = 'placing:'")),
    Index("ix_call_to_wrap_up", "ended_at", postgresql_where=sql("status = 'ended' AND wrapped_up_at IS NULL")),
    Index("ix_call_open", "created_at", postgresql_where=sql("status <> 'ended'")),
)

call_leg = tenant_table(
    "call_leg",
    uuid("call_id", nullable=False),
    text("party", nullable=False),
    text("name", nullable=False, server_default=""),  # the agent's, the member's, the number
    uuid("member_id"),
    moment("joined_at", nullable=False),
    moment("left_at"),
    text("left_because"),
    CheckConstraint("party IN ('contact', 'agent', 'member', 'number')", name="party"),
    belongs_to("call", ondelete="CASCADE"),
    Index("ix_call_leg_call", "workspace_id", "call_id", "joined_at"),
)
