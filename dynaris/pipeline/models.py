"""Tables of the flow: the event ledger, its lanes, what waits for a model, and for somebody of a team."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

# The inquiry ledger. One row per arrival (or per wake-up), one outcome per row.
event = tenant_table(
    "event",
    text("channel", nullable=False),
    uuid("account_id", nullable=False),
    text("external_id", nullable=False),
    text("kind", nullable=False, server_default="message"),
    text("lane", nullable=False),
    Column("raw", LargeBinary, nullable=False),
    jsonb("meta", nullable=False, server_default=sql("'{}'")),
    moment("occurred_at"),
    created_at(),
    # queued: the lane will take it; waiting: for a person, with owner and deadline; live: it is being spoken about on a
    # call; done: has an outcome
    text("status", nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default=sql("0")),
    uuid("contact_id"),
    uuid("conversation_id"),
    uuid("message_id"),
    uuid("run_id"),
    jsonb("match"),  # why this contact and this conversation
    jsonb("decision"),  # who answers and why
    text("waiting_for"),  # run, approval, person, delivery
    moment("deadline"),
    uuid("owner_id"),  # member
    text("outcome"),
    text("reason"),
    moment("settled_at"),
    CheckConstraint("kind IN ('message', 'wake', 'delivery', 'call', 'spoken')", name="kind"),
    CheckConstraint("status IN ('queued', 'waiting', 'live', 'done')", name="status"),
    CheckConstraint("outcome IN ('answered', 'handed_off', 'ignored', 'failed')", name="outcome"),
    CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name="one_outcome"),
    CheckConstraint("status <> 'waiting' OR (deadline IS NOT NULL AND owner_id IS NOT NULL)", name="waits_for_someone"),
    Index("uq_event_external", "workspace_id", "channel", "account_id", "external_id", unique=True),
    Index("ix_event_lane", "workspace_id", "lane", "id", postgresql_where=sql("status = 'queued'")),
    # for the watchdog alone: with the lane's condition, a look at one lane could read this index from end to end
    Index("ix_event_queued", "created_at", postgresql_where=sql("status = 'queued' AND outcome IS NULL")),
    Index("ix_event_waiting", "deadline", postgresql_where=sql("status = 'waiting'")),
    Index("ix_event_contact", "workspace_id", "contact_id", "id"),
    # what a timeline shows besides messages
    Index(
        "ix_event_timeline",
        "workspace_id",
        "contact_id",
        "settled_at",
        "id",
        postgresql_where=sql("outcome IN ('handed_off', 'ignored', 'failed')"),
    ),
    Index("ix_event_conversation", "workspace_id", "conversation_id", "id"),
    Index("ix_event_run", "workspace_id", "run_id", postgresql_where=sql("status <> 'done'")),
    Index("ix_event_waits", "workspace_id", "id", postgresql_where=sql("status = 'waiting'")),
    # what was asked in vain (knowledge/suggestions)
    Index("ix_event_handed_off", "workspace_id", "settled_at", "id", postgresql_where=sql("outcome = 'handed_off'")),
    Index("ix_event_failed", "workspace_id", "id", postgresql_where=sql("outcome = 'failed'")),
)

# One row per lane that ever had work: the queue of the flow (pipeline/lanes.py). `due_at`: there is work from then
# on. Intake and the end of the work both lock the row, so that an arrival never falls between the two.
lane = tenant_table(
    "lane",
    text("lane", nullable=False),
    moment("due_at"),
    uuid("holder"),  # the worker that has it
    moment("lease_until"),
    Column(
        "awaits_more", Boolean, nullable=False, server_default=sql("false")
    ),  # it waits for the end of a burst only: an arrival wakes it before `due_at`
    Index("ix_lane_due", "due_at", postgresql_where=sql("due_at IS NOT NULL")),
    key=("lane",),
)

# Many events brought back to their lanes at once (pipeline/batches/).
batch = tenant_table(
    "batch",
    text("started_by", nullable=False),  # an actor, as in the audit log
    jsonb("asked", nullable=False),  # {"event_ids": how many} or {"filter": {...}}
    Column("replay_all", Boolean, nullable=False, server_default=sql("false")),  # also what has an outcome
    text("status", nullable=False, server_default="running"),
    Column("total", Integer, nullable=False),
    created_at(),
    moment("ended_at"),
    CheckConstraint("status IN ('running', 'done', 'cancelled')", name="status"),
)

batch_event = tenant_table(
    "batch_event",
    uuid("batch_id", nullable=False),
    uuid("event_id", nullable=False),
    text("result"),  # empty: not looked at yet
    text("reason"),  # why it was skipped
    moment("done_at"),
    belongs_to("batch", ondelete="CASCADE"),
    CheckConstraint("result IN ('run', 'replayed', 'skipped', 'not_found')", name="result"),
    Index("ix_batch_event_left", "workspace_id", "batch_id", "event_id", postgresql_where=sql("result IS NULL")),
    Index("ix_batch_event_event", "workspace_id", "event_id"),
    key=("batch_id", "event_id"),
)

# An inquiry that the team was given only because a model did not answer: by its run and each model that was down.
outage_wait = tenant_table(
    "outage_wait",
    uuid("run_id", nullable=False),
    text("model", nullable=False),
    Column("event_ids", ARRAY(UUID(as_uuid=True)), nullable=False),  # that the run was for
    uuid("conversation_id", nullable=False),
    moment("deadline", nullable=False),  # of the team; then owner and admins are told
    Column("is_overdue", Boolean, nullable=False, server_default=sql("false")),  # they were told
    moment("until", nullable=False),  # then it stays with the team
    Column("times", Integer, nullable=False),  # that it came back before
    created_at(),
    Index("ix_outage_wait_model", "workspace_id", "model", "run_id"),
    Index("ix_outage_wait_conversation", "workspace_id", "conversation_id"),
    key=("run_id", "model"),
)

# A conversation that waits for somebody of a team. A trigger on `conversation` keeps these rows (migration 0051).
queue_entry = tenant_table(
    "queue_entry",
    uuid("conversation_id", nullable=False),
    uuid("team_id", nullable=False),
    moment("waiting_since", nullable=False, server_default=sql("clock_timestamp()")),
    moment("queued_at", nullable=False, server_default=sql("clock_timestamp()")),  # in this team's queue
    Column("moved", Boolean, nullable=False, server_default=sql("false")),  # from another team: once is enough
    Column("team_told", Boolean, nullable=False, server_default=sql("false")),  # all of it, and who comes after
    belongs_to("conversation", ondelete="CASCADE"),
    belongs_to("team", ondelete="CASCADE"),
    Index("ix_queue_entry_team", "workspace_id", "team_id", "waiting_since"),
    key=("conversation_id",),
)

# A conversation rings at one member, and one member has one that rings (pipeline/offers/).
offer = tenant_table(
    "offer",
    uuid("conversation_id", nullable=False),
    uuid("team_id", nullable=False),
    uuid("member_id", nullable=False),
    text("status", nullable=False, server_default="ringing"),
    moment("offered_at", nullable=False, server_default=sql("clock_timestamp()")),
    moment("rings_until", nullable=False),
    moment("ended_at"),
    belongs_to("conversation", ondelete="CASCADE"),
    belongs_to("team", ondelete="CASCADE"),
    belongs_to("member"),
    CheckConstraint("status IN ('ringing', 'accepted', 'declined', 'timed_out', 'withdrawn')", name="status"),
    Index(
        "uq_offer_conversation",
        "workspace_id",
        "conversation_id",
        unique=True,
        postgresql_where=sql("status = 'ringing'"),
    ),
    Index("uq_offer_member", "workspace_id", "member_id", unique=True, postgresql_where=sql("status = 'ringing'")),
    Index("ix_offer_conversation", "workspace_id", "conversation_id", "id"),
    Index("ix_offer_member", "workspace_id", "member_id", "ended_at", postgresql_where=sql("status = 'accepted'")),
    Index("ix_offer_team", "workspace_id", "team_id"),
    Index("ix_offer_rings_until", "rings_until", postgresql_where=sql("status = 'ringing'")),
)
