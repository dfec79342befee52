"""Tables of conversations, their messages, files and tags, what teammates are writing, tasks, follow-ups, and what is
remembered of contacts."""

from sqlalchemy import ARRAY, BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import UUID

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

conversation = tenant_table(
    "conversation",
    uuid("contact_id", nullable=False),
    text("channel", nullable=False),
    uuid("account_id", nullable=False),
    text("reply_to", nullable=False),  # the channel address that answers go to
    text("thread_key"),  # the channel's own thread, where it has one
    text("subject"),
    text("base_subject"),  # without Re: and the like, for the subject fallback of threading
    text("status", nullable=False, server_default="open"),
    # who answers: the agents, one teammate, or whoever of the team takes it
    text("holder", nullable=False, server_default="agent"),
    uuid("holder_id"),  # member
    uuid("team_id"),  # the team that it was given to; none: everybody's
    moment("hold_until"),
    moment("respond_by"),  # when a person must have answered
    moment("remind_at"),  # when the team is reminded again that nobody has; none: at `respond_by`
    # what was proved about the other side of this conversation: verified, claimed or failed
    text("identity", nullable=False, server_default="claimed"),
    # the addresses ("email:ada@example.com") that were proved to be the other side's: who proved one of them elsewhere
    # may be told what was said here
    Column("proved", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    text("handed_off_for"),  # why people were asked last (agents/turn.py, HandOffReason)
    moment("handed_back_at"),  # until it is closed, agents answer here also where people else would first
    text("disposition"),  # how it ended for the teammate who wrapped it up last
    text("summary"),  # for the next teammate: what the contact wants and what was done
    text("language"),
    moment("last_message_at", nullable=False, server_default=sql("clock_timestamp()")),
    created_at(),
    text("story"),  # what was said up to the message `story_to`, in short, for an agent that reads on from there
    uuid("story_to"),
    moment("snoozed_until"),  # counts while it is snoozed; none: until the contact writes
    moment("last_inbound_at"),  # when the contact wrote last, by the provider's clock: reply windows count from there
    moment("window_nudge_at"),  # when somebody is told that the window is about to close, if the contact still waits
    belongs_to("contact"),
    belongs_to("team", ondelete="SET NULL (team_id)"),
    CheckConstraint("status IN ('open', 'snoozed', 'closed')", name="status"),
    CheckConstraint("holder IN ('agent', 'member', 'team')", name="holder"),
    Index("ix_conversation_window_nudge_at", "window_nudge_at", postgresql_where=sql("window_nudge_at IS NOT NULL")),
    Index(
        "uq_conversation_thread",
        "workspace_id",
        "account_id",
        "thread_key",
        unique=True,
        postgresql_where=sql("thread_key IS NOT NULL"),
    ),
    Index("ix_conversation_contact", "workspace_id", "contact_id", "last_message_at"),
    Index("ix_conversation_recent", "workspace_id", "last_message_at", "id"),
    Index(
        "ix_conversation_unanswered",
        sql("coalesce(remind_at, respond_by)"),
        postgresql_where=sql("respond_by IS NOT NULL AND status = 'open'"),
    ),
    Index(
        "ix_conversation_open",
        "workspace_id",
        "holder",
        "last_message_at",
        "id",
        postgresql_where=sql("status = 'open'"),
    ),
    Index("ix_conversation_closed", "workspace_id", "last_message_at", "id", postgresql_where=sql("status = 'closed'")),
    Index("ix_conversation_snoozed", "snoozed_until", postgresql_where=sql("status = 'snoozed'")),
    Index("ix_conversation_team", "workspace_id", "team_id", postgresql_where=sql("team_id IS NOT NULL")),
    # what people have to answer, of one workspace
    Index(
        "ix_conversation_respond",
        "workspace_id",
        "respond_by",
        postgresql_where=sql("respond_by IS NOT NULL AND status = 'open'"),
    ),
    Index("ix_conversation_held", "workspace_id", "holder_id", postgresql_where=sql("holder_id IS NOT NULL")),
)

message = tenant_table(
    "message",
    uuid("conversation_id", nullable=False),
    uuid("contact_id", nullable=False),
    uuid("event_id"),
    uuid("run_id"),
    text("direction", nullable=False),  # inbound, outbound, note
    text("author", nullable=False),  # contact, agent, member, system
    uuid("author_id"),
    text("subject"),
    text("text", nullable=False),
    text("quoted"),
    text("html"),
    text("external_id"),  # the provider's id: inbound as it came, outbound as we set or got it
    text("delivery"),  # outbound: queued, sending, sent, delivered, read, failed, unknown, cancelled
    jsonb("data", nullable=False, server_default=sql("'{}'")),
    created_at(),
    uuid("given_id"),  # by the caller who wrote it: sent twice, it is stored once
    belongs_to("conversation"),
    CheckConstraint("direction IN ('inbound', 'outbound', 'note')", name="direction"),
    Index("ix_message_conversation", "workspace_id", "conversation_id", "id"),
    Index("ix_message_contact", "workspace_id", "contact_id", "created_at", "id"),
    Index("ix_message_external", "workspace_id", "external_id", postgresql_where=sql("external_id IS NOT NULL")),
    Index("uq_message_given", "workspace_id", "given_id", unique=True, postgresql_where=sql("given_id IS NOT NULL")),
)

attachment = tenant_table(
    "attachment",
    uuid("message_id"),  # none: it waits in a composer
    text("filename", nullable=False),
    text("mime_type", nullable=False),
    Column("size", BigInteger, nullable=False),
    text("storage_key", nullable=False),
    text("content_id"),
    created_at(),
    uuid("conversation_id"),  # of a file that a teammate uploaded for it
    belongs_to("message"),
    belongs_to("conversation"),
    CheckConstraint("message_id IS NOT NULL OR conversation_id IS NOT NULL", name="place"),
    Index("ix_attachment_message", "workspace_id", "message_id"),
    Index(
        "ix_attachment_waiting",
        "workspace_id",
        "conversation_id",
        postgresql_where=sql("conversation_id IS NOT NULL"),
    ),
)

# What a teammate is writing in a conversation, until it is sent.
draft = tenant_table(
    "draft",
    uuid("conversation_id", nullable=False),
    uuid("member_id", nullable=False),
    text("text", nullable=False),
    Column("note", Boolean, nullable=False),
    Column("attachment_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=sql("'{}'")),
    Column("version", Integer, nullable=False),  # grows with each change: of two tabs, the one behind is told so
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    belongs_to("conversation", ondelete="CASCADE"),
    key=("conversation_id", "member_id"),
)

# Who of the team looks at a conversation, and who is typing. A crash may forget it: it lapses within a minute.
presence = tenant_table(
    "presence",
    uuid("conversation_id", nullable=False),
    uuid("member_id", nullable=False),
    moment("until", nullable=False),
    moment("typing_until"),
    key=("conversation_id", "member_id"),
)

canned_reply = tenant_table(
    "canned_reply",
    text("shortcut", nullable=False),
    text("title", nullable=False),
    text("text", nullable=False),  # with placeholders (conversations/canned/placeholders.py)
    text("language", nullable=False, server_default=""),  # ISO 639-1; empty: of any
    text("created_by", nullable=False),
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    UniqueConstraint("workspace_id", "shortcut", "language"),
)

task = tenant_table(
    "task",
    uuid("contact_id"),
    uuid("conversation_id"),
    uuid("run_id"),
    text("title", nullable=False),
    text("detail", nullable=False, server_default=""),
    uuid("owner_id"),  # member
    moment("due_at"),
    uuid("event_id"),  # the event that waits until this is done
    text("done_as"),  # how that event ends then: "called"
    text("status", nullable=False, server_default="open"),
    text("created_by", nullable=False),
    created_at(),
    moment("done_at"),
    CheckConstraint("status IN ('open', 'done', 'cancelled')", name="status"),
    Index("ix_task_contact", "workspace_id", "contact_id"),
    Index("ix_task_recent", "workspace_id", "created_at", "id"),
    Index("ix_task_open", "workspace_id", "owner_id", "due_at", postgresql_where=sql("status = 'open'")),
)

# What wakes as a new turn at its time: an agent's `wait`, or a dated follow-up. Ends when the contact writes first.
follow_up = tenant_table(
    "follow_up",
    uuid("contact_id", nullable=False),
    uuid("conversation_id", nullable=False),
    uuid("run_id"),
    text("kind", nullable=False),
    text("reason", nullable=False),
    moment("due_at", nullable=False),
    text("status", nullable=False, server_default="waiting"),
    text("ended_because"),
    uuid("event_id"),  # the turn it woke
    created_at(),
    CheckConstraint("kind IN ('wait', 'follow_up')", name="kind"),
    CheckConstraint("status IN ('waiting', 'woken', 'ended')", name="status"),
    Index("ix_follow_up_due", "due_at", postgresql_where=sql("status = 'waiting'")),
    Index("ix_follow_up_contact", "workspace_id", "contact_id"),
    Index(
        "ix_follow_up_conversation",
        "workspace_id",
        "conversation_id",
        postgresql_where=sql("status = 'waiting'"),
    ),
)

# What is worth knowing about a contact for years. Without a conversation it is what our people wrote down.
contact_fact = tenant_table(
    "contact_fact",
    uuid("contact_id", nullable=False),
    uuid("conversation_id"),  # where it was said: who may be told it follows from that
    uuid("message_id"),  # what says so
    uuid("run_id"),
    text("text", nullable=False),
    text("said_by", nullable=False),  # "agent:chat", "member:<id>": who wrote it down
    created_at(),
    moment("updated_at", nullable=False, server_default=sql("clock_timestamp()")),
    belongs_to("contact"),
    Index("ix_contact_fact_contact", "workspace_id", "contact_id", "id"),
)

# How a conversation ended for a teammate: once for each message after which they were done.
wrap_up = tenant_table(
    "wrap_up",
    uuid("conversation_id", nullable=False),
    uuid("member_id", nullable=False),
    uuid("after_message", nullable=False),
    text("disposition", nullable=False),
    text("note", nullable=False, server_default=""),
    created_at(),
    belongs_to("conversation", ondelete="CASCADE"),
    UniqueConstraint("workspace_id", "conversation_id", "after_message"),
    Index("ix_wrap_up_created", "workspace_id", "created_at"),
)

# What a workspace sorts its conversations by.
tag = tenant_table(
    "tag",
    text("name", nullable=False),
    text("colour", nullable=False),
    created_at(),
    Index("uq_tag_name", "workspace_id", sql("lower(name)"), unique=True),
)

conversation_tag = tenant_table(
    "conversation_tag",
    uuid("conversation_id", nullable=False),
    uuid("tag_id", nullable=False),
    created_at(),
    belongs_to("conversation", ondelete="CASCADE"),
    belongs_to("tag", ondelete="CASCADE"),
    Index("ix_conversation_tag_tag", "workspace_id", "tag_id"),
    key=("conversation_id", "tag_id"),
)

# A session on a channel's own pages, bound at its first use.
chat_session = tenant_table(
    "chat_session",
    text("session_key", nullable=False),  # a hash
    uuid("account_id", nullable=False),
    text("origin"),
    created_at(),
    key=("session_key",),
)
